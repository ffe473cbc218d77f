"""Listening: the same detections however the audio is cut, gaps that nothing crosses, and no growth."""

import dataclasses

import numpy as np
import pytest
from sayso.audio.resample import resample
from sayso.config import DetectorConfig
from sayso.features.log_mel import log_mel
from sayso.features.presets import CLASSIC, COMPACT, LIBROSA
from sayso.labels import labels_for
from sayso.listening.detector import Detection
from sayso.listening.listener import LOWEST_LEVEL_DBFS, Dropped, Listener, Update
from sayso.models.model import new_model

from .errors import refused
from .synthetic import noise, random_blocks, tone, word

SPOKEN = ("yes", "no", "yes", "up", "no")


def speech(names=SPOKEN, *, rate_hz=16_000):
    """A second of faint noise, then a word every 2 s."""
    parts = [noise(99, amplitude=0.003)]
    for i, name in enumerate(names):
        parts += [word(name, 5000 + i), noise(100 + i, amplitude=0.003)]
    return resample(np.concatenate(parts), from_hz=16_000, to_hz=rate_hz)


def listen(listener, blocks, *, first=0):
    """All events of blocks that follow one another, the first of them at a position."""
    events = []
    for block in blocks:
        events += listener.accept(block, position=first)
        first += block.size
    return events


def cut(samples, n):
    return [samples[i : i + n] for i in range(0, samples.size, n)]


def of_kind(events, kind):
    return [event for event in events if isinstance(event, kind)]


def detections(events):
    return [(event.label, event.time_s) for event in of_kind(events, Detection)]


@pytest.fixture(scope="module")
def untrained():
    return new_model("", features=COMPACT, labels=labels_for(["yes", "no"]), network="compact", seed=0)


def test_the_words_that_were_said_are_found_in_order_and_in_time(tone_model):
    listener = Listener(tone_model, sample_rate_hz=16_000)
    found = detections(listen(listener, cut(speech(), 1600)))
    assert [label for label, _ in found] == ["yes", "no", "yes", "no"]
    for (_, time_s), said_s in zip(found, (1.0, 3.0, 5.0, 9.0), strict=True):
        assert said_s + 0.15 < time_s < said_s + 1.8  # a word is not found before its first sound
    assert listener.n_detections == 4


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
def test_detections_are_the_same_however_the_audio_is_cut(tone_model, rate_hz):
    samples = speech(rate_hz=rate_hz)
    whole = listen(Listener(tone_model, sample_rate_hz=rate_hz), [samples])
    for blocks in (cut(samples, 128), cut(samples, rate_hz // 10), random_blocks(samples, 3, longest=rate_hz)):
        parts = listen(Listener(tone_model, sample_rate_hz=rate_hz), blocks)
        assert detections(parts) == detections(whole)
        assert [u.time_s for u in of_kind(parts, Update)] == [u.time_s for u in of_kind(whole, Update)]
        np.testing.assert_allclose(
            [u.posteriors for u in of_kind(parts, Update)], [u.posteriors for u in of_kind(whole, Update)], atol=1e-5
        )
    assert [label for label, _ in detections(whole)] == ["yes", "no", "yes", "no"]


@pytest.mark.parametrize(("features", "last_sample"), [(COMPACT, 480), (LIBROSA, 1024)], ids=["compact", "librosa"])
def test_a_window_is_what_the_same_second_of_a_clip_would_be(features, last_sample):
    model = new_model("", features=features, labels=labels_for(["yes", "no"]), network="compact", seed=0)
    samples = noise(0, n_samples=30_000)
    listener = Listener(model, sample_rate_hz=features.sample_rate_hz)
    updates = of_kind(listen(listener, cut(samples, 500)), Update)
    frames = log_mel(samples, config=features)
    at = next(i for i, update in enumerate(updates) if any(update.posteriors))
    end = listener.hop_frames * (at + 1)
    window = frames[end - features.n_frames : end : features.frame_step]
    np.testing.assert_allclose(updates[at].posteriors, model.posteriors(window[None])[0], atol=1e-5)
    expected_s = ((end - 1) * features.hop_samples + last_sample) / features.sample_rate_hz
    assert updates[at].time_s == pytest.approx(expected_s)
    assert expected_s <= listener.n_samples / features.sample_rate_hz


def test_updates_come_ten_a_second_and_are_quiet_until_a_window_is_full(untrained):
    updates = of_kind(listen(Listener(untrained, sample_rate_hz=16_000), cut(noise(0, n_samples=32_000), 160)), Update)
    assert len(updates) == 19
    np.testing.assert_allclose(np.diff([update.time_s for update in updates]), 0.1, atol=1e-9)
    for update in updates[:9]:
        assert update.quiet
        assert update.posteriors == [0, 0, 0, 0]
    for update in updates[9:]:
        assert sum(update.posteriors) == pytest.approx(1, abs=1e-5)
        assert (update.columns.width, update.columns.height, len(update.columns.intensities)) == (10, 40, 400)


def test_the_level_is_in_decibels_of_full_scale(untrained):
    listener = Listener(untrained, sample_rate_hz=16_000)
    (*_, update) = of_kind(listen(listener, cut(tone(1000.0, amplitude=0.1), 1600)), Update)
    assert update.level_dbfs == pytest.approx(-20 - 10 * np.log10(2), abs=0.01)
    assert update.peak_dbfs == pytest.approx(-20, abs=0.01)


def test_digital_silence_has_the_lowest_level_and_fires_nothing(tone_model):
    events = listen(Listener(tone_model, sample_rate_hz=16_000), cut(np.zeros(48_000, np.float32), 1600))
    assert {update.level_dbfs for update in of_kind(events, Update)} == {LOWEST_LEVEL_DBFS}
    assert detections(events) == []


def test_a_gap_is_reported_with_what_was_lost(untrained):
    listener = Listener(untrained, sample_rate_hz=48_000)
    block = noise(0, n_samples=4800)
    listen(listener, [block] * 3)
    (dropped,) = of_kind(listener.accept(block, position=7 * 4800), Dropped)
    assert (dropped.n_missing, dropped.n_dropped, dropped.time_s) == (19_200, 19_200, pytest.approx(0.7))
    assert (listener.n_samples, listener.n_dropped) == (4 * 4800, 19_200)
    assert not of_kind(listener.accept(block, position=8 * 4800), Dropped)
    (dropped,) = of_kind(listener.accept(block, position=9 * 4800 + 128), Dropped)
    assert (dropped.n_missing, dropped.n_dropped) == (128, 19_328)
    (dropped,) = of_kind(listener.accept(block, position=0), Dropped)  # a second stream begins
    assert (dropped.n_missing, dropped.n_dropped) == (0, 19_328)


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 44_100, 48_000])
def test_updates_come_with_the_very_sample_that_was_waited_for(untrained, rate_hz):
    listener = Listener(untrained, sample_rate_hz=rate_hz)
    position = 777  # the stream begins with a gap
    for at in range(30):
        waited_for = listener.next_hop if at else listener.next_hop + position
        assert position < waited_for <= position + rate_hz / 5
        block = noise(at, n_samples=waited_for - position)
        *parts, last = np.split(block, [block.size // 2, block.size - 1])
        assert not of_kind(listen(listener, parts, first=position), Update)
        assert len(of_kind(listener.accept(last, position=waited_for - 1), Update)) == 1
        position = waited_for


@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
def test_nothing_crosses_a_gap(tone_model, rate_hz):
    n = rate_hz // 50
    before, after = (
        cut(speech(("yes",), rate_hz=rate_hz)[: 2 * rate_hz], n),
        cut(speech(("no", "yes"), rate_hz=rate_hz), n),
    )
    gapped, fresh = (Listener(tone_model, sample_rate_hz=rate_hz) for _ in range(2))
    listen(gapped, before)
    after_gap = sum(block.size for block in before) + rate_hz
    continued = listen(gapped, after, first=after_gap)
    assert isinstance(continued[0], Dropped)
    expected = listen(fresh, after)
    shift_s = after_gap / rate_hz
    assert [u.posteriors for u in of_kind(continued, Update)] == [u.posteriors for u in of_kind(expected, Update)]
    times_s = np.array([u.time_s for u in of_kind(continued, Update)]) - shift_s
    np.testing.assert_allclose(times_s, [u.time_s for u in of_kind(expected, Update)], atol=1e-9)
    for events in (continued, expected):
        assert [label for label, _ in detections(events)] == ["no", "yes"]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_spoilt_block_counts_as_lost_and_spoils_nothing(untrained, value):
    listener = Listener(untrained, sample_rate_hz=16_000)
    blocks = cut(noise(0, n_samples=64_000), 1600)
    blocks[5] = blocks[5].copy()
    blocks[5][3] = value
    events = listen(listener, blocks)
    (dropped,) = of_kind(events, Dropped)
    assert (dropped.n_missing, dropped.n_dropped) == (1600, 1600)
    assert all(np.isfinite(update.posteriors).all() for update in of_kind(events, Update))
    assert any(any(update.posteriors) for update in of_kind(events, Update))


def test_ten_minutes_lose_no_sample_and_hold_no_more_than_a_window():
    model = new_model("", features=CLASSIC, labels=labels_for(["yes", "no"]), network="classic", seed=0)
    model.detector = DetectorConfig(hop_ms=1000.0)
    listener = Listener(model, sample_rate_hz=22_050)
    block = noise(0, n_samples=4410)
    n_blocks, n_columns, held = 3000, 0, []
    for n in range(n_blocks):
        for event in listener.accept(block, position=4410 * n):
            assert isinstance(event, (Update, Detection))
            n_columns += event.columns.width if isinstance(event, Update) else 0
        arrays = [listener._resampler._held, listener._log_mel._samples, listener._log_mel._mel, listener._waiting,
                  listener._recogniser._window, *listener._blocks, *listener.detector._posteriors]  # fmt: skip
        held.append(sum(array.size for array in arrays))
    assert listener.n_samples == n_blocks * 4410 == 600 * 22_050
    assert listener.n_dropped == 0
    n_out = listener._resampler._n_out
    n_waiting = sum(block.size for block in listener._blocks)
    assert 600 * 16_000 - n_out < 100 + n_waiting * 16_000 / 22_050  # the filter waits for the last few
    assert n_columns + len(listener._waiting) == 1 + (n_out - 1024) // 512
    assert max(held[1000:]) <= max(held[:1000])


def test_a_window_s_own_posteriors_are_told_before_they_are_smoothed(untrained):
    told = []
    listener = Listener(untrained, sample_rate_hz=16_000, on_window=lambda *window: told.append(window))
    updates = of_kind(listen(listener, cut(noise(0, n_samples=32_000), 1600)), Update)
    assert [time_s for _, time_s in told] == [update.time_s for update in updates[9:]]
    mean = np.mean([posteriors for posteriors, _ in told[-4:]], axis=0)  # four hops are smoothing_ms
    np.testing.assert_allclose(mean, updates[-1].posteriors, atol=1e-6)


def test_tuning_holds_from_the_next_window_on(tone_model):
    listener = Listener(tone_model, sample_rate_hz=16_000)
    listener.tune(dataclasses.replace(tone_model.detector, threshold=0.999999))
    assert detections(listen(listener, cut(speech(("yes",)), 1600))) == []
    listener.tune(tone_model.detector)
    assert [
        label for label, _ in detections(listen(listener, cut(speech(("yes",)), 1600), first=listener.n_samples))
    ] == ["yes"]


@pytest.mark.parametrize("rate_hz", [0, 100, 10**7])
def test_a_microphone_of_an_impossible_rate_is_refused_by_its_value(untrained, rate_hz):
    with refused("bad_sample_rate", f"{rate_hz} Hz"):
        Listener(untrained, sample_rate_hz=rate_hz)
