"""The truth of a recording, read from CSV as people write it."""

import pytest
from sayso.evaluation.truth import Event, read_truth, write_truth

from .errors import refused

YES, NO = Event(1.0, 1.5, "yes"), Event(3.25, 4.0, "no")


@pytest.mark.parametrize(
    "text",
    [
        "start_s,end_s,label\n1.0,1.5,yes\n3.25,4,no\n",
        "\ufeffLabel , End , Start\r\nno,4.0,3.25\r\n\r\nyes, 1.5, 1.0\r\n",
        "1.0,1.5,yes\n3.25,4.0,no",
        "1.0\t1.5\tyes\n3.25\t4.0\tno\n",
        "# made by hand\nonset;offset;command;loudness\n1;1.5;yes;-20\n3.25;4;no;-30\n",
    ],
)
def test_columns_are_found_by_name_or_by_place(text):
    assert read_truth(text) == [YES, NO]


@pytest.mark.parametrize("text", ["time_s,label\n1.0,yes\n", "1.0,yes\n", "start_s,end_s,label\n1.0,,yes\n"])
def test_a_word_whose_end_is_not_told_lasts_a_second(text):
    assert read_truth(text) == [Event(1.0, 2.0, "yes")]


def test_a_word_and_a_speaker_are_kept():
    events = [Event(0.5, 1.25, "other", "go", "ann"), Event(2.0, 2.5, "yes", "yes", "bob")]
    assert read_truth(write_truth(events)) == events


@pytest.mark.parametrize("text", ["", "\n", "start_s,end_s,label\n"])
def test_nothing_may_have_been_said(text):
    assert read_truth(text) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("start_s,end_s,label\n1.0,1.5,yes\nsoon,2,no\n", ["line 3", "start_s", "'soon'"]),
        ("start_s,end_s,label\n\n1.0,then,yes\n", ["line 3", "end_s", "'then'"]),
        ("start_s,end_s,label\n1.0,nan,yes\n", ["line 2", "'nan'"]),
        ("start_s,end_s,label\n2.0,1.0,yes\n", ["line 2", "end_s 1", "2"]),
        ("start_s,end_s,label\n-1,1.0,yes\n", ["line 2", "start_s -1"]),
        ("start_s,end_s,label\n61,62,yes\n", ["line 2", "start_s 61", "60 s"]),
        ("start_s,end_s,label\n1,2\n", ["line 2", "label"]),
        ("1.0,1.5,yes\n2.0\n", ["line 2", "label"]),
        ("word,length\nyes,2\n", ["line 1", "word,length", "start_s"]),
        ("start_s,end_s\n1,2\n", ["line 1", "label"]),
    ],
)
def test_what_is_malformed_is_named_with_its_line(text, named):
    with refused("bad_truth", *named):
        read_truth(text, duration_s=60.0)
