"""Noise at a signal-to-noise ratio, and gain that clips."""

import numpy as np
import pytest
from sayso.audio.mixing import amplify, draw_stretch, mean_power, mix, power_of, with_power

from .errors import refused
from .synthetic import noise, tone


@pytest.mark.parametrize("snr_db", [-10.0, 0.0, 3.7, 40.0])
def test_the_ratio_is_that_of_the_whole_clip_to_the_noise_under_it(snr_db):
    padded = np.concatenate([np.zeros(9000, np.float32), tone(440.0, n_samples=7000)])
    mixed = mix(padded, noise(1), snr_db=snr_db)
    assert mixed.dtype == np.float32
    added = mixed.astype(np.float64) - padded
    ratio = np.mean(padded.astype(np.float64) ** 2) / np.mean(added**2)
    assert 10 * np.log10(ratio) == pytest.approx(snr_db, abs=1e-3)
    assert np.corrcoef(added, noise(1))[0, 1] > 0.9999


def test_power_is_the_mean_of_squares():
    assert mean_power(tone(1000.0, amplitude=0.5)) == pytest.approx(0.125, rel=1e-4)
    assert mean_power(np.zeros(0, np.float32)) == 0.0
    assert mean_power(with_power(noise(1), power_of(-30.0))) == pytest.approx(1e-3, rel=1e-5)


def test_stretches_repeat_with_the_seed_and_come_from_every_recording():
    recordings = [np.full(20_000, level, np.float32) + noise(i, n_samples=20_000) for i, level in enumerate((5, -5))]
    first, again = ([draw_stretch(recordings, 16_000, rng) for _ in range(20)]
                    for rng in (np.random.default_rng(3), np.random.default_rng(3)))  # fmt: skip
    assert np.array_equal(first, again)
    assert {round(float(stretch.mean())) for stretch in first} == {5, -5}
    assert len({stretch.tobytes() for stretch in first}) == 20


def test_a_recording_shorter_than_the_stretch_is_repeated():
    stretch = draw_stretch([np.array([1, 2, 3], np.float32)], 7, np.random.default_rng(0))
    assert stretch.tolist() == [1, 2, 3, 1, 2, 3, 1]


def test_digital_silence_is_drawn_again_or_refused():
    rng = np.random.default_rng(0)
    silent = np.zeros(100, np.float32)
    assert all(draw_stretch([silent, noise(1)], 100, rng).any() for _ in range(20))
    with refused("noise_silent", "100 stretches"):
        draw_stretch([silent], 100, rng)


def test_gain_clips_at_full_scale():
    samples = np.array([0.1, -0.3, 0.9], np.float32)
    np.testing.assert_allclose(amplify(samples, gain_db=20.0), [1, -1, 1])
    np.testing.assert_allclose(amplify(samples, gain_db=-20.0), [0.01, -0.03, 0.09], rtol=1e-6)
