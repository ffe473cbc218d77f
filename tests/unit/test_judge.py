"""A model scored on recordings."""

import numpy as np
import pytest
from sayso.clips import CLIP_RATE_HZ, ClipSet
from sayso.judge import judge

from .errors import refused
from .synthetic import noise, words


@pytest.fixture
def clips():
    clips = words(n_speakers=4, n_each=1)
    clips.add(noise(5, n_samples=170_000), rate_hz=CLIP_RATE_HZ, word="_background_noise_", speaker="", path="n")
    return clips


def test_every_clip_is_judged_and_every_whole_second_of_noise_is_silence(tone_model, clips):
    evaluation = judge(tone_model, clips, part="all")
    assert evaluation.labels == ("yes", "no", "other", "silence")
    assert evaluation.confusion.sum(axis=1).tolist() == [4, 4, 4, 10]
    assert np.diag(evaluation.confusion)[:3].tolist() == [4, 4, 4]


def test_the_test_part_is_the_test_speakers_clips(tone_model, clips):
    clips.list_test_speakers("", ["s2"])
    assert judge(tone_model, clips, part="test").confusion.sum(axis=1).tolist() == [
        1,
        1,
        1,
        2,
    ]  # the last fifth of the noise


def test_without_recordings_there_is_nothing_to_judge(tone_model):
    with refused("no_clips", "0 clips"):
        judge(tone_model, ClipSet(), part="all")
