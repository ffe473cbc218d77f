"""Features against librosa itself, which computes in float64 here."""

import dataclasses

import librosa
import numpy as np
import pytest
from sayso.config import FeatureConfig, PcenConfig
from sayso.features.log_mel import StreamingLogMel, compress, log_mel, mel_spectrogram, start_state
from sayso.features.mel import hz_to_mel, mel_bank, mel_to_hz
from sayso.features.presets import CLASSIC, COMPACT, LIBROSA

from ..unit.librosa_smoothing import smoothing_of
from ..unit.synthetic import random_blocks
from .librosa_calls import librosa_mel, librosa_pcen
from .signals import sweep_in_noise

three_presets = pytest.mark.parametrize("config", [CLASSIC, COMPACT, LIBROSA], ids=["classic", "compact", "librosa"])
fifty_draws = pytest.mark.parametrize("seed", range(50))

# Rounding the samples' products to single precision leaves errors of the first share of a value itself, and of the
# second share of the clip's largest value.
MEL_TOLERANCE, MEL_FLOOR = 1e-5, 1e-20


def assert_same_mel(found, expected):
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=MEL_TOLERANCE, atol=MEL_FLOOR * expected.max())


def drawn(seed):
    """A random configuration among those that librosa.feature.melspectrogram can be asked for."""
    rng = np.random.default_rng(seed)
    n_fft = int(rng.choice([256, 400, 512, 555, 1024, 2048]))
    n_window = n_fft if rng.random() < 0.5 else int(rng.integers(n_fft // 3, n_fft + 1))
    rate_hz = int(rng.choice([8000, 16_000, 22_050, 44_100]))
    f_min_hz = float(rng.choice([0.0, 20.0, 300.0]))
    return FeatureConfig(
        preset="drawn", sample_rate_hz=rate_hz, window_samples=n_window, fft_samples=n_fft,
        hop_samples=int(rng.integers(n_fft // 8, n_fft + 1)),
        window=str(rng.choice(["hann", "hamming", "rectangular"])),
        spectrum=str(rng.choice(["power", "magnitude"])), mel_scale=str(rng.choice(["htk", "slaney"])),
        n_mels=int(rng.choice([1, 20, 64, 128])), f_min_hz=f_min_hz,
        f_max_hz=float(rng.choice([rate_hz / 2, rng.uniform(f_min_hz + 100, rate_hz / 2)])),
        log_offset=None, pcen=None, linear=True, mel_norm=[None, "slaney"][rng.integers(2)],
        framing=str(rng.choice(["fft", "centre"])), clip_samples=n_fft,
    )  # fmt: skip


def drawn_pcen(seed):
    """Random parameters of librosa.pcen; the filter starts as librosa's own does."""
    rng = np.random.default_rng(seed)
    smoothing = smoothing_of(rng.uniform(0.02, 1), frame_rate_hz=100)
    return PcenConfig(
        gain=rng.choice([0.5, 0.98, rng.uniform(0, 1)]), bias=rng.choice([0.0, 2.0, rng.uniform(0.1, 10)]),
        power=rng.choice([0.25, 0.5, rng.uniform(0.1, 1)]), eps=10.0 ** rng.integers(-9, 0), smoothing=smoothing,
        start_level=1.0,
    )  # fmt: skip


def streamed(samples, config, seed):
    stream = StreamingLogMel(config)
    parts = [stream.accept(block) for block in random_blocks(samples, seed, longest=3000)]
    return np.concatenate([*parts, stream.finish()])


@pytest.mark.parametrize("scale", ["htk", "slaney"])
def test_the_mel_scales_are_librosa_s(scale):
    f_hz = np.linspace(0, 8000, 100)
    mel = librosa.hz_to_mel(f_hz, htk=scale == "htk")
    np.testing.assert_allclose(hz_to_mel(f_hz, scale), mel, rtol=1e-12)
    np.testing.assert_allclose(mel_to_hz(mel, scale), f_hz, rtol=1e-11, atol=1e-9)


@three_presets
def test_the_filter_bank_is_librosa_s(config):
    expected = librosa.filters.mel(
        sr=config.sample_rate_hz, n_fft=config.fft_samples, n_mels=config.n_mels, fmin=config.f_min_hz,
        fmax=config.f_max_hz, htk=config.mel_scale == "htk", norm=config.mel_norm, dtype=np.float64,
    )  # fmt: skip
    np.testing.assert_allclose(mel_bank(config), expected.T, rtol=1e-6, atol=1e-7 * expected.max())


@pytest.mark.parametrize("seed", range(3))
@three_presets
def test_mel_power_is_librosa_s(config, seed):
    samples = sweep_in_noise(seed)
    assert_same_mel(mel_spectrogram(samples, config=config), librosa_mel(samples, config))


@pytest.mark.parametrize("n_samples", [20_000, 20_480, 1])
def test_the_librosa_preset_is_librosa_s_own_defaults(n_samples):
    samples = sweep_in_noise(0, n_samples=n_samples)
    expected = librosa.feature.melspectrogram(y=samples.astype(np.float64)).T
    assert_same_mel(log_mel(samples, config=LIBROSA), expected)
    assert_same_mel(streamed(samples, LIBROSA, 0), expected)


@fifty_draws
@pytest.mark.filterwarnings("ignore:Empty filters:UserWarning")
def test_mel_spectra_are_librosa_s_whatever_the_parameters(seed):
    config, samples = drawn(seed), sweep_in_noise(seed)
    expected = librosa_mel(samples, config)
    assert_same_mel(mel_spectrogram(samples, config=config), expected)
    assert_same_mel(streamed(samples, config, seed), expected)


def test_decibels_are_librosa_s_of_power_and_of_magnitude():
    samples = sweep_in_noise(0)
    power = dataclasses.replace(LIBROSA, linear=False, db_floor=1e-4)
    expected = librosa.power_to_db(librosa_mel(samples, power), amin=1e-4, top_db=None)
    np.testing.assert_allclose(log_mel(samples, config=power), expected, rtol=1e-5, atol=1e-5)
    magnitude = dataclasses.replace(power, spectrum="magnitude")
    expected = librosa.amplitude_to_db(librosa_mel(samples, magnitude), amin=1e-4, top_db=None)
    np.testing.assert_allclose(log_mel(samples, config=magnitude), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_classic_frames_are_the_logarithm_of_librosa_s_mel_power(seed):
    samples = sweep_in_noise(seed)
    expected = np.log(librosa_mel(samples, CLASSIC) + np.exp(-10))
    np.testing.assert_allclose(log_mel(samples, config=CLASSIC), expected, rtol=1e-5, atol=1e-5)


@fifty_draws
def test_pcen_is_librosa_s_of_the_same_mel_power_whatever_the_parameters(seed):
    config, samples = dataclasses.replace(COMPACT, pcen=drawn_pcen(seed)), sweep_in_noise(seed)
    mel = mel_spectrogram(samples, config=config)
    expected = librosa_pcen(mel, config.pcen)
    np.testing.assert_allclose(compress(mel, config=config), expected, rtol=1e-5)
    np.testing.assert_allclose(streamed(samples, config, seed), expected, rtol=1e-5)


def test_a_time_constant_is_librosa_s():
    mel = mel_spectrogram(sweep_in_noise(0), config=COMPACT)
    config = PcenConfig(smoothing=smoothing_of(0.4, frame_rate_hz=22_050 / 512), start_level=1.0)
    np.testing.assert_allclose(librosa_pcen(mel, config), librosa.pcen(mel.T.astype(np.float64)).T, rtol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_compact_frames_are_librosa_s_from_the_samples_on(seed):
    samples = sweep_in_noise(seed)
    mel = librosa_mel(samples, COMPACT)
    expected = librosa_pcen(mel, COMPACT.pcen, start_state(mel, config=COMPACT.pcen))
    np.testing.assert_allclose(log_mel(samples, config=COMPACT), expected, rtol=1e-5, atol=1e-5)
