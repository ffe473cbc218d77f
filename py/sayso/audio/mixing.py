"""Recordings as they would be heard elsewhere: with noise at a signal-to-noise ratio, louder or softer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sayso.arrays import F32, Rng
from sayso.errors import SaysoError

N_DRAWS = 100  # stretches of noise drawn before giving up, if all of them are digital silence


def mean_power(samples: F32) -> float:
    """The mean of the squares of (n,) samples; 0 where there are none."""
    return float(np.mean(np.square(samples, dtype=np.float64))) if samples.size else 0.0


def power_of(level_db: float) -> float:
    """The factor of power that a level in decibels stands for."""
    return float(10 ** (level_db / 10))


def draw_stretch(recordings: Sequence[F32], n_samples: int, rng: Rng) -> F32:
    """A random stretch of a random recording, (n_samples,); a shorter recording is repeated.

    Every recording is as likely as any other, whatever its length.

    Raises
    ------
    SaysoError : `noise_silent`, all of N_DRAWS stretches were digital silence
    """
    for _ in range(N_DRAWS):
        recording = recordings[int(rng.integers(len(recordings)))]
        start = int(rng.integers(max(1, recording.size - n_samples + 1)))
        stretch = np.resize(recording[start : start + n_samples], n_samples)
        if stretch.any():
            return stretch
    raise SaysoError("noise_silent", f"{N_DRAWS} stretches of noise were all 0: expected noise that can be heard")


def with_power(samples: F32, power: float) -> F32:
    """Samples scaled to a mean power, (n,); they must not all be 0."""
    return samples * np.float32(np.sqrt(power / mean_power(samples)))


def mix(samples: F32, noise: F32, *, snr_db: float) -> F32:
    """A clip with noise added at a signal-to-noise ratio.

    The ratio is the mean power of the whole clip, pauses and padding included, over that of the noise added to it.

    Parameters
    ----------
    samples, noise : (n_samples,) float32; the noise must not be all 0
    snr_db : float

    Returns
    -------
    (n_samples,) float32, which may leave [-1, 1]

    Examples
    --------
    >>> import numpy as np
    >>> from sayso.audio.mixing import mean_power, mix
    >>> clip = np.sin(np.arange(16_000, dtype=np.float32))
    >>> noise = np.random.default_rng(1).standard_normal(16_000, dtype=np.float32)
    >>> added = mix(clip, noise, snr_db=20.0) - clip
    >>> round(mean_power(clip) / mean_power(added))  # 20 dB are a factor of 100 in power
    100
    """
    return samples + with_power(noise, mean_power(samples) / power_of(snr_db))


def amplify(samples: F32, *, gain_db: float) -> F32:
    """Samples made louder or softer, (n,) float32; what leaves [-1, 1] is clipped, as in a sound card."""
    amplified: F32 = np.clip(samples * np.float32(10 ** (gain_db / 20)), -1, 1)
    return amplified
