"""PCEN's smoothing as librosa has it: by a time constant."""

from __future__ import annotations

import math


def smoothing_of(time_constant_s: float, *, frame_rate_hz: float) -> float:
    """The coefficient of a smoother that forgets over time_constant_s, for `PcenConfig.smoothing`.

    Source
    ------
    librosa.pcen, where it is `b`: (sqrt(1 + 4 t**2) - 1) / (2 t**2) for a time constant of t frames.
    """
    t_frames = time_constant_s * frame_rate_hz
    return (math.sqrt(1 + 4 * t_frames**2) - 1) / (2 * t_frames**2)
