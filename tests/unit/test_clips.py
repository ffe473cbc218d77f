"""Recordings as they come in: what is kept and counted, and what is rejected without harm to the rest."""

import numpy as np
import pytest
from sayso.audio.resample import resample
from sayso.data.clips import MAX_NOISE_S, ClipSet, check_recording
from sayso.data.split import choose_test_speakers

from .errors import refused
from .synthetic import noise, tone


@pytest.fixture
def clips():
    return ClipSet()


def add(clips, samples, *, rate_hz=16_000, word="yes", speaker="s1"):
    clips.add(
        np.asarray(samples, np.float32), rate_hz=rate_hz, word=word, speaker=speaker, path=f"{word}/{speaker}.wav"
    )


def the_rejected(clips):
    (rejected,) = clips.rejected
    assert not clips.clips
    assert not clips.noise
    return rejected


def test_a_clip_is_kept_to_within_half_a_step_of_16_bits(clips):
    add(clips, noise(0))
    (clip,) = clips.clips
    assert (clip.word, clip.speaker) == ("yes", "s1")
    assert np.abs(clip.samples - noise(0)).max() <= 2**-16
    assert clip.samples.dtype == np.float32


def test_what_is_over_full_scale_is_clipped_and_does_not_wrap_around(clips):
    add(clips, 1.5 * np.sign(noise(0)))
    assert set(np.unique(clips.clips[0].samples)) == {-1.0, np.float32(32767 / 32768)}


def test_a_clip_of_another_rate_is_resampled(clips):
    add(clips, tone(1000.0, n_samples=44_100, rate_hz=44_100), rate_hz=44_100)
    expected = resample(tone(1000.0, n_samples=44_100, rate_hz=44_100), from_hz=44_100, to_hz=16_000)
    assert np.abs(clips.clips[0].samples - expected).max() <= 2**-16


@pytest.mark.parametrize(
    ("samples", "rate_hz", "code", "named"),
    [
        (noise(0, n_samples=8000), 8_000, "audio_rate_too_low", ["8000 Hz", "16000 Hz"]),
        (noise(0), 0, "audio_rate_too_low", ["0 Hz"]),
        (noise(0, n_samples=1), 16_000, "audio_too_short", ["1 samples", "0.1 s"]),
        (noise(0, n_samples=0), 16_000, "audio_too_short", ["0 samples"]),
        (noise(0, n_samples=1599), 16_000, "audio_too_short", ["1599 samples"]),
        (noise(0, n_samples=160_001), 16_000, "audio_too_long", ["10.0 s", "at most 10 s"]),
        (np.zeros(16_000), 16_000, "audio_silent", ["peak 0.0e+00", "0.0001"]),
        (np.full(16_000, 9e-5), 16_000, "audio_silent", ["9.0e-05"]),
        (np.where(np.arange(16_000) == 5, np.nan, 0.1), 16_000, "audio_not_finite", ["NaN"]),
        (np.where(np.arange(16_000) == 5, np.inf, 0.1), 16_000, "audio_not_finite", ["infinity"]),
    ],
)
def test_what_cannot_be_a_word_is_rejected_with_the_reason(clips, samples, rate_hz, code, named):
    add(clips, samples, rate_hz=rate_hz)
    rejected = the_rejected(clips)
    assert rejected.code == code
    assert rejected.path == "yes/s1.wav"
    assert all(value in rejected.message for value in named), rejected.message


def test_an_hour_is_rejected_as_a_word_and_as_noise():
    hour = np.broadcast_to(np.float32(0.1), 3600 * 16_000)
    for max_s in (10.0, MAX_NOISE_S):
        with refused("audio_too_long", "3600.0 s", f"{max_s:g} s"):
            check_recording(hour, 16_000, max_s=max_s)


def test_a_bad_recording_does_no_harm_to_those_before_and_after(clips):
    for samples in (noise(0), np.zeros(16_000), noise(1)):
        add(clips, samples)
    assert len(clips.clips) == 2
    assert len(clips.rejected) == 1


@pytest.mark.parametrize("word", ["", " ", "x" * 41])
def test_a_label_that_cannot_be_one_is_rejected(clips, word):
    add(clips, noise(0), word=word)
    assert the_rejected(clips).code == "bad_label"


@pytest.mark.parametrize("folder", ["_background_noise_", "_silence_", "silence"])
def test_background_noise_may_last_longer_and_is_no_word(clips, folder):
    add(clips, noise(0, n_samples=30 * 16_000), word=folder)
    assert [recording.size for recording in clips.noise] == [30 * 16_000]
    assert not clips.clips


def test_counts_name_the_most_frequent_word_first_and_noise_last(clips):
    for word, speaker in [("no", "a"), ("yes", "a"), ("yes", "b"), ("yes", "b"), ("_background_noise_", "x")]:
        add(clips, noise(0), word=word, speaker=speaker)
    add(clips, np.zeros(16_000), speaker="c")
    assert clips.counts() == {
        "labels": [
            {"label": "yes", "n_clips": 3, "n_speakers": 2},
            {"label": "no", "n_clips": 1, "n_speakers": 1},
            {"label": "_background_noise_", "n_clips": 1, "n_speakers": 0},
        ],
        "n_clips": 4,
        "duration_s": 5.0,
        "rejected": [{"path": "yes/c.wav", "code": "audio_silent", "message": "peak 0.0e+00: expected 0.0001 or more"}],
    }


def add_word(clips, speaker, source):
    clips.add(noise(1), rate_hz=16_000, word="yes", speaker=speaker, path=speaker, source=source)


def test_each_source_s_list_decides_for_its_own_speakers(clips):
    for speaker in "abc":
        add_word(clips, speaker, "listed")
    for speaker in "cdefg":
        add_word(clips, speaker, "unlisted")
    clips.list_test_speakers("listed", ["a", "not there"])
    chosen = clips.test_speakers()
    assert "a" in chosen
    assert "b" not in chosen
    assert chosen & set("cdefg") == choose_test_speakers("cdefg")


def test_of_a_large_set_every_word_keeps_its_share():
    clips = ClipSet(max_clips_a_word=2)
    for word in ("no", "yes"):
        for i in range(3):
            clips.add(noise(i), rate_hz=16_000, word=word, speaker="a", path=f"{word}/{i}")
    assert [clip.word for clip in clips.clips] == ["no", "no", "yes", "yes"]
    assert [(left.path, left.code) for left in clips.rejected] == [
        ("no/2", "too_many_clips"),
        ("yes/2", "too_many_clips"),
    ]
    assert "2 clips of 'yes'" in clips.rejected[1].message


def test_a_copy_shares_no_container(clips):
    add_word(clips, "a", "s")
    clips.list_test_speakers("s", ["a"])
    copied = clips.copy()
    add_word(clips, "b", "s")
    clips.list_test_speakers("s", ["b"])
    assert [clip.speaker for clip in copied.clips] == ["a"]
    assert copied.test_lists == {"s": {"a"}}
