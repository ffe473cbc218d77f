"""Variation of examples: each kind by its definition, in decibels, frames and bands."""

import dataclasses

import numpy as np
import pytest
from sayso.config import AugmentConfig
from sayso.features.log_mel import mel_spectrogram
from sayso.features.mel import centres_hz
from sayso.features.presets import CLASSIC_2017, COMPACT, FINE
from sayso.training.augment import (
    add_bursts,
    draw_noise,
    draw_tempo,
    draw_uniform,
    from_db,
    make_silence,
    mask_frames,
    place_frames,
    warp_bands,
)

from .synthetic import noise, tone

SLANEY = dataclasses.replace(COMPACT, mel_scale="slaney")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def mel():
    return np.random.default_rng(1).random((6, 30, 4), dtype=np.float32)


@pytest.fixture
def background():
    return np.random.default_rng(2).random((100, 4), dtype=np.float32)


def as_recorded(n):
    return np.ones(n)


def test_decibels_are_of_power_or_of_magnitude():
    np.testing.assert_allclose(from_db(np.array([-20, 0, 3.0103, 10], np.float32)), [0.01, 1, 2, 10], rtol=1e-5)
    np.testing.assert_allclose(from_db(np.array([-20, 0, 20], np.float32), "magnitude"), [0.1, 1, 10], rtol=1e-5)


def test_uniform_numbers_fill_their_range_in_single_precision(rng):
    drawn = draw_uniform(-12.0, 6.0, 10_000, rng)
    assert drawn.dtype == np.float32
    assert -12 <= drawn.min() < -11.9
    assert 5.9 < drawn.max() <= 6
    assert drawn.mean() == pytest.approx(-3, abs=0.2)


def test_tempos_are_as_often_faster_as_slower(rng):
    tempo = draw_tempo(1.25, 10_000, rng)
    assert 0.8 <= tempo.min() < 0.81
    assert 1.24 < tempo.max() <= 1.25
    assert np.log(tempo).mean() == pytest.approx(0, abs=0.01)


def test_clips_move_by_whole_frames_and_zeros_come_in(mel):
    moved = place_frames(mel, np.array([0, 1, -1, 29, 30, -100]), as_recorded(6), n_frames=30)
    assert np.array_equal(moved[0], mel[0])
    assert np.array_equal(moved[1, 1:], mel[1, :-1])
    assert np.array_equal(moved[2, :-1], mel[2, 1:])
    assert np.array_equal(moved[3, 29], mel[3, 0])
    assert not moved[1, 0].any()
    assert not moved[2, -1].any()
    assert not moved[4:].any()


def test_around_a_clip_is_what_fills(mel):
    fill = np.full((6, 4), 7, np.float32)
    placed = place_frames(mel, np.full(6, 10), as_recorded(6), n_frames=50, fill=fill)
    assert (placed[:, :10] == 7).all()
    assert np.array_equal(placed[:, 10:40], mel)
    assert (placed[:, 40:] == 7).all()


def test_a_moved_clip_is_the_clip_of_moved_samples():
    samples = noise(0)
    mel = mel_spectrogram(samples, config=COMPACT)[None]
    moved = place_frames(mel, np.array([5]), as_recorded(1), n_frames=98)[0]
    expected = mel_spectrogram(np.roll(samples, 5 * COMPACT.hop_samples), config=COMPACT)
    # the first frames are filled, or hear where np.roll joins the ends
    np.testing.assert_allclose(moved[8:], expected[8:], rtol=1e-4)


def test_tempo_shortens_a_clip_about_its_middle():
    mel = np.ones((2, 41, 1), np.float32)
    fast, slow = place_frames(mel, np.array([20, 20]), np.array([2.0, 0.5]), n_frames=81)[..., 0]
    assert np.flatnonzero(fast).tolist() == list(range(30, 51))
    assert np.flatnonzero(slow).tolist() == list(range(81))


def test_no_warp_changes_nothing(rng):
    mel = np.random.default_rng(1).random((6, 30, 40), dtype=np.float32)
    assert warp_bands(mel, features=COMPACT, limit=0, rng=rng) is mel


@pytest.mark.parametrize("features", [COMPACT, CLASSIC_2017, SLANEY], ids=["HTK", "2017", "Slaney"])
def test_a_warped_voice_has_its_tones_elsewhere_by_at_most_the_limit(features, rng):
    samples = tone(1000.0, rate_hz=features.sample_rate_hz)
    mel = np.repeat(mel_spectrogram(samples, config=features)[None, :5], 300, axis=0)
    peaks = warp_bands(mel, features=features, limit=0.2, rng=rng).mean(axis=1).argmax(axis=1)
    lowest, highest = (np.abs(centres_hz(features) - f_hz).argmin() for f_hz in (1000 / 1.2, 1000 * 1.2))
    assert abs(peaks.min() - lowest) <= 1
    assert abs(peaks.max() - highest) <= 1


def test_warping_keeps_a_flat_spectrum_flat(rng):
    flat = np.ones((50, 3, 40), np.float32)
    np.testing.assert_allclose(warp_bands(flat, features=COMPACT, limit=0.2, rng=rng), 1, rtol=1e-5)


def test_masks_are_one_stretch_of_frames_and_one_of_bands_within_their_widths(rng):
    original = rng.random((400, 49, 40), dtype=np.float32)
    frames = original.copy()
    mask_frames(frames, features=COMPACT, config=AugmentConfig(mask_ms=100, mask_share=0.1), rng=rng)
    changed = frames != original
    rows, bands = changed.all(axis=2).sum(axis=1), changed.all(axis=1).sum(axis=1)
    assert set(rows) == set(range(6))  # 100 ms are 5 frames of 20 ms
    assert set(bands) == set(range(5))
    assert (changed.sum(axis=(1, 2)) == 40 * rows + 49 * bands - rows * bands).all()
    assert (np.diff(changed.all(axis=2).astype(int), axis=1, prepend=0, append=0) == 1).sum(axis=1).max() == 1
    means = np.broadcast_to(original.mean(axis=(1, 2))[:, None, None], frames.shape)
    np.testing.assert_allclose(frames[changed], means[changed], rtol=1e-5)


def test_masks_are_as_long_whatever_the_step(rng):
    frames = np.arange(200 * 98 * 40, dtype=np.float32).reshape(200, 98, 40)
    before = frames.copy()
    mask_frames(frames, features=FINE, config=AugmentConfig(mask_ms=100, mask_share=0), rng=rng)
    assert (frames != before).all(axis=2).sum(axis=1).max() == 10


def test_bursts_are_in_their_share_and_bounded(rng):
    mel = np.zeros((1000, 98, 40), np.float32)
    add_bursts(mel, 2.0, 0.3, rng)
    struck = mel.any(axis=(1, 2))
    assert struck.mean() == pytest.approx(0.3, abs=0.05)
    assert mel.min() >= 0
    assert 1 < mel.max() <= 3 * 2.0


def test_stretches_of_noise_are_whole_and_from_everywhere(background, rng):
    stretches = draw_noise(background, 500, 30, rng)
    starts = {int(np.flatnonzero(background[:, 0] == stretch[0, 0])[0]) for stretch in stretches}
    assert starts == set(range(71))
    for stretch in stretches[:5]:
        start = int(np.flatnonzero(background[:, 0] == stretch[0, 0])[0])
        assert np.array_equal(stretch, background[start : start + 30])


def test_silence_reaches_from_digital_zero_to_the_loudest_level(rng):
    config = AugmentConfig(silence_min_dbfs=-75.0, silence_max_dbfs=-14.0, digital_silence_share=0.25)
    silence = make_silence(4000, np.ones((200, 4), np.float32), n_frames=30, config=config, rng=rng)
    assert silence.dtype == np.float32
    levels = silence[:, 0, 0]
    assert (levels == 0).mean() == pytest.approx(0.25, abs=0.03)
    levels_dbfs = 10 * np.log10(levels[levels > 0])
    assert -75.01 <= levels_dbfs.min() < -74
    assert -15 < levels_dbfs.max() <= -13.99
