"""Noise and gain for what a model is judged on: recordings as they would be heard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sayso.arrays import F32, Rng
from sayso.errors import SaysoError

N_DRAWS = 100  # of a stretch that is not digital silence, before giving up


def mean_power(samples: F32) -> float:
    """The mean of the squares of (n,) samples; 0 where there are none."""
    return float(np.mean(np.square(samples, dtype=np.float64))) if samples.size else 0.0


def power_of(level_db: float) -> float:
    """Decibels to a factor of power."""
    return float(10 ** (level_db / 10))


def draw_stretch(recordings: Sequence[F32], n_samples: int, rng: Rng) -> F32:
    """A random stretch of a random recording, (n_samples,); a shorter recording is repeated.

    Every recording is as likely as any other, whatever its length.

    Raises
    ------
    SaysoError : `noise_silent`, digital silence wherever it was drawn
    """
    for _ in range(N_DRAWS):
        recording = recordings[int(rng.integers(len(recordings)))]
        start = int(rng.integers(max(1, recording.size - n_samples + 1)))
        stretch = np.resize(recording[start : start + n_samples], n_samples)
        if stretch.any():
            return stretch
    raise SaysoError("noise_silent", f"{N_DRAWS} stretches of noise were all 0: expected noise that can be heard")


def with_power(samples: F32, power: float) -> F32:
    """The samples, not all 0, scaled to a mean power."""
    return samples * np.float32(np.sqrt(power / mean_power(samples)))


def mix(samples: F32, noise: F32, *, snr_db: float) -> F32:
    """A clip with noise at a signal-to-noise ratio.

    The ratio is that of the mean powers of the whole clip, pauses and padding included, and of the noise under it.

    Parameters
    ----------
    samples, noise : (n_samples,) float32; the noise is not all 0
    snr_db : float
    """
    return samples + with_power(noise, mean_power(samples) / power_of(snr_db))


def amplify(samples: F32, *, gain_db: float) -> F32:
    """Make louder or softer; what leaves [-1, 1] is clipped, as in a sound card."""
    amplified: F32 = np.clip(samples * np.float32(10 ** (gain_db / 20)), -1, 1)
    return amplified
