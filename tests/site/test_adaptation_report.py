"""The report on adaptation: whose examples it takes, and what it says of the recordings."""

import numpy as np
import pytest
from reports.adaptation import Recorded, draw_group, most_takes, spoken
from sayso.data.clips import ClipSet

PAIR = ("left", "right")


def recorded(n_takes):
    """Clips of both words: of each as many takes by each speaker as are given."""
    clips = ClipSet()
    for speaker, n in n_takes.items():
        for word in PAIR:
            for take in range(n):
                samples = np.random.default_rng(take).uniform(-0.5, 0.5, 16_000).astype(np.float32)
                clips.add(samples, rate_hz=16_000, word=word, speaker=speaker, path=f"{word}{take}", source="own")
    nothing = np.zeros((0, 1, 1), np.float32)
    return Recorded(clips.clips, nothing, nothing)


@pytest.mark.parametrize(("n", "givers"), [(2, {"ann"}), (3, {"ann", "bob"}), (4, {"ann", "bob", "cy"})])
def test_examples_are_of_as_few_people_as_it_takes_and_each_keeps_one_back(n, givers):
    people = recorded({"ann": 3, "dee": 1, **({"bob": 2} if n < 4 else {"bob": 2, "cy": 2})})
    examples, rest = draw_group(people, PAIR, n, np.random.default_rng(0))
    assert sorted(people.words[examples]) == sorted(PAIR * n)
    assert set(people.speakers[examples]) == set(people.speakers[rest]) == givers
    assert not set(examples) & set(rest)


def test_examples_that_are_not_to_be_had_are_told():
    with pytest.raises(SystemExit, match=r"2 examples of left and right .*: expected 3"):
        draw_group(recorded({"ann": 3, "dee": 1}), PAIR, 3, np.random.default_rng(0))


def test_the_report_counts_words_and_takes():
    people = recorded({"ann": 3, "bob": 1})
    assert "left 4, right 4" in spoken(people)
    assert most_takes(people, PAIR) == 3
