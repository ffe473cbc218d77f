"""Background noise: coloured, recorded, and people talking."""

import numpy as np
import pytest
from sayso.data.noise import BABBLE_WORDS, COLOURS, N_TALKERS, babble, coloured_noise, made_noise, recorded_noise

from .synthetic import noise


@pytest.mark.parametrize("exponent", COLOURS.values(), ids=COLOURS.keys())
def test_power_falls_as_the_colour_says(exponent):
    samples = coloured_noise(exponent, n_samples=2**16, seed=0)
    power = np.abs(np.fft.rfft(samples.astype(np.float64))) ** 2
    octaves = [power[2**i : 2 ** (i + 1)].mean() for i in range(6, 15)]
    slope = np.polyfit(np.arange(6, 15), np.log2(octaves), 1)[0]
    assert slope == pytest.approx(-exponent, abs=0.05)


@pytest.mark.parametrize("exponent", COLOURS.values(), ids=COLOURS.keys())
def test_coloured_noise_has_unit_power_and_no_offset(exponent):
    samples = coloured_noise(exponent, n_samples=16_000, seed=0)
    assert samples.dtype == np.float32
    assert samples.std() == pytest.approx(1, rel=1e-5)
    assert samples.mean() == pytest.approx(0, abs=1e-5)


def test_a_seed_gives_the_same_noise_again_and_another_seed_other():
    first, again, other = (coloured_noise(1.0, n_samples=1000, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_recordings_are_split_by_time_at_unit_power():
    recording = noise(0, n_samples=10_000, amplitude=0.02)
    ((train, test),) = recorded_noise([recording])
    assert (train.size, test.size) == (8000, 2000)
    rejoined = np.concatenate([train, test])
    assert np.sqrt(np.mean(rejoined**2)) == pytest.approx(1, rel=1e-5)
    np.testing.assert_allclose(rejoined / rejoined[0], recording / recording[0], rtol=1e-5)


def test_training_and_testing_hear_different_coloured_noise():
    train, test = zip(*made_noise(seed=0), strict=True)
    assert len(train) == len(test) == len(COLOURS)
    for a in train:
        # Differences are compared because brown noise is mostly a few slow waves, which are alike by chance.
        assert all(abs(np.corrcoef(np.diff(a), np.diff(b))[0, 1]) < 0.05 for b in test)


def test_babble_is_several_people_at_once_at_the_level_asked_for():
    mel = np.zeros((4, 10, 4), np.float32)
    mel[0, :, 0], mel[1, :, 2], mel[2, :, 1], mel[3, :, 3] = 1, 9, 2, 3
    mixed = babble(mel, np.array([0, 2, 3]), level=0.5, seed=0)  # clip 1 is left out, as a command is
    assert mixed.shape == (BABBLE_WORDS * 6, 4)
    assert mixed.dtype == np.float32
    assert mixed.mean() == pytest.approx(0.5, rel=1e-5)
    assert not mixed[:, 2].any()
    voices_at_once = (mixed[:, [0, 1, 3]] > 0).sum(axis=1)
    assert voices_at_once.mean() > 2
    assert N_TALKERS > 3


def test_without_words_there_is_no_babble():
    assert babble(np.zeros((1, 10, 4), np.float32), np.arange(0), level=1.0, seed=0).shape == (0, 4)
