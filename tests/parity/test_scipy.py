"""Filters, convolutions and resampling against SciPy, and the resampler against its own formula in float64."""

import numpy as np
import pytest
from sayso.audio.resample import KAISER_BETA, N_ZERO_CROSSINGS, ROLLOFF, resample
from sayso.features.log_mel import smooth
from sayso.nn.convolution import Conv1d, Conv2d
from scipy import signal

from .signals import sweep_in_noise

RATES = [8_000, 22_050, 44_100, 48_000]


def windowed_sinc(samples, from_hz, to_hz):
    """The resampled signal, each value by itself as the sum over the input that the filter's formula gives."""
    samples = samples.astype(np.float64)
    cutoff = ROLLOFF * min(1.0, to_hz / from_hz)
    half = int(np.ceil(N_ZERO_CROSSINGS / cutoff))
    resampled = []
    for m in range(int(np.ceil(samples.size * to_hz / from_hz))):
        time = m * from_hz / to_hz
        n = np.arange(int(np.floor(m * from_hz / to_hz + 1e-9)) - half, int(np.floor(time + 1e-9)) + half + 1)
        taper = np.sqrt(np.maximum(0, 1 - ((n - time) / (half + 1)) ** 2))
        taps = np.sinc(cutoff * (n - time)) * np.i0(KAISER_BETA * taper)
        inside = (n >= 0) & (n < samples.size)
        resampled.append((taps[inside] * samples[n[inside]]).sum() / taps.sum())
    return np.array(resampled)


@pytest.mark.parametrize("rate_hz", RATES)
def test_the_resampler_is_its_windowed_sinc(rate_hz):
    samples = sweep_in_noise(0, n_samples=2000)
    expected = windowed_sinc(samples, rate_hz, 16_000)
    np.testing.assert_allclose(resample(samples, from_hz=rate_hz, to_hz=16_000), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("rate_hz", RATES)
def test_below_the_cutoff_the_resampler_agrees_with_scipy_s(rate_hz):
    samples = sweep_in_noise(1, n_samples=8000)
    lowpass = signal.firwin(801, 0.8 * min(1.0, 16_000 / rate_hz), window=("kaiser", 12.0))
    fade = signal.windows.tukey(samples.size, 0.5)  # a sudden end would be heard at every frequency
    samples = (fade * signal.lfilter(lowpass, 1.0, samples)).astype(np.float32)
    divisor = np.gcd(rate_hz, 16_000)
    up, down = 16_000 // divisor, rate_hz // divisor
    finest = max(up, down)
    prototype = signal.firwin(400 * finest + 1, 0.95 / finest, window=("kaiser", 12.0))
    expected = signal.resample_poly(samples.astype(np.float64), up, down, window=prototype)
    found = resample(samples, from_hz=rate_hz, to_hz=16_000)
    assert found.shape == expected.shape
    # errors stay 86 dB below the peak
    np.testing.assert_allclose(found, expected, rtol=0, atol=5e-5 * np.abs(samples).max())


@pytest.mark.parametrize("smoothing", [0.025, 0.5, 1.0])
def test_the_smoother_is_a_filter_of_the_first_order(smoothing):
    rng = np.random.default_rng(0)
    mel, state = rng.random((500, 4)), rng.random(4)
    expected, _ = signal.lfilter([smoothing], [1, smoothing - 1], mel, axis=0, zi=((1 - smoothing) * state)[None])
    found = smooth(mel.astype(np.float32), state.astype(np.float32), smoothing=smoothing)
    np.testing.assert_allclose(found, expected, rtol=2e-6)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("n_frames", [49, 98])
def test_a_convolution_over_time_is_scipy_s_correlation(n_frames, stride):
    rng = np.random.default_rng(0)
    layer = Conv1d(40, 48, size=5, stride=stride, rng=rng)
    x = rng.standard_normal((3, n_frames, 40)).astype(np.float32)
    weight = layer.parameters["weight"].astype(np.float64)
    padded = np.pad(x.astype(np.float64), ((0, 0), (2, 2), (0, 0)))
    expected = np.stack(
        [[signal.correlate(clip, weight[:, :, o], mode="valid")[::stride, 0] for o in range(48)] for clip in padded]
    ).transpose(0, 2, 1)
    np.testing.assert_allclose(layer.forward(x), expected, rtol=1e-5, atol=1e-5)


def test_a_convolution_over_an_image_is_scipy_s_correlation():
    rng = np.random.default_rng(0)
    layer = Conv2d(8, 16, size=5, rng=rng)
    layer.parameters["bias"][:] = rng.standard_normal(16)
    x = rng.standard_normal((2, 30, 20, 8)).astype(np.float32)
    images, weight = x.astype(np.float64), layer.parameters["weight"].astype(np.float64)
    expected = np.zeros((2, 30, 20, 16))
    for b, o, c in np.ndindex(2, 16, 8):
        expected[b, :, :, o] += signal.correlate(images[b, :, :, c], weight[:, :, c, o], mode="same")
    expected += layer.parameters["bias"]
    np.testing.assert_allclose(layer.forward(x), expected, rtol=1e-5, atol=1e-5)
