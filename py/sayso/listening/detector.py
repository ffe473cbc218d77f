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

RELEASE_SHARE = 0.5  # once its mean is below this share of its threshold, a command that fired may fire again
LOWEST, HIGHEST = 0.02, 0.999  # bounds of a command's threshold, its offset included


@dataclass(frozen=True)
class Detection:
    """A fired command."""

    label: str
    confidence: float  # the command's smoothed posterior, 0 to 1
    time_s: float  # when the window that fired it ended, from the start of the stream


class Detector:
    """Fires a command when the mean of its last posteriors reaches its threshold.

    Nothing fires before there are enough posteriors for the mean. After firing, the refractory time must pass before
    anything fires again. Before the same command does, its mean must also have fallen: a word that lasts is one
    detection.

    Raises
    ------
    SaysoError : `bad_config`, offsets for more or fewer commands than there are

    Examples
    --------
    >>> import numpy as np
    >>> from sayso.config import DetectorConfig
    >>> from sayso.listening.detector import Detector
    >>> labels = ("yes", "other", "silence")
    >>> detector = Detector(labels, DetectorConfig(threshold=0.6, smoothing_ms=200.0, hop_ms=100.0))
    >>> quiet, yes = np.float32([0, 0.25, 0.75]), np.float32([0.75, 0.25, 0])
    >>> detector.accept(quiet, 1.0)
    >>> detector.accept(yes, 1.1)  # the mean of the last two is still under the threshold
    >>> detector.accept(yes, 1.2)
    Detection(label='yes', confidence=0.75, time_s=1.2)
    """

    def __init__(self, labels: Sequence[str], config: DetectorConfig) -> None:
        self.labels = tuple(labels)
        self._commands = [self.labels.index(command) for command in commands_of(labels)]
        self.tune(config)
        self._posteriors: deque[F32] = deque()
        self._smoothed: F32 = np.zeros(len(self.labels), np.float32)
        self._ready_s = 0.0
        self._holding: set[int] = set()  # indices of commands that fired and were not released since

    def tune(self, config: DetectorConfig) -> None:
        """Use other settings from the next posteriors on."""
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
        # a comparison with NaN is false: posteriors that are no numbers fire nothing
        is_sure = confidence >= thresholds[best] and len(self._posteriors) == n_smoothed
        if not is_sure or time_s < self._ready_s or best in self._holding:
            return None
        self._holding.add(best)
        self._ready_s = time_s + self.config.refractory_ms / 1000
        return Detection(self.labels[best], confidence, time_s)
