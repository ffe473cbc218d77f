"""Variation of examples: each kind by its definition, in decibels and milliseconds."""

import dataclasses

import numpy as np
import pytest
from sayso.augment import draw_noise, draw_uniform, from_db, make_silence, shift_frames, vary_words
from sayso.config import AugmentConfig
from sayso.features import mel_spectrogram
from sayso.presets import AUDIOSET, COMPACT

from .synthetic import noise

PLAIN = AugmentConfig(shift_ms=0.0, gain_min_db=0.0, gain_max_db=0.0, noise_share=0.0)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def mel():
    return np.random.default_rng(1).random((6, 30, 4), dtype=np.float32)


@pytest.fixture
def background():
    return np.random.default_rng(2).random((100, 4), dtype=np.float32)


def vary(mel, background, rng, **changes):
    return vary_words(mel, background, features=COMPACT, config=dataclasses.replace(PLAIN, **changes), rng=rng)


def test_decibels_are_of_power():
    np.testing.assert_allclose(from_db(np.array([-20, 0, 3.0103, 10], np.float32)), [0.01, 1, 2, 10], rtol=1e-5)


def test_a_magnitude_s_decibels_are_those_of_its_square(mel, background, rng):
    levels_db = np.array([-20, 0, 7.5], np.float32)
    np.testing.assert_allclose(from_db(levels_db, "magnitude") ** 2, from_db(levels_db), rtol=1e-6)
    config = dataclasses.replace(PLAIN, gain_min_db=6, gain_max_db=6, silence_min_dbfs=-20, silence_max_dbfs=-20)
    varied = vary_words(mel, background, features=AUDIOSET, config=config, rng=rng)
    np.testing.assert_allclose(varied, mel * 10 ** (6 / 20), rtol=1e-6)
    ones = np.ones((9, 4), np.float32)
    silence = make_silence(50, ones, n_frames=9, config=config, rng=rng, spectrum="magnitude")
    np.testing.assert_allclose(np.unique(silence), [0, 0.1], rtol=1e-6)


def test_uniform_numbers_fill_their_range_in_single_precision(rng):
    drawn = draw_uniform(-12.0, 6.0, 10_000, rng)
    assert drawn.dtype == np.float32
    assert -12 <= drawn.min() < -11.9
    assert 5.9 < drawn.max() <= 6
    assert drawn.mean() == pytest.approx(-3, abs=0.2)


def test_clips_move_by_whole_frames_and_zeros_come_in(mel):
    moved = shift_frames(mel, np.array([0, 1, -1, 29, 30, -100]))
    assert np.array_equal(moved[0], mel[0])
    assert np.array_equal(moved[1, 1:], mel[1, :-1])
    assert np.array_equal(moved[2, :-1], mel[2, 1:])
    assert np.array_equal(moved[3, 29], mel[3, 0])
    assert not moved[1, 0].any()
    assert not moved[2, -1].any()
    assert not moved[4:].any()


def test_a_moved_clip_is_the_clip_of_moved_samples():
    samples = noise(0)
    moved = shift_frames(mel_spectrogram(samples, config=COMPACT)[None], np.array([5]))[0]
    expected = mel_spectrogram(np.roll(samples, 5 * COMPACT.hop_samples), config=COMPACT)
    # beyond the frames that hear where the ends were joined
    np.testing.assert_allclose(moved[8:], expected[8:], rtol=1e-4)


def test_nothing_is_varied_when_nothing_is_asked_for(mel, background, rng):
    assert np.array_equal(vary(mel, background, rng), mel)


def test_gain_is_one_factor_a_clip_within_its_range(mel, background, rng):
    factors = vary(mel, background, rng, gain_min_db=-12.0, gain_max_db=6.0) / mel
    assert (np.ptp(factors, axis=(1, 2)) < 1e-5 * factors.max()).all()
    gains_db = 10 * np.log10(factors[:, 0, 0])
    assert ((gains_db >= -12) & (gains_db <= 6)).all()
    assert len(set(gains_db)) == len(mel)


@pytest.mark.parametrize("snr_db", [-3.0, 0.0, 20.0])
def test_noise_is_mixed_in_at_the_ratio_asked_for(mel, background, rng, snr_db):
    added = vary(mel, background, rng, noise_share=1.0, snr_min_db=snr_db, snr_max_db=snr_db) - mel
    ratio_db = 10 * np.log10(mel.mean(axis=(1, 2)) / added.mean(axis=(1, 2)))
    np.testing.assert_allclose(ratio_db, snr_db, atol=1e-3)


def test_noise_is_mixed_into_its_share_of_the_clips(background, rng):
    mel = np.ones((2000, 5, 4), np.float32)
    noisy = (vary(mel, background, rng, noise_share=0.8) != mel).any(axis=(1, 2))
    assert noisy.mean() == pytest.approx(0.8, abs=0.03)


def test_shifts_stay_within_their_milliseconds(background, rng):
    mel = np.zeros((500, 98, 4), np.float32)
    mel[:, 49] = 1
    found = vary(mel, background, rng, shift_ms=100.0).argmax(axis=1)[:, 0]
    assert set(found) == set(range(39, 60))  # 10 frames of 10 ms either way


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


def test_single_precision_stays_single(mel, background, rng):
    varied = vary_words(mel, background, features=COMPACT, config=AugmentConfig(), rng=rng)
    assert varied.dtype == np.float32
    assert np.isfinite(varied).all()


def test_a_clip_of_digital_silence_stays_finite(background, rng):
    varied = vary(np.zeros((3, 30, 4), np.float32), background, rng, noise_share=1.0)
    assert not varied.any()
