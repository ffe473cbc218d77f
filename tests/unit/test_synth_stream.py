"""Streams made of clips: what is said in them when, how loud it is over the noise, and that a seed gives one stream."""

import dataclasses
import itertools

import numpy as np
import pytest
from sayso.audio.mixing import mean_power
from sayso.data.clips import Clip
from sayso.data.sample_store import SampleStore
from sayso.evaluation.synth_stream import GAP_S, QUIETEST_DBFS, StreamConfig, active_part, synth_stream

from .errors import refused
from .synthetic import noise, tone, words

CONFIG = StreamConfig(minutes=2.0, snr_min_db=10.0, snr_max_db=15.0, seed=3)


@pytest.fixture(scope="module")
def clips():
    return words(n_speakers=5, n_each=1).clips


@pytest.fixture(scope="module")
def recordings():
    return [noise(1, n_samples=200_000), noise(2, n_samples=30_000, amplitude=0.5)]


def test_a_stream_is_as_long_and_as_dense_as_asked_for(clips, recordings):
    samples, truth = synth_stream(clips, recordings, CONFIG)
    assert (samples.size, samples.dtype) == (2 * 60 * 16_000, np.float32)
    # In two minutes there is time for 23 other words at 700 an hour, and for 8 commands at 240 an hour.
    assert len([event for event in truth if event.label == "other"]) == 23
    assert [sum(event.label == name for event in truth) for name in ("yes", "no")] == [4, 4]
    assert {event.word for event in truth if event.label == "other"} == {"up"}
    assert {event.speaker for event in truth} == {f"s{i}" for i in range(5)}


def test_words_follow_each_other_with_pauses(clips, recordings):
    _, truth = synth_stream(clips, recordings, CONFIG)
    assert all(earlier.end_s + GAP_S <= later.start_s for earlier, later in itertools.pairwise(truth))
    pauses_s = np.diff([event.start_s for event in truth])
    assert pauses_s.std() > 1  # so that words do not come in a beat


def test_every_word_stands_as_far_over_the_noise_under_it_as_drawn(clips, recordings):
    with_words, truth = synth_stream(clips, recordings, CONFIG)
    alone, none = synth_stream([], recordings, dataclasses.replace(CONFIG, commands_per_hour=0, others_per_hour=0))
    assert none == []
    added = with_words - alone
    ratios_db = []
    for run in np.split(np.flatnonzero(added), np.flatnonzero(np.diff(np.flatnonzero(added)) > 2000) + 1):
        clip = slice(run[0], run[-1] + 1)
        ratios_db.append(10 * np.log10(mean_power(added[clip]) / mean_power(alone[clip])))
    assert len(ratios_db) == len(truth)
    assert 9.9 < min(ratios_db) < 11
    assert 14 < max(ratios_db) < 15.1


def test_the_noise_never_stops_and_changes(recordings):
    alone, _ = synth_stream([], recordings, dataclasses.replace(CONFIG, commands_per_hour=0, others_per_hour=0))
    levels_db = 10 * np.log10([mean_power(second) for second in np.split(alone, 120)])
    assert -50 < levels_db.min() < levels_db.max() < -30
    assert len(set(levels_db.round())) > 5


def test_where_the_noise_pauses_a_word_is_heard_all_the_same(clips):
    pausing = np.concatenate([noise(1, n_samples=16_000), np.zeros(300_000, np.float32)])
    samples, truth = synth_stream(clips, [pausing], CONFIG)
    for event in truth:
        spoken = samples[round(event.start_s * 16_000) : round(event.end_s * 16_000)]
        assert 10 * np.log10(mean_power(spoken)) > QUIETEST_DBFS - 1


def test_the_same_seed_is_the_same_stream(clips, recordings):
    (first, truth), (again, truth_again) = (synth_stream(clips, recordings, CONFIG) for _ in range(2))
    assert np.array_equal(first, again)
    assert truth == truth_again
    other, _ = synth_stream(clips, recordings, dataclasses.replace(CONFIG, seed=4))
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("floor", [0.0, 0.001, 0.02])
def test_the_active_part_is_the_word_without_its_pauses(floor):
    samples = noise(1, amplitude=floor) if floor else np.zeros(16_000, np.float32)
    samples[4000:9000] += tone(440.0, n_samples=5000)
    samples[500:520] += 0.1  # a click
    first, last = active_part(samples)
    assert 3840 <= first <= 4000
    assert 9000 <= last <= 9160


@pytest.mark.parametrize(
    ("changes", "code", "named"),
    [
        ({"minutes": 0.5, "others_per_hour": 3600}, "stream_too_short", ["0.5 minutes", "32 clips"]),
        ({"minutes": 0.1, "commands_per_hour": 100}, "stream_too_short", ["0.1 minutes", "yes or no"]),
        ({"commands": ("yes", "maybe")}, "label_empty", ["maybe", "no, up, yes"]),
        ({"commands": ("yes", "no", "up")}, "label_empty", ["0 clips of other"]),
    ],
)
def test_what_cannot_be_made_is_refused(clips, recordings, changes, code, named):
    with refused(code, *named):
        synth_stream(clips, recordings, dataclasses.replace(CONFIG, **changes))


@pytest.mark.parametrize(
    ("changes", "code", "named"),
    [
        ({"minutes": float("nan")}, "bad_config", ["minutes=nan"]),
        ({"snr_max_db": 9.0}, "bad_config", ["snr_max_db=9.0", "10"]),
        ({"seed": -1}, "bad_config", ["seed=-1"]),
        ({"commands": ("other",)}, "bad_label", ["other"]),
    ],
)
def test_a_stream_of_impossible_settings_is_refused(changes, code, named):
    with refused(code, *named):
        dataclasses.replace(CONFIG, **changes)


def test_clips_may_be_short_and_soft(recordings):
    store = SampleStore()
    clips = [Clip(name, "", store.put((300 * tone(f_hz, n_samples=1600)).astype(np.int16))) for name, f_hz in
             (("yes", 500.0), ("no", 900.0), ("up", 2000.0))]  # fmt: skip
    samples, truth = synth_stream(clips, recordings, CONFIG)
    assert np.isfinite(samples).all()
    assert {round(event.end_s - event.start_s, 3) for event in truth} == {0.1}
