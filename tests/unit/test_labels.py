"""Labels: commands, then "other", then "silence"; and which label a word has."""

import pytest
from sayso.labels import MAX_COMMANDS, OTHER, commands_of, label_of, labels_for

from .errors import refused


def test_other_and_silence_follow_the_commands():
    labels = labels_for(["yes", "no"])
    assert labels == ("yes", "no", "other", "silence")
    assert commands_of(labels) == ("yes", "no")


@pytest.mark.parametrize("command", ["", "  ", "x" * 41, "a\nb", "\x00", "other", "silence", "_background_noise_"])
def test_a_command_that_cannot_be_a_label_is_refused(command):
    with refused("bad_label", repr(command[:60])):
        labels_for(["yes", command])


def test_a_command_named_twice_is_refused():
    with refused("bad_label", "'yes'", "twice"):
        labels_for(["yes", "no", "yes"])


@pytest.mark.parametrize("n", [0, MAX_COMMANDS + 1])
def test_no_commands_and_too_many_are_refused(n):
    with refused("bad_label", n, MAX_COMMANDS):
        labels_for([f"word{i}" for i in range(n)])


def test_commands_may_be_in_any_script():
    assert labels_for(["да", "いいえ", "très bien"])[:3] == ("да", "いいえ", "très bien")


@pytest.mark.parametrize(
    ("word", "commands", "label"),
    [
        ("yes", ("yes", "no"), "yes"),
        ("go", ("yes", "no"), OTHER),  # "go" sounds like "no", but not the same
        ("know", ("yes", "no"), "no"),
        ("two", ("to", "go"), "to"),
        ("two", ("to", "two"), "two"),
        ("Computer", ("computer",), "computer"),
        ("to", ("go",), OTHER),
    ],
)
def test_a_word_that_sounds_as_a_command_does_has_its_label(word, commands, label):
    assert label_of(word, commands) == label
