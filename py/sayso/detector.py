"""Posteriors over time to detections."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sayso.arrays import F32
from sayso.config import DetectorConfig
from sayso.labels import commands_of

RELEASE_SHARE = 0.5  # of the threshold: below it, a command that fired may fire again


@dataclass(frozen=True)
class Detection:
    """A fired command."""

    label: str
    confidence: float  # its smoothed posterior, 0 to 1
    time_s: float  # where the window that fired it ended


class Detector:
    """Fires a command when the mean of its last posteriors reaches the threshold.

    Nothing fires before there are enough posteriors for the mean. After firing, the refractory time must pass before
    anything fires again, and the command's mean must have fallen before it does itself: a word that lasts is one
    detection.
    """

    def __init__(self, labels: Sequence[str], config: DetectorConfig) -> None:
        self.labels = tuple(labels)
        self.config = config
        self._commands = [self.labels.index(command) for command in commands_of(labels)]
        self._posteriors: deque[F32] = deque()
        self._ready_s = 0.0
        self._holding: set[int] = set()  # commands that fired and have not been released

    def forget(self) -> None:
        """Start afresh after a gap: what was heard before it counts no more, but the refractory time still runs."""
        self._posteriors.clear()
        self._holding.clear()

    def smoothed(self) -> F32:
        """The mean of the posteriors within smoothing_ms, (L,); zeros before the first."""
        if not self._posteriors:
            return np.zeros(len(self.labels), np.float32)
        return np.mean(self._posteriors, axis=0, dtype=np.float32)  # type: ignore[no-any-return]

    def accept(self, posteriors: F32, time_s: float) -> Detection | None:
        """Take the posteriors, (L,), of the window that ends at time_s; say what fired."""
        n_smoothed = max(1, round(self.config.smoothing_ms / self.config.hop_ms))
        self._posteriors.append(posteriors)
        while len(self._posteriors) > n_smoothed:
            self._posteriors.popleft()
        smoothed = self.smoothed()
        released = RELEASE_SHARE * self.config.threshold
        self._holding = {command for command in self._holding if smoothed[command] >= released}
        best = max(self._commands, key=lambda command: float(smoothed[command]))
        confidence = float(smoothed[best])
        # false for posteriors that are no numbers, too
        is_sure = confidence >= self.config.threshold and len(self._posteriors) == n_smoothed
        if not is_sure or time_s < self._ready_s or best in self._holding:
            return None
        self._holding.add(best)
        self._ready_s = time_s + self.config.refractory_ms / 1000
        return Detection(self.labels[best], confidence, time_s)
