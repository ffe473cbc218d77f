"""Samples to mel power: overlapping windows, their spectra, a filter bank."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from sayso.arrays import F32
from sayso.config import FeatureConfig
from sayso.errors import SaysoError
from sayso.mel import F64, mel_bank

BLOCK_VALUES = 2**20  # of spectra at a time: bounds the memory that a long recording takes
RAISED_COSINE = {"hann": 0.5, "hann-symmetric": 0.5, "hamming": 0.54, "rectangular": 1.0}  # their constant terms


@lru_cache(maxsize=8)
def _window_and_bank(config: FeatureConfig) -> tuple[F64, F32]:
    """The window in its span, (span_samples,), and the mel bank, (n_bins, M) with the spectrum's scale in it."""
    n = config.window_samples
    n_intervals = n - 1 if config.window == "hann-symmetric" else n
    constant = RAISED_COSINE[config.window]
    window = constant - (1 - constant) * np.cos(2 * np.pi * np.arange(n) / n_intervals)
    n_around = config.span_samples - n
    span = np.pad(window, (n_around // 2, n_around - n_around // 2))
    return span, mel_bank(config) * np.float32(config.spectrum_scale)


def mel_spectrogram(samples: F32, *, config: FeatureConfig) -> F32:
    """Mel power (or magnitude) of whole clips, before compression.

    Parameters
    ----------
    samples : (..., n_samples) float32 in [-1, 1], at config.sample_rate_hz
    config : FeatureConfig

    Returns
    -------
    (..., T, M) float32 >= 0; T = config.count_frames(n_samples)

    Raises
    ------
    SaysoError : `audio_too_short`, fewer samples than config.least_samples

    Source
    ------
    librosa.feature.melspectrogram, of which config.framing is `center`, config.mel_scale and config.mel_norm are `htk`
    and `norm`, and config.spectrum is `power`; see `mel_bank` for the other libraries.
    """
    if samples.shape[-1] < config.least_samples:
        raise SaysoError("audio_too_short", f"{samples.shape[-1]} samples: expected at least {config.least_samples}")
    if n_zeros := config.padding_samples:
        samples = np.pad(samples, [(0, 0)] * (samples.ndim - 1) + [(n_zeros, n_zeros)])
    return mel_of_spans(samples, config=config)


def mel_of_spans(samples: F32, *, config: FeatureConfig) -> F32:
    """Mel power of every span that lies within the samples, with nothing around them.

    Parameters
    ----------
    samples : (..., n_samples) float32, n_samples maybe too few for a span
    config : FeatureConfig

    Returns
    -------
    (..., T, M) float32; T = 1 + (n_samples - span_samples) // hop_samples, or 0
    """
    window, bank = _window_and_bank(config)
    *batch, n_samples = samples.shape
    *steps, step = samples.strides
    n_frames = max(0, 1 + (n_samples - config.span_samples) // config.hop_samples)
    # not sliding_window_view: its windows at every sample are more than a 32-bit array, if only a view, may count
    spans = np.lib.stride_tricks.as_strided(
        samples, (*batch, n_frames, config.span_samples), (*steps, config.hop_samples * step, step), writeable=False
    )
    mel = np.empty((*batch, n_frames, config.n_mels), np.float32)
    block_frames = max(1, BLOCK_VALUES // (math.prod(batch) * config.fft_samples or 1))
    for start in range(0, n_frames, block_frames):
        block = np.s_[..., start : start + block_frames, :]
        # in double precision, or a quiet band beside a loud one is not the reference's to 1e-4; it takes no longer
        spectrum = np.fft.rfft(spans[block] * window, n=config.fft_samples)  # (..., T, n_bins) complex128
        power = (np.square(spectrum.real) + np.square(spectrum.imag)).astype(np.float32)
        mel[block] = (power if config.spectrum == "power" else np.sqrt(power)) @ bank
    return mel
