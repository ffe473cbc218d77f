"""PCEN: the smoother follows its recurrence, the normalisation its formula."""

import numpy as np
import pytest
from sayso.config import PcenConfig
from sayso.features.pcen import pcen, smooth, smooth_to_end, start_state

from .librosa_smoothing import smoothing_of


@pytest.mark.parametrize("n_frames", [1, 2, 127, 128, 129, 300])
def test_the_smoother_is_its_recurrence(n_frames):
    rng = np.random.default_rng(n_frames)
    mel = (rng.random((2, n_frames, 3)) ** 8 * 1e6).astype(np.float32)
    state = (rng.random((2, 3)) * 1e5).astype(np.float32)
    expected, previous = np.empty(mel.shape), state.astype(np.float64)
    for t in range(n_frames):
        previous = 0.975 * previous + 0.025 * mel[:, t]
        expected[:, t] = previous
    np.testing.assert_allclose(smooth(mel, state, smoothing=0.025), expected, rtol=2e-6)


def test_a_smoothing_of_one_forgets_everything():
    mel = np.random.default_rng(0).random((5, 3), dtype=np.float32)
    assert np.array_equal(smooth(mel, np.full(3, 7, np.float32), smoothing=1.0), mel)


@pytest.mark.parametrize("bias", [0.0, 1e-6, 2.0, 1000.0])
@pytest.mark.parametrize("power", [0.5, 0.3, 1.0])
def test_pcen_is_its_formula(power, bias):
    config = PcenConfig(power=power, bias=bias)
    rng = np.random.default_rng(0)
    mel, smoothed = (10 ** rng.uniform(-12, 8, (2, 6, 4))).astype(np.float32)
    mel[0, 0] = 0
    energy, level = mel.astype(np.longdouble), smoothed.astype(np.float64)
    expected = (energy / (1e-6 + level) ** 0.98 + bias) ** power - np.longdouble(bias) ** power
    np.testing.assert_allclose(pcen(mel, smoothed, config=config), expected, rtol=1e-5, atol=1e-12)


def test_the_smoother_starts_from_the_mean_of_the_first_frames():
    mel = np.random.default_rng(0).random((30, 4), dtype=np.float32)
    expected = mel[:10].astype(np.float64).mean(axis=0)
    np.testing.assert_allclose(start_state(mel, config=PcenConfig()), expected, rtol=1e-6)


def test_the_smoother_starts_from_a_level_when_there_is_one():
    mel = np.random.default_rng(0).random((2, 30, 4), dtype=np.float32)
    state = start_state(mel, config=PcenConfig(start_level=7.0))
    assert np.array_equal(state, np.full((2, 4), 7, np.float32))


@pytest.mark.parametrize("t_frames", [0.3, 1.0, 40.0, 1000.0])
def test_a_time_constant_becomes_a_smoothing(t_frames):
    smoothing = smoothing_of(t_frames / 100, frame_rate_hz=100)
    assert (smoothing * t_frames) ** 2 + smoothing == pytest.approx(1)  # the equation that librosa's formula solves


@pytest.mark.parametrize("n_frames", [1, 5, 127, 128, 129, 300])
@pytest.mark.parametrize("step", [1, 2, 3, 7])
def test_the_smoother_gives_every_so_manieth_frame_and_the_last(step, n_frames):
    rng = np.random.default_rng(0)
    mel, state = rng.random((2, n_frames, 3), dtype=np.float32), rng.random((2, 3), dtype=np.float32)
    every = smooth(mel, state, smoothing=0.025)
    np.testing.assert_allclose(smooth(mel, state, smoothing=0.025, step=step), every[:, ::step], rtol=1e-6)
    if n_frames <= 128:
        np.testing.assert_allclose(smooth_to_end(mel, state, smoothing=0.025), every[:, -1], rtol=1e-6)
