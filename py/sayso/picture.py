"""Frames as images."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sayso.arrays import F32
from sayso.config import FeatureConfig

PCEN_RANGE = (0.0, 4.0)
LOG_HIGH = 6.0  # ln of the mel power of loud speech


@dataclass(frozen=True)
class Picture:
    """`intensities` row by row from the top, 0 quiet to 255 loud; the lowest band is the bottom row."""

    width: int
    height: int
    intensities: bytes


def picture_of(frames: F32, config: FeatureConfig) -> Picture:
    """An image of (T, M) frames, one column a frame."""
    low, high = PCEN_RANGE if config.log_offset is None else (math.log(config.log_offset), LOG_HIGH)
    levels = np.clip((frames - low) * (255 / (high - low)), 0, 255).astype(np.uint8)
    return Picture(len(frames), frames.shape[1], np.ascontiguousarray(levels.T[::-1]).tobytes())
