"""Scenes: words where they should be, noise as loud as asked for, and PCEN that remembers, or not."""

import dataclasses

import numpy as np
import pytest
from sayso.config import AugmentConfig
from sayso.features.log_mel import compress, pcen, smooth, start_state
from sayso.features.presets import CLASSIC, COMPACT
from sayso.training.scene import count_context_frames, images, silence_scenes, word_scenes

PLAIN = AugmentConfig(
    shift_ms=0.0, tempo=1.0, warp=0.0, neighbour_share=0.0, gain_min_db=0.0, gain_max_db=0.0, noise_share=0.0,
    context_db=0.0, mask_ms=0.0, mask_share=0.0, burst_share=0.0,
)  # fmt: skip
N_CONTEXT = 60


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def mel():
    return np.random.default_rng(1).random((6, 98, 40), dtype=np.float32)


@pytest.fixture
def background():
    return np.random.default_rng(2).random((400, 40), dtype=np.float32)


def scenes_of(mel, background, rng, *, floor=0.0, features=COMPACT, **changes):
    config = dataclasses.replace(PLAIN, **changes)
    floors = np.full((len(mel), mel.shape[2]), floor, np.float32)
    return word_scenes(mel, floors, mel[::-1], background, features=features, config=config, rng=rng)


def test_context_is_for_features_that_remember():
    assert count_context_frames(COMPACT, AugmentConfig(context_ms=600)) == N_CONTEXT
    assert count_context_frames(CLASSIC, AugmentConfig(context_ms=600)) == 0


def test_nothing_is_varied_when_nothing_is_asked_for(mel, background, rng):
    scenes = scenes_of(mel, background, rng, floor=0.25)
    assert np.array_equal(scenes[:, N_CONTEXT:], mel)
    assert (scenes[:, :N_CONTEXT] == 0.25).all()


def test_gain_is_one_factor_a_scene_within_its_range(mel, background, rng):
    factors = scenes_of(mel, background, rng, gain_min_db=-12.0, gain_max_db=6.0)[:, N_CONTEXT:] / mel
    assert (np.ptp(factors, axis=(1, 2)) < 1e-5 * factors.max()).all()
    gains_db = 10 * np.log10(factors[:, 0, 0])
    assert ((gains_db >= -12) & (gains_db <= 6)).all()
    assert len(set(gains_db)) == len(mel)


@pytest.mark.parametrize("snr_db", [-3.0, 0.0, 20.0])
def test_noise_is_mixed_in_at_the_ratio_asked_for(mel, background, rng, snr_db):
    mixed = scenes_of(mel, background, rng, noise_share=1.0, snr_min_db=snr_db, snr_max_db=snr_db)[:, N_CONTEXT:]
    ratio_db = 10 * np.log10(mel.mean(axis=(1, 2)) / (mixed - mel).mean(axis=(1, 2)))
    np.testing.assert_allclose(ratio_db, snr_db, atol=1e-3)


def test_noise_is_mixed_into_its_share_of_the_scenes(background, rng):
    mel = np.ones((2000, 98, 40), np.float32)
    scenes = scenes_of(mel, background, rng, noise_share=0.8)
    assert (scenes[:, N_CONTEXT:] != mel).any(axis=(1, 2)).mean() == pytest.approx(0.8, abs=0.03)


def test_what_was_heard_before_may_be_louder_or_softer_by_its_decibels(background, rng):
    mel, level = np.full((300, 98, 40), 1e-6, np.float32), np.ones_like(background)
    scenes = scenes_of(mel, level, rng, noise_share=1.0, snr_min_db=0.0, snr_max_db=0.0, context_db=15.0)
    change_db = 10 * np.log10(scenes[:, 0, 0] / 1e-6)
    assert -15 <= change_db.min() < -13
    assert 13 < change_db.max() <= 15


def test_shifts_stay_within_their_milliseconds(background, rng):
    mel = np.zeros((500, 98, 40), np.float32)
    mel[:, 49] = 1
    found = scenes_of(mel, background, rng, shift_ms=100.0).argmax(axis=1)[:, 0] - N_CONTEXT
    assert set(found) == set(range(39, 60))  # 100 ms are 10 frames of 10 ms, either way


def test_neighbours_come_before_or_after_at_most_as_loud_as_6_db_more(background, rng):
    words = np.zeros((400, 98, 40), np.float32)
    words[:, 49] = 1
    config = dataclasses.replace(PLAIN, neighbour_share=0.5)
    floor = np.zeros((400, 40), np.float32)
    scenes = word_scenes(words, floor, 3 * words, background, features=COMPACT, config=config, rng=rng)[..., 0]
    assert (scenes[:, N_CONTEXT + 49] == 1).all()
    scenes[:, N_CONTEXT + 49] = 0
    with_neighbour = scenes.any(axis=1)
    # half of the words have a neighbour; half of these come later than the scene, and a third of the others earlier
    assert with_neighbour.mean() == pytest.approx(0.5 * 0.5 * 39 / 60, abs=0.05)
    distances = scenes[with_neighbour].argmax(axis=1) - (N_CONTEXT + 49)
    assert (np.abs(distances) >= 70).all()
    levels_db = 10 * np.log10(scenes[with_neighbour].max(axis=1))
    assert -10.01 <= levels_db.min() < -9
    assert 5 < levels_db.max() <= 6.01


def test_silence_fills_scenes_as_long_as_those_of_words(background, rng):
    scenes = silence_scenes(7, background, features=COMPACT, config=AugmentConfig(), rng=rng)
    assert scenes.shape == (7, N_CONTEXT + 98, 40)
    assert scenes.dtype == np.float32


def test_a_fresh_image_is_that_of_its_window_alone(mel, background, rng):
    scenes = scenes_of(mel, background, rng, noise_share=1.0)
    config = dataclasses.replace(PLAIN, fresh_share=1.0)
    found = images(scenes, features=COMPACT, config=config, rng=rng)
    expected = compress(scenes[:, N_CONTEXT:], config=COMPACT, step=2)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_an_image_with_context_is_the_end_of_the_whole_scene_s(mel, background, rng):
    scenes = scenes_of(mel, background, rng, noise_share=1.0)
    found = images(scenes, features=COMPACT, config=dataclasses.replace(PLAIN, fresh_share=0.0), rng=rng)
    level = smooth(scenes, start_state(scenes, config=COMPACT.pcen), smoothing=COMPACT.pcen.smoothing)
    expected = pcen(scenes, level, config=COMPACT.pcen)[:, N_CONTEXT::2]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_images_of_a_classic_scene_are_its_logarithm(rng):
    scenes = rng.random((3, 30, 20), dtype=np.float32)
    found = images(scenes, features=CLASSIC, config=PLAIN, rng=rng)
    np.testing.assert_allclose(found, np.log(scenes + np.float32(np.exp(-10))), rtol=1e-6)


def test_single_precision_stays_single_and_digital_silence_finite(background, rng):
    scenes = scenes_of(np.zeros((3, 98, 40), np.float32), background, rng, noise_share=1.0, warp=0.1, tempo=1.1)
    assert not scenes.any()
    frames = images(scenes, features=COMPACT, config=AugmentConfig(), rng=rng)
    assert frames.dtype == scenes.dtype == np.float32
    assert np.isfinite(frames).all()
