"""Posteriors over time to detections."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from sayso.arrays import F32
from sayso.config import DetectorConfig, require
from sayso.labels import commands_of

RELEASE_SHARE = 0.5  # of the threshold: below it, a command that fired may fire again
LOWEST, HIGHEST = 0.02, 0.999  # that a threshold may be with its command's offset


@dataclass(frozen=True)
class Detection:
    """A fired command."""

    label: str
    confidence: float  # its smoothed posterior, 0 to 1
    time_s: float  # where the window that fired it ended


class Detector:
    """Fires a command when the mean of its last posteriors reaches its threshold.

    Nothing fires before there are enough posteriors for the mean. After firing, the refractory time must pass before
    anything fires again, and the command's mean must have fallen before it does itself: a word that lasts is one
    detection.

    Raises
    ------
    SaysoError : `bad_config`, offsets for more or fewer commands than there are
    """

    def __init__(self, labels: Sequence[str], config: DetectorConfig) -> None:
        self.labels = tuple(labels)
        self._commands = [self.labels.index(command) for command in commands_of(labels)]
        self.tune(config)
        self._posteriors: deque[F32] = deque()
        self._smoothed: F32 = np.zeros(len(self.labels), np.float32)
        self._ready_s = 0.0
        self._holding: set[int] = set()  # commands that fired and have not been released

    def tune(self, config: DetectorConfig) -> None:
        """Other settings, from the next posteriors on."""
        offsets = config.offsets or (0.0,) * len(self._commands)
        require(
            len(offsets) == len(self._commands), "offsets", offsets, f"one for each of {len(self._commands)} commands"
        )
        self.config = config
        self._thresholds = {
            command: min(max(config.threshold + offset, LOWEST), HIGHEST)
            for command, offset in zip(self._commands, offsets, strict=True)
        }

    def forget(self) -> None:
        """Start afresh after a gap: what was heard before it counts no more, but the refractory time still runs."""
        self._posteriors.clear()
        self._smoothed = np.zeros(len(self.labels), np.float32)
        self._holding.clear()

    def smoothed(self) -> F32:
        """The mean of the posteriors within smoothing_ms, (L,); zeros before the first."""
        return self._smoothed

    def accept(self, posteriors: F32, time_s: float) -> Detection | None:
        """Take the posteriors, (L,), of the window that ends at time_s; say what fired."""
        n_smoothed = max(1, round(self.config.smoothing_ms / self.config.hop_ms))
        self._posteriors.append(posteriors)
        while len(self._posteriors) > n_smoothed:
            self._posteriors.popleft()
        self._smoothed = reduce(np.add, self._posteriors) / np.float32(len(self._posteriors))
        smoothed, thresholds = self._smoothed.tolist(), self._thresholds
        self._holding = {
            command for command in self._holding if smoothed[command] >= RELEASE_SHARE * thresholds[command]
        }
        best = max(self._commands, key=lambda command: smoothed[command] - thresholds[command])
        confidence = smoothed[best]
        # false for posteriors that are no numbers, too
        is_sure = confidence >= thresholds[best] and len(self._posteriors) == n_smoothed
        if not is_sure or time_s < self._ready_s or best in self._holding:
            return None
        self._holding.add(best)
        self._ready_s = time_s + self.config.refractory_ms / 1000
        return Detection(self.labels[best], confidence, time_s)
