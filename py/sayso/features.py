"""Samples to frames: log-mel or PCEN, of whole clips or of a stream, with the same numbers."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from sayso.arrays import F32
from sayso.config import FeatureConfig, PcenConfig
from sayso.errors import SaysoError
from sayso.mel import mel_bank

SMOOTHER_BLOCK_FRAMES = 128
SPECTRUM_BLOCK_FRAMES = 1024  # bounds the memory of a long recording's spectra


@lru_cache(maxsize=8)
def _window_and_bank(config: FeatureConfig) -> tuple[F32, F32]:
    """The window function, (window_samples,), and the mel bank, (n_bins, M) with the spectrum's scale in it."""
    n = config.window_samples
    intervals = n if config.window == "hann" else n - 1  # periodic, or symmetric
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / intervals)
    return window.astype(np.float32), mel_bank(config) * np.float32(config.spectrum_scale)


def mel_spectrogram(samples: F32, *, config: FeatureConfig) -> F32:
    """Mel power (or magnitude) of whole clips, before compression.

    Parameters
    ----------
    samples : (..., n_samples) float32 in [-1, 1], at config.sample_rate_hz
    config : FeatureConfig

    Returns
    -------
    (..., T, M) float32 >= 0; T = 1 + (n_samples - window_samples) // hop_samples

    Raises
    ------
    SaysoError : `audio_too_short`, fewer samples than a window

    Source
    ------
    librosa.feature.melspectrogram(center=False, htk=True, norm=None), for the `classic` and `compact` presets.
    """
    if samples.shape[-1] < config.window_samples:
        raise SaysoError("audio_too_short", f"{samples.shape[-1]} samples: expected at least {config.window_samples}")
    window, bank = _window_and_bank(config)
    *batch, n_samples = samples.shape
    *steps, step = samples.strides
    n_frames = 1 + (n_samples - config.window_samples) // config.hop_samples
    # not sliding_window_view: its windows at every sample are more than a 32-bit array, if only a view, may count
    views = np.lib.stride_tricks.as_strided(
        samples, (*batch, n_frames, config.window_samples), (*steps, config.hop_samples * step, step), writeable=False
    )
    mel = np.empty((*batch, n_frames, config.n_mels), np.float32)
    for start in range(0, n_frames, SPECTRUM_BLOCK_FRAMES):
        block = np.s_[..., start : start + SPECTRUM_BLOCK_FRAMES, :]
        spectrum = np.fft.rfft(views[block] * window, n=config.fft_samples)  # (..., T, n_bins) complex64
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        mel[block] = (power if config.spectrum == "power" else np.sqrt(power)) @ bank
    return mel


@lru_cache(maxsize=8)
def _smoother_matrices(smoothing: float, n_frames: int) -> tuple[F32, F32]:
    """The smoother as a linear map of a block of frames, (T, T), and of the state before it, (T, 1)."""
    steps = np.arange(n_frames)
    age = steps[:, None] - steps
    newest = np.where(age >= 0, smoothing * (1 - smoothing) ** np.maximum(age, 0), 0.0)
    return newest.astype(np.float32), ((1 - smoothing) ** (steps + 1.0))[:, None].astype(np.float32)


def smooth(mel: F32, state: F32, *, smoothing: float) -> F32:
    """First-order smoothing over time, S[t] = (1 - smoothing) S[t-1] + smoothing E[t], as matrix products.

    Parameters
    ----------
    mel : (..., T, M) float32
    state : (..., M) float32, S before the first frame
    smoothing : float in (0, 1]

    Returns
    -------
    (..., T, M) float32
    """
    smoothed = np.empty_like(mel)
    for start in range(0, mel.shape[-2], SMOOTHER_BLOCK_FRAMES):
        block = mel[..., start : start + SMOOTHER_BLOCK_FRAMES, :]
        newest, carried = _smoother_matrices(smoothing, block.shape[-2])
        smoothed[..., start : start + SMOOTHER_BLOCK_FRAMES, :] = newest @ block + carried * state[..., None, :]
        state = smoothed[..., start + block.shape[-2] - 1, :]
    return smoothed


def start_state(mel: F32, *, config: PcenConfig) -> F32:
    """The smoother before the first frame: the mean of the first n_start_frames, (..., M)."""
    return mel[..., : config.n_start_frames, :].mean(axis=-2)  # type: ignore[no-any-return]


def pcen(mel: F32, smoothed: F32, *, config: PcenConfig) -> F32:
    """Per-channel energy normalisation of mel frames by their smoothed selves, of equal shapes.

    Source
    ------
    Wang et al. 2017, eq. 1; librosa.pcen.
    """
    # exp(-gain log x) is x ** -gain at half the cost of `power` in float32
    gained = mel * np.exp(np.float32(-config.gain) * np.log(smoothed + np.float32(config.eps)))
    gained += np.float32(config.bias)
    root = np.sqrt(gained) if config.power == 0.5 else gained ** np.float32(config.power)
    return root - np.float32(config.bias**config.power)  # type: ignore[no-any-return]


def compress(mel: F32, *, config: FeatureConfig, step: int = 1) -> F32:
    """Mel frames of whole clips to log-mel or PCEN frames, every step-th of them.

    Parameters
    ----------
    mel : (..., T, M) float32, from `mel_spectrogram`
    config : FeatureConfig
    step : int, only frames 0, step, 2 step ... are returned (the smoother sees them all)

    Returns
    -------
    (..., ceil(T / step), M) float32
    """
    if config.pcen is None:
        assert config.log_offset is not None
        return np.log(mel[..., ::step, :] + np.float32(config.log_offset))  # type: ignore[no-any-return]
    smoothed = smooth(mel, start_state(mel, config=config.pcen), smoothing=config.pcen.smoothing)
    return pcen(mel[..., ::step, :], smoothed[..., ::step, :], config=config.pcen)


def log_mel(samples: F32, *, config: FeatureConfig) -> F32:
    """Frames of a whole clip: natural log of mel power plus log_offset, or PCEN.

    Parameters
    ----------
    samples : (..., n_samples) float32 in [-1, 1], at config.sample_rate_hz
    config : FeatureConfig

    Returns
    -------
    (..., T, M) float32; T = 1 + (n_samples - window_samples) // hop_samples

    Raises
    ------
    SaysoError : `audio_too_short`, fewer samples than a window; `audio_not_finite`
    """
    if not np.isfinite(samples).all():
        raise SaysoError("audio_not_finite", "samples hold NaN or infinity: expected numbers in [-1, 1]")
    return compress(mel_spectrogram(samples, config=config), config=config)


def fit_clip(samples: F32, *, config: FeatureConfig) -> F32:
    """A clip padded with zeros at its end, or cut, to clip_samples; (clip_samples,) float32."""
    fitted = np.zeros(config.clip_samples, np.float32)
    n = min(samples.size, config.clip_samples)
    fitted[:n] = samples[:n]
    return fitted


class StreamingLogMel:
    """The frames of `log_mel`, as samples arrive in blocks of any size.

    The first frames of a PCEN preset wait until n_start_frames are there, because the smoother starts from their mean.
    """

    def __init__(self, config: FeatureConfig) -> None:
        self.config = config
        self.n_frames = 0  # handed out so far: the absolute index of the next frame
        self._samples = np.zeros(0, np.float32)  # from the next frame's first sample on
        self._mel = np.zeros((0, config.n_mels), np.float32)  # frames that wait for the smoother's start
        self._state: F32 | None = None

    def accept(self, samples: F32) -> F32:
        """Take (n,) float32 samples at config.sample_rate_hz; return the new frames, (n_new, M), maybe none."""
        config = self.config
        self._samples = np.concatenate([self._samples, samples])
        n_new = 1 + (self._samples.size - config.window_samples) // config.hop_samples
        if n_new <= 0:
            return np.zeros((0, config.n_mels), np.float32)
        mel = mel_spectrogram(self._samples, config=config)  # (n_new, M)
        self._samples = self._samples[n_new * config.hop_samples :]
        frames = self._compress(mel)
        self.n_frames += len(frames)
        return frames

    def _compress(self, mel: F32) -> F32:
        normalisation = self.config.pcen
        if normalisation is None:
            return compress(mel, config=self.config)
        if self._state is None:
            mel = self._mel = np.concatenate([self._mel, mel])
            if len(mel) < normalisation.n_start_frames:
                return mel[:0]
            self._state = start_state(mel, config=normalisation)
        smoothed = smooth(mel, self._state, smoothing=normalisation.smoothing)
        self._state = smoothed[-1]
        return pcen(mel, smoothed, config=normalisation)
