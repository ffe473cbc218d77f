"""Features against librosa itself, which computes in float64 here."""

import librosa
import numpy as np
import pytest
from sayso.features import compress, log_mel, mel_spectrogram, start_state
from sayso.mel import hz_to_mel, mel_bank, mel_to_hz
from sayso.presets import CLASSIC, COMPACT

from .signals import sweep_in_noise

both_presets = pytest.mark.parametrize("config", [CLASSIC, COMPACT], ids=["classic", "compact"])


def librosa_mel(samples, config):
    """(T, M) float64. librosa centres a short window in its FFT; Sayso's frames start at the window: pad to align."""
    lead = (config.fft_samples - config.window_samples) // 2
    padded = np.pad(samples.astype(np.float64), (lead, config.fft_samples - config.window_samples - lead))
    return config.spectrum_scale * librosa.feature.melspectrogram(
        y=padded, sr=config.sample_rate_hz, n_fft=config.fft_samples, win_length=config.window_samples,
        hop_length=config.hop_samples, window="hann", center=False, power=2.0, n_mels=config.n_mels,
        fmin=config.f_min_hz, fmax=config.f_max_hz, htk=True, norm=None, dtype=np.float64,
    ).T  # fmt: skip


def librosa_pcen(mel, config, start):
    """`mel` and the result are (T, M); the filter's initial state follows from the smoother's start."""
    pcen = config.pcen
    return librosa.pcen(
        mel.T.astype(np.float64), b=pcen.smoothing, gain=pcen.gain, bias=pcen.bias, power=pcen.power, eps=pcen.eps,
        zi=(1 - pcen.smoothing) * start.astype(np.float64)[:, None],
    ).T  # fmt: skip


def test_the_mel_scale_is_librosa_s():
    f_hz = np.linspace(0, 8000, 100)
    np.testing.assert_allclose(hz_to_mel(f_hz), librosa.hz_to_mel(f_hz, htk=True), rtol=1e-12)
    np.testing.assert_allclose(mel_to_hz(hz_to_mel(f_hz)), f_hz, rtol=1e-11, atol=1e-9)


@both_presets
def test_the_filter_bank_is_librosa_s(config):
    expected = librosa.filters.mel(
        sr=config.sample_rate_hz, n_fft=config.fft_samples, n_mels=config.n_mels, fmin=config.f_min_hz,
        fmax=config.f_max_hz, htk=True, norm=None, dtype=np.float64,
    )  # fmt: skip
    np.testing.assert_allclose(mel_bank(config), expected.T, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("seed", range(3))
@both_presets
def test_mel_power_is_librosa_s(config, seed):
    samples = sweep_in_noise(seed)
    expected = librosa_mel(samples, config)
    found = mel_spectrogram(samples, config=config)
    assert found.shape == expected.shape
    # single precision loses what is 1e-7 of the frame's loudest band in amplitude, so 1e-14 in power, per bin
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-9 * expected.max())


@pytest.mark.parametrize("seed", range(3))
def test_classic_frames_are_the_logarithm_of_librosa_s_mel_power(seed):
    samples = sweep_in_noise(seed)
    expected = np.log(librosa_mel(samples, CLASSIC) + np.exp(-10))
    np.testing.assert_allclose(log_mel(samples, config=CLASSIC), expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_pcen_is_librosa_s_of_the_same_mel_power(seed):
    mel = mel_spectrogram(sweep_in_noise(seed), config=COMPACT)
    expected = librosa_pcen(mel, COMPACT, start_state(mel, config=COMPACT.pcen))
    np.testing.assert_allclose(compress(mel, config=COMPACT), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_compact_frames_are_librosa_s_from_the_samples_on(seed):
    samples = sweep_in_noise(seed)
    mel = librosa_mel(samples, COMPACT)
    expected = librosa_pcen(mel, COMPACT, mel[:10].mean(axis=0))
    np.testing.assert_allclose(log_mel(samples, config=COMPACT), expected, rtol=0, atol=2e-4)
