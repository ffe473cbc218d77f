"""When posteriors become a detection."""

from __future__ import annotations

from dataclasses import dataclass

from sayso.config.base import Config, require


@dataclass(frozen=True)
class DetectorConfig(Config):
    """When posteriors become a detection: `listening.detector` tells how."""

    threshold: float = 0.6  # a command fires when its smoothed posterior reaches this
    smoothing_ms: float = 400.0  # posteriors are averaged over this long
    refractory_ms: float = 900.0  # nothing fires for this long after a detection
    hop_ms: float = 100.0  # a window is recognised every hop_ms
    offsets: tuple[float, ...] = ()  # what each command adds to `threshold`; empty where none adds anything

    def __post_init__(self) -> None:
        require(0 < self.threshold < 1, "threshold", self.threshold, "over 0, under 1")
        require(0 <= self.smoothing_ms <= 2000, "smoothing_ms", self.smoothing_ms, "0 to 2000")
        require(0 <= self.refractory_ms <= 10_000, "refractory_ms", self.refractory_ms, "0 to 10000")
        require(10 <= self.hop_ms <= 1000, "hop_ms", self.hop_ms, "10 to 1000")
        require(all(-1 < offset < 1 for offset in self.offsets), "offsets", self.offsets, "over -1, under 1")
