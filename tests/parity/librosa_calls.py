"""Calls librosa with Sayso's configurations; librosa computes in float64 here."""

from __future__ import annotations

import librosa
import numpy as np
from sayso.config import FeatureConfig, PcenConfig


def librosa_mel(samples: np.ndarray, config: FeatureConfig) -> np.ndarray:
    """(T, M) float64: librosa.feature.melspectrogram with the configuration's parameters."""
    samples = samples.astype(np.float64)
    if config.framing == "window":  # librosa frames by the FFT, with the window in its middle: pad to align
        n_around = config.fft_samples - config.window_samples
        samples = np.pad(samples, (n_around // 2, n_around - n_around // 2))
    return config.spectrum_scale * librosa.feature.melspectrogram(
        y=samples, sr=config.sample_rate_hz, n_fft=config.fft_samples, win_length=config.window_samples,
        hop_length=config.hop_samples, window={"rectangular": "boxcar"}.get(config.window, config.window),
        center=config.framing == "centre", power={"power": 2.0, "magnitude": 1.0}[config.spectrum],
        n_mels=config.n_mels, fmin=config.f_min_hz, fmax=config.f_max_hz, htk=config.mel_scale == "htk",
        norm=config.mel_norm, dtype=np.float64,
    ).T  # fmt: skip


def librosa_pcen(mel: np.ndarray, config: PcenConfig, start: np.ndarray | None = None) -> np.ndarray:
    """`mel` and the result are (T, M); the filter starts as librosa's own does, or from a smoother's state, (M,)."""
    zi = None if start is None else (1 - config.smoothing) * start.astype(np.float64)[:, None]
    return librosa.pcen(
        mel.T.astype(np.float64), b=config.smoothing, gain=config.gain, bias=config.bias, power=config.power,
        eps=config.eps, zi=zi,
    ).T  # fmt: skip
