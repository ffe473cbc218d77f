"""Mel scales and filter banks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sayso.arrays import F32
from sayso.config import FeatureConfig

F64 = npt.NDArray[np.float64]

# The 22 triangle edges of the 2017 demo, in FFT bins of its 512-bin spectrum: it took the rate for 44.1 kHz, spaced the
# mels by count + 1 intervals of which it used 21, and floored (512 + 1) * f / 22050.
EDGES_2017 = (6, 9, 11, 14, 17, 20, 24, 28, 33, 37, 43, 49, 55, 62, 70, 79, 88, 98, 110, 122, 136, 151)


def hz_to_mel(f_hz: F64) -> F64:
    """HTK's mel scale, 2595 log10(1 + f/700).

    Source
    ------
    The HTK Book 3.4, section 5.4; librosa.hz_to_mel(htk=True).
    """
    return 2595.0 * np.log10(1.0 + f_hz / 700.0)


def mel_to_hz(mel: F64) -> F64:
    """The inverse of `hz_to_mel`."""
    return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)


def mel_bank(config: FeatureConfig) -> F32:
    """Triangular filters of peak 1, as a matrix that a spectrum is multiplied by.

    Parameters
    ----------
    config : FeatureConfig

    Returns
    -------
    (n_bins, M) float32, n_bins = fft_samples // 2 + 1; column m is filter m

    Source
    ------
    librosa.filters.mel(htk=True, norm=None), for the `htk` scale.
    """
    n_bins = config.fft_samples // 2 + 1
    if config.mel_scale == "2017":
        return _triangles(np.array(EDGES_2017, np.float64), np.arange(n_bins, dtype=np.float64))
    low_mel, high_mel = hz_to_mel(np.array([config.f_min_hz, config.f_max_hz]))
    edges_mel = np.linspace(low_mel, high_mel, config.n_mels + 2)
    bins_hz = np.linspace(0.0, config.sample_rate_hz / 2, n_bins)
    return _triangles(mel_to_hz(edges_mel), bins_hz)


def _triangles(edges: F64, positions: F64) -> F32:
    """Filters that rise from edge m to 1 at edge m + 1 and fall to edge m + 2, sampled at the bins' positions."""
    rising = (positions[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - positions[:, None]) / (edges[2:] - edges[1:-1])
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)  # (n_bins, M)
