"""Mel scales, and filter banks with triangles spaced on them."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from sayso.arrays import F32, F64
from sayso.config import FeatureConfig

Scale = Literal["htk", "slaney"]

# The 22 triangle edges of the 2017 demo, in FFT bins of its 512-bin spectrum: it took the rate for 44.1 kHz, cut the
# range of mels into 22 + 1 intervals, of which it used 21, and rounded (512 + 1) * f / 22050 down.
EDGES_2017 = (6, 9, 11, 14, 17, 20, 24, 28, 33, 37, 43, 49, 55, 62, 70, 79, 88, 98, 110, 122, 136, 151)

# Slaney's scale has 3 mels in every 200 Hz up to 1 kHz, then 27 in every factor of 6.4.
KNEE_HZ, KNEE_MEL = 1000.0, 15.0
HZ_PER_MEL = KNEE_HZ / KNEE_MEL
LN_PER_MEL = math.log(6.4) / 27.0


def hz_to_mel(f_hz: F64, scale: Scale = "htk") -> F64:
    """Hertz to mel, on HTK's scale, 2595 log10(1 + f/700), or Slaney's, linear up to 1 kHz and logarithmic above.

    Source
    ------
    The HTK Book 3.4, section 5.4; M. Slaney, "Auditory Toolbox" 2, 1998. librosa.hz_to_mel.
    """
    if scale == "htk":
        return 2595.0 * np.log10(1.0 + f_hz / 700.0)
    return np.minimum(f_hz, KNEE_HZ) / HZ_PER_MEL + np.log(np.maximum(f_hz / KNEE_HZ, 1.0)) / LN_PER_MEL


def mel_to_hz(mel: F64, scale: Scale = "htk") -> F64:
    """The inverse of `hz_to_mel`."""
    if scale == "htk":
        return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    f_hz: F64 = np.minimum(mel, KNEE_MEL) * HZ_PER_MEL * np.exp(np.maximum(mel - KNEE_MEL, 0.0) * LN_PER_MEL)
    return f_hz


def mel_bank(config: FeatureConfig) -> F32:
    """Triangular filters as a matrix, by which a spectrum is multiplied from the right.

    Parameters
    ----------
    config : FeatureConfig

    Returns
    -------
    (n_bins, M) float32, n_bins = fft_samples // 2 + 1; column m is filter m

    Source
    ------
    librosa.filters.mel, for slopes in Hz. tf.signal.linear_to_mel_weight_matrix and VGGish's
    spectrogram_to_mel_matrix, for slopes in mel on HTK's scale: the DC bin that those two zero never lies above the
    lowest edge, so that its weight is 0 here too.
    """
    n_bins = config.fft_samples // 2 + 1
    if config.mel_scale == "2017":
        return _triangles(np.array(EDGES_2017, np.float64), np.arange(n_bins, dtype=np.float64)).astype(np.float32)
    scale = config.mel_scale
    edges_mel = _edges_mel(config, scale)
    edges_hz = mel_to_hz(edges_mel, scale)
    bins_hz = np.arange(n_bins, dtype=np.float64) * (config.sample_rate_hz / config.fft_samples)
    bank = _triangles(edges_hz, bins_hz) if config.slopes == "hz" else _triangles(edges_mel, hz_to_mel(bins_hz, scale))
    if config.mel_norm == "slaney":
        bank *= 2.0 / (edges_hz[2:] - edges_hz[:-2])
    return bank.astype(np.float32)


def centres_hz(config: FeatureConfig) -> F64:
    """The frequency at which each filter of `mel_bank` peaks, (M,), in Hz."""
    if config.mel_scale == "2017":
        return np.array(EDGES_2017[1:-1]) * (config.sample_rate_hz / config.fft_samples)
    return mel_to_hz(_edges_mel(config, config.mel_scale), config.mel_scale)[1:-1]


def _edges_mel(config: FeatureConfig, scale: Scale) -> F64:
    """The filters' edges in mel, (M + 2,): filter m rises from edge m to edge m + 1 and falls to edge m + 2."""
    low_mel, high_mel = hz_to_mel(np.array([config.f_min_hz, config.f_max_hz]), scale)
    return np.linspace(low_mel, high_mel, config.n_mels + 2)


def _triangles(edges: F64, positions: F64) -> F64:
    """Filters that rise from edge m to 1 at edge m + 1 and fall to edge m + 2, sampled at the bins' positions."""
    rising = (positions[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - positions[:, None]) / (edges[2:] - edges[1:-1])
    return np.maximum(0.0, np.minimum(rising, falling))  # (n_bins, M)
