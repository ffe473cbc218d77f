"""Variation of training examples, on mel power frames.

Gain, shift and noise act on power spectra: the power of a sum of independent signals is, on average, the sum of their
powers, so clips are transformed once and varied in every batch at no cost in FFTs. Magnitudes are added as they are: at
most 3 dB too loud, where word and noise are equal.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from sayso.arrays import F32, I64, Rng
from sayso.config import AugmentConfig, FeatureConfig

Spectrum = Literal["power", "magnitude"]


def from_db(level_db: F32, spectrum: Spectrum = "power") -> F32:
    """Decibels to a factor of power, or of magnitude."""
    factor: F32 = np.power(np.float32(10), level_db / np.float32(10 if spectrum == "power" else 20))
    return factor


def draw_uniform(low: float, high: float, n: int, rng: Rng) -> F32:
    """`n` float32 numbers, uniform from low to high."""
    return np.float32(low) + np.float32(high - low) * rng.random(n, dtype=np.float32)


def draw_noise(noise: F32, n: int, n_frames: int, rng: Rng) -> F32:
    """`n` random stretches of noise frames (N, M): (n, T, M)."""
    starts = rng.integers(0, len(noise) - n_frames + 1, n)
    return noise[starts[:, None] + np.arange(n_frames)]  # type: ignore[no-any-return]


def shift_frames(mel: F32, shifts: I64) -> F32:
    """Move each clip by whole frames, later for shifts > 0; what comes in is zero."""
    n_frames = mel.shape[1]
    sources = np.arange(n_frames) - shifts[:, None]  # (B, T)
    inside = (sources >= 0) & (sources < n_frames)
    moved = mel[np.arange(len(mel))[:, None], np.clip(sources, 0, n_frames - 1)]
    return moved * inside[..., None]  # type: ignore[no-any-return]


def vary_words(mel: F32, noise: F32, *, features: FeatureConfig, config: AugmentConfig, rng: Rng) -> F32:
    """Shift, gain and noise for word clips.

    Parameters
    ----------
    mel : (B, T, M) mel power
    noise : (N, M) mel power of noise, N >= T
    features, config, rng

    Returns
    -------
    (B, T, M) float32
    """
    n, n_frames, _ = mel.shape
    hop_ms = 1000 * features.hop_samples / features.sample_rate_hz
    max_shift = round(config.shift_ms / hop_ms)
    mel = shift_frames(mel, rng.integers(-max_shift, max_shift + 1, size=(n,)))
    snr_db = draw_uniform(config.snr_min_db, config.snr_max_db, n, rng)
    noisy = rng.random(n) < config.noise_share
    backgrounds = draw_noise(noise, n, n_frames, rng)
    ratio = mel.mean(axis=(1, 2)) / np.maximum(backgrounds.mean(axis=(1, 2)), np.float32(1e-20))
    mel = mel + backgrounds * (noisy * ratio / from_db(snr_db, features.spectrum))[:, None, None]
    gain_db = draw_uniform(config.gain_min_db, config.gain_max_db, n, rng)
    return mel * from_db(gain_db, features.spectrum)[:, None, None]


def make_silence(
    n: int, noise: F32, *, n_frames: int, config: AugmentConfig, rng: Rng, spectrum: Spectrum = "power"
) -> F32:
    """Examples without a word: noise of unit RMS brought to a random level, some of it digital silence; (n, T, M)."""
    level_dbfs = draw_uniform(config.silence_min_dbfs, config.silence_max_dbfs, n, rng)
    audible = rng.random(n) >= config.digital_silence_share
    return draw_noise(noise, n, n_frames, rng) * (from_db(level_dbfs, spectrum) * audible)[:, None, None]
