"""The choice of test speakers."""

import math

import pytest
from sayso.data.split import TEST_SPEAKER_SHARE, choose_test_speakers

SPEAKERS = [f"speaker {i}" for i in range(200)]


@pytest.mark.parametrize("n", [2, 3, 6, 7, 13, 14, 200])
def test_fifteen_percent_are_tested_on_at_least_one_and_never_all(n):
    chosen = choose_test_speakers(SPEAKERS[:n])
    assert len(chosen) == math.ceil(TEST_SPEAKER_SHARE * n)
    assert chosen < set(SPEAKERS[:n])


@pytest.mark.parametrize("speakers", [[], ["a"], ["a"] * 10])
def test_nobody_is_tested_on_when_one_speaker_made_all(speakers):
    assert choose_test_speakers(speakers) == set()


def test_the_order_and_number_of_clips_do_not_matter():
    assert choose_test_speakers(reversed(SPEAKERS + SPEAKERS[:50])) == choose_test_speakers(SPEAKERS)


def test_more_speakers_do_not_turn_many_from_tested_to_trained():
    # Whoever had one of the smallest hashes still has, unless newcomers have smaller ones.
    assert len(choose_test_speakers(SPEAKERS[:190]) - choose_test_speakers(SPEAKERS)) <= 3
