"""Audio to compare on."""

from __future__ import annotations

import numpy as np


def sweep_in_noise(seed: int, *, n_samples: int = 20_000, top: float = 0.9) -> np.ndarray:
    """A sine that rises to `top` of the Nyquist frequency, in noise, float32 in [-1, 1]."""
    time = np.arange(n_samples)
    sweep = np.sin(np.pi * top * time**2 / (2 * n_samples))
    noise = np.random.default_rng(seed).standard_normal(n_samples)
    return (0.5 * sweep + 0.05 * noise).astype(np.float32)
