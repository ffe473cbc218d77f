"""Frames as grey images."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from sayso.arrays import F32
from sayso.config import FeatureConfig
from sayso.features.log_mel import compress

PCEN_RANGE = (0.0, 4.0)  # values of PCEN that are shown as black and as white
DB_RANGE = (-60.0, 20.0)  # decibels that are shown as black and as white
LOG_LOW, LOG_HIGH = -12.0, 6.0  # ln of the mel power of a still room (black) and of loud speech (white)


@dataclass(frozen=True)
class Picture:
    """`intensities` row by row from the top, 0 quiet to 255 loud; the lowest band is the bottom row."""

    width: int
    height: int
    intensities: bytes


def picture_of(frames: F32, config: FeatureConfig) -> Picture:
    """An image of (T, M) frames, one column a frame; linear ones are shown in decibels."""
    if config.linear:
        config = replace(config, linear=False, db_floor=10 ** (DB_RANGE[0] / 10))
        frames = compress(frames, config=config)
    low, high = _range(config)
    scaled = (frames - low) * (255 / (high - low))
    levels = np.minimum(np.maximum(scaled, 0, out=scaled), 255, out=scaled).astype(np.uint8)
    return Picture(len(frames), frames.shape[1], levels.T[::-1].tobytes())


def _range(config: FeatureConfig) -> tuple[float, float]:
    """The values of frames that are shown as black and as white."""
    if config.pcen is not None:
        return PCEN_RANGE
    if config.log_offset is None:
        return DB_RANGE
    per_power = 1.0 if config.spectrum == "power" else 0.5  # the logarithm of a magnitude is half that of the power
    return max(math.log(config.log_offset), per_power * LOG_LOW), per_power * LOG_HIGH
