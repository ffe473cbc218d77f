"""Live recognition: microphone blocks in; levels, pictures, posteriors and detections out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from sayso.arrays import F32
from sayso.config import DetectorConfig
from sayso.detector import Detection, Detector
from sayso.features import StreamingLogMel
from sayso.labels import SILENCE
from sayso.model import Model
from sayso.picture import Picture, picture_of
from sayso.resample import Resampler

FLOOR_DBFS = -120.0


@dataclass(frozen=True)
class Update:
    """What was heard since the last update."""

    level_dbfs: float
    peak_dbfs: float
    columns: Picture
    posteriors: list[float]  # smoothed, in the order of the model's labels; zeros during the first second
    quiet: bool  # silence is the most probable label
    time_s: float


@dataclass(frozen=True)
class Dropped:
    """Blocks that never arrived before this one."""

    n_blocks: int
    n_dropped: int  # samples lost so far, at the microphone's rate
    time_s: float


class Listener:
    """One session at a microphone, or over a recording: the same samples give the same detections, however cut.

    Parameters
    ----------
    model : Model
    sample_rate_hz : int, of the blocks; resampled to the features' rate
    on_window : told the posteriors of every full window, (L,) before smoothing, and the time it ends, in s

    Raises
    ------
    SaysoError : `bad_sample_rate`
    """

    def __init__(
        self, model: Model, *, sample_rate_hz: int, on_window: Callable[[F32, float], None] | None = None
    ) -> None:
        self.model, self.sample_rate_hz, self._on_window = model, sample_rate_hz, on_window
        self.detector = Detector(model.labels, model.detector)
        self.n_samples = self.n_dropped = self.n_detections = 0
        self._next_sequence = 0
        self._window: F32
        self._waiting: F32  # frames that do not fill a hop yet
        self._start_afresh()
        self._sum_of_squares, self._peak, self._n_level = 0.0, 0.0, 0

    @property
    def hop_frames(self) -> int:
        """Frames between windows, the nearest to the detector's hop."""
        features = self.model.features
        return max(1, round(self.detector.config.hop_ms * features.sample_rate_hz / (1000 * features.hop_samples)))

    @property
    def hop_ms(self) -> float:
        features = self.model.features
        return 1000 * self.hop_frames * features.hop_samples / features.sample_rate_hz

    def tune(self, config: DetectorConfig) -> None:
        """New detector settings, from the next window on."""
        self.detector.tune(config)

    def accept(self, samples: F32, *, sequence: int) -> Iterator[Update | Detection | Dropped]:
        """Take block number `sequence`, (n,) float32; a gap in the numbers is reported and features start afresh.

        A block that holds NaN or infinity would spoil every frame after it: it counts as one that never arrived.
        """
        if not np.isfinite(samples).all():
            return
        if sequence != self._next_sequence:
            n_blocks = max(0, sequence - self._next_sequence)
            self.n_dropped += n_blocks * samples.size
            self._start_afresh()
            yield Dropped(n_blocks, self.n_dropped, self._time_s())
        self._next_sequence = sequence + 1
        self.n_samples += samples.size
        self._measure(samples)
        self._blocks.append(samples)
        self._n_since += samples.size
        hop_samples = self.model.features.end_samples(self._n_frames + self.hop_frames)
        if self._n_since < self._resampler.count_needed(hop_samples):
            return  # many frames at once cost little more than one
        samples, self._blocks = np.concatenate(self._blocks), []
        frames = self._log_mel.accept(self._resampler.accept(samples))  # (n_new, M)
        self._waiting = np.concatenate([self._waiting, frames])
        while len(self._waiting) >= self.hop_frames:
            columns, self._waiting = np.split(self._waiting, [self.hop_frames])
            self._window = np.concatenate([self._window, columns])[-self.model.features.n_frames :]
            yield from self._hop(columns)

    def _start_afresh(self) -> None:
        features = self.model.features
        self.detector.forget()
        self._resampler = Resampler(self.sample_rate_hz, features.sample_rate_hz)
        self._log_mel = StreamingLogMel(features)
        self._blocks: list[F32] = []  # that do not end a hop yet
        self._n_since = 0  # samples since the start or the last gap
        self._window = self._waiting = np.zeros((0, features.n_mels), np.float32)
        self._began_s = self._time_s()
        self._n_frames = 0

    def _hop(self, columns: F32) -> Iterator[Update | Detection]:
        """Recognise the window that ends with these frames, (hop_frames, M), once it is full."""
        features = self.model.features
        self._n_frames += len(columns)
        time_s = self._began_s + features.end_samples(self._n_frames) / features.sample_rate_hz
        detection = None
        if full := len(self._window) == features.n_frames:
            posteriors = self.model.posteriors(self._window[None, :: features.frame_step])[0]
            if self._on_window:
                self._on_window(posteriors, time_s)
            detection = self.detector.accept(posteriors, time_s)
        smoothed = self.detector.smoothed()
        level_dbfs, peak_dbfs = self._levels()
        yield Update(
            level_dbfs, peak_dbfs, picture_of(columns, features), smoothed.tolist(),
            not full or self.model.labels[int(smoothed.argmax())] == SILENCE, time_s,
        )  # fmt: skip
        if detection:
            self.n_detections += 1
            yield detection

    def _time_s(self) -> float:
        return (self.n_samples + self.n_dropped) / self.sample_rate_hz

    def _measure(self, samples: F32) -> None:
        self._sum_of_squares += float(samples @ samples)
        self._peak = max(self._peak, float(np.abs(samples).max(initial=0.0)))
        self._n_level += samples.size

    def _levels(self) -> tuple[float, float]:
        """RMS and peak since the last call, in dB relative to full scale."""
        mean_square = self._sum_of_squares / max(1, self._n_level)
        level_dbfs, peak_dbfs = _to_db(mean_square), _to_db(self._peak**2)
        self._sum_of_squares, self._peak, self._n_level = 0.0, 0.0, 0
        return level_dbfs, peak_dbfs


def _to_db(power: float) -> float:
    return max(FLOOR_DBFS, 10 * math.log10(power)) if power > 0 else FLOOR_DBFS
