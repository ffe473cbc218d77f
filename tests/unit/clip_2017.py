"""A clip as the 2017 demo cut it before it computed features."""

from __future__ import annotations

import numpy as np
from sayso.config import FeatureConfig


def fit_clip(samples: np.ndarray, *, config: FeatureConfig) -> np.ndarray:
    """A clip padded with zeros at its end, or cut, to clip_samples; (clip_samples,) float32."""
    fitted = np.zeros(config.clip_samples, np.float32)
    n = min(samples.size, config.clip_samples)
    fitted[:n] = samples[:n]
    return fitted
