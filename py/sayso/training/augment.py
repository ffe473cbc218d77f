"""Variation of training examples, on mel power frames.

Gain, shift, noise and the rest act on power spectra: the power of a sum of independent signals is, on average, the sum
of their powers, so clips are transformed once and varied in every batch at no cost in FFTs. Magnitudes are added as
they are: at most 3 dB too loud, where word and noise are equal.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np

from sayso.arrays import F32, F64, I64, Rng
from sayso.config import AugmentConfig, FeatureConfig
from sayso.features.mel import centres_hz, hz_to_mel

Spectrum = Literal["power", "magnitude"]

N_WARPS = 41  # an odd number, so that the middle one leaves the bands alone
TINY = np.float32(1e-20)  # powers below this are raised to it before a division


def from_db(level_db: F32, spectrum: Spectrum = "power") -> F32:
    """Decibels to a factor of power, or of magnitude."""
    factor: F32 = np.power(np.float32(10), level_db / np.float32(10 if spectrum == "power" else 20))
    return factor


def draw_uniform(low: float, high: float, n: int, rng: Rng) -> F32:
    """`n` float32 numbers, uniform from low to high."""
    return np.float32(low) + np.float32(high - low) * rng.random(n, dtype=np.float32)


def draw_noise(noise: F32, n: int, n_frames: int, rng: Rng) -> F32:
    """`n` random stretches of noise frames (N, M): (n, T, M)."""
    noise, n_mels = np.ascontiguousarray(noise), noise.shape[1]
    n_starts = len(noise) - n_frames + 1
    stretches = np.lib.stride_tricks.as_strided(  # every stretch there is, overlapping: (n_starts, T M)
        noise, (n_starts, n_frames * n_mels), noise.strides, writeable=False
    )
    return stretches[rng.integers(0, n_starts, n)].reshape(n, n_frames, n_mels)


def draw_tempo(limit: float, n: int, rng: Rng) -> F64:
    """`n` factors of speed from 1 / limit to limit, uniform in their logarithm."""
    return np.exp(np.log(limit) * rng.uniform(-1, 1, n))  # type: ignore[no-any-return]  # NumPy's stub: Any


def place_frames(mel: F32, shifts: F64 | I64, tempo: F64, *, n_frames: int, fill: F32 | None = None) -> F32:
    """Clips laid into longer stretches, each moved and played faster or slower about its middle.

    Parameters
    ----------
    mel : (B, T, M)
    shifts : (B,) frames from the stretch's first to the clip's; negative ones cut the clip's beginning
    tempo : (B,) > 0, how many times faster than recorded
    n_frames : int, of a stretch
    fill : (B, M), what is heard before and after the clip; None for nothing

    Returns
    -------
    (B, n_frames, M) float32
    """
    middle = (mel.shape[1] - 1) / 2
    positions = (np.arange(n_frames) - np.asarray(shifts)[:, None] - middle) * tempo[:, None] + middle
    sources = np.rint(positions).astype(np.int64)  # (B, n_frames)
    n_clip = mel.shape[1]
    sources[(sources < 0) | (sources >= n_clip)] = n_clip  # an index behind the clip's frames is that of the fill
    frames = np.empty((len(mel), n_clip + 1, mel.shape[2]), mel.dtype)
    frames[:, :n_clip] = mel
    frames[:, n_clip] = 0 if fill is None else fill
    sources += (n_clip + 1) * np.arange(len(mel))[:, None]
    return frames.reshape(-1, mel.shape[2]).take(sources, axis=0)  # type: ignore[no-any-return]  # NumPy's stub: Any


@lru_cache(maxsize=4)
def _warp_matrices(features: FeatureConfig, limit: float) -> F32:
    """Matrices that scale the frequencies of frames by factors from 1 / (1 + limit) to 1 + limit, (N_WARPS, M, M).

    Column m interpolates between the two bands around the frequency that is band m's, times the factor.
    """
    peaks_hz = centres_hz(features)
    bands = np.arange(features.n_mels)
    matrices = np.zeros((N_WARPS, features.n_mels, features.n_mels), np.float32)
    for matrix, exponent in zip(matrices, np.linspace(-1, 1, N_WARPS), strict=True):
        positions = np.interp(hz_to_mel(peaks_hz * (1 + limit) ** exponent), hz_to_mel(peaks_hz), bands)
        lower = np.minimum(positions.astype(np.int64), features.n_mels - 2)
        matrix[lower, bands] = 1 - (positions - lower)
        matrix[lower + 1, bands] = positions - lower
    return matrices


def warp_bands(mel: F32, *, features: FeatureConfig, limit: float, rng: Rng) -> F32:
    """Voices with longer or shorter vocal tracts: each clip's frequencies scaled by up to 1 + limit, (B, T, M).

    Source
    ------
    Jaitly & Hinton 2013, "Vocal tract length perturbation (VTLP) improves speech recognition", with one factor for
    all frequencies.
    """
    if limit == 0 or features.n_mels < 2:
        return mel
    return mel @ _warp_matrices(features, limit)[rng.integers(0, N_WARPS, len(mel))]


def mask_frames(frames: F32, *, features: FeatureConfig, config: AugmentConfig, rng: Rng) -> None:
    """Blank one stretch of time and one of bands in each image, (B, T, M), in place, with the image's own mean.

    Source
    ------
    Park et al. 2019, "SpecAugment", section 2; without time warping.
    """
    step_ms = 1000 * features.hop_samples * features.frame_step / features.sample_rate_hz
    widest = (round(config.mask_ms / step_ms), round(config.mask_share * features.n_mels))
    means = frames.mean(axis=(1, 2))
    for axis, most in zip((1, 2), widest, strict=True):
        n = frames.shape[axis]
        widths = rng.integers(0, min(most, n) + 1, len(frames))
        starts = rng.integers(0, n - widths + 1)
        for image, mean, start, stop in zip(frames, means, starts.tolist(), (starts + widths).tolist(), strict=True):
            blank = slice(start, stop)
            image[blank if axis == 1 else (slice(None), blank)] = mean


def add_bursts(mel: F32, level: float, share: float, rng: Rng) -> None:
    """Knocks, clicks and whistles in a share of the stretches, (B, n_frames, M), in place.

    Each is a bump of random width in time and pitch, -50 to 0 dB relative to `level`.
    """
    _, n_frames, n_mels = mel.shape
    for i in np.flatnonzero(rng.random(len(mel)) < share):
        for _ in range(rng.integers(1, 4)):
            in_time = _bump(n_frames, rng.uniform(0, n_frames), rng.uniform(0.5, 8))
            in_pitch = _bump(n_mels, rng.uniform(0, n_mels), rng.uniform(0.05, 1) * n_mels)
            mel[i] += np.outer(in_time, in_pitch) * np.float32(level * 10 ** rng.uniform(-5, 0))


def _bump(n: int, centre: float, width: float) -> F32:
    bump: F32 = np.exp(-0.5 * ((np.arange(n) - centre) / width) ** 2).astype(np.float32)
    return bump


def make_silence(
    n: int, noise: F32, *, n_frames: int, config: AugmentConfig, rng: Rng, spectrum: Spectrum = "power"
) -> F32:
    """Examples without a word, (n, T, M): noise of unit RMS brought to random levels, some of it digital silence."""
    level_dbfs = draw_uniform(config.silence_min_dbfs, config.silence_max_dbfs, n, rng)
    audible = rng.random(n) >= config.digital_silence_share
    silence = draw_noise(noise, n, n_frames, rng)
    silence *= (from_db(level_dbfs, spectrum) * audible)[:, None, None]
    return silence
