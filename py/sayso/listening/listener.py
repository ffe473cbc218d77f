"""Live recognition: microphone blocks in; levels, pictures, posteriors and detections out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from sayso.arrays import F32
from sayso.audio.resample import Resampler
from sayso.config import DetectorConfig
from sayso.features.log_mel import StreamingLogMel
from sayso.features.picture import Picture, picture_of
from sayso.labels import SILENCE
from sayso.listening.detector import Detection, Detector
from sayso.listening.recogniser import recogniser_for
from sayso.models.model import Model

LOWEST_LEVEL_DBFS = -120.0  # the level that digital silence is given


@dataclass(frozen=True)
class Update:
    """What was heard since the last update."""

    level_dbfs: float  # level of the RMS
    peak_dbfs: float
    columns: Picture  # picture of the new frames
    posteriors: list[float]  # smoothed, in the order of the model's labels; zeros during the first second
    quiet: bool  # whether silence is the most probable label, or no window was full yet
    time_s: float  # when the newest frame ended, from the start of the stream


@dataclass(frozen=True)
class Dropped:
    """Samples, at the microphone's rate, that never arrived."""

    n_missing: int  # samples lost just before the block that came
    n_dropped: int  # samples lost since listening started
    time_s: float  # when the block begins, from the start of the stream


class Listener:
    """One session at a microphone, or over a recording: the same samples give the same detections, however cut.

    Parameters
    ----------
    model : Model, its weights as they are now
    sample_rate_hz : int, of the blocks; resampled to the features' rate
    on_window : told the posteriors of every full window, (L,) before smoothing, and the time it ends, in s

    Raises
    ------
    SaysoError : `bad_sample_rate`

    Examples
    --------
    >>> import numpy as np
    >>> from sayso.features.presets import COMPACT
    >>> from sayso.listening.listener import Listener
    >>> from sayso.models.model import new_model
    >>> model = new_model("untrained", features=COMPACT, labels=["yes", "other", "silence"], network="compact", seed=1)
    >>> listener = Listener(model, sample_rate_hz=16_000)
    >>> updates = list(listener.accept(np.zeros(8_000, np.float32), position=0))
    >>> [(round(update.time_s, 3), update.level_dbfs) for update in updates]
    [(0.12, -120.0), (0.22, -120.0), (0.32, -120.0), (0.42, -120.0)]
    """

    def __init__(
        self, model: Model, *, sample_rate_hz: int, on_window: Callable[[F32, float], None] | None = None
    ) -> None:
        self.model, self.sample_rate_hz, self._on_window = model, sample_rate_hz, on_window
        self.detector = Detector(model.labels, model.detector)
        self._recogniser = recogniser_for(model)
        self.hop_frames = self._count_hop_frames()
        self.n_samples = self.n_dropped = self.n_detections = 0
        self._position = 0  # the position of the stream's next sample
        self._blocks: list[F32]  # blocks that wait until the next hop is full
        self._n_since: int  # samples since the start or the last gap
        self._n_due: int  # how many of these it takes for the next hop to be full
        self._waiting: F32  # frames that do not fill a hop yet
        self._start_afresh()
        self._sum_of_squares, self._peak, self._n_level = 0.0, 0.0, 0

    @property
    def hop_ms(self) -> float:
        features = self.model.features
        return 1000 * self.hop_frames * features.hop_samples / features.sample_rate_hz

    @property
    def next_hop(self) -> int:
        """How far the stream must come for the next update: the position behind the last sample that it needs."""
        return self._position - self._n_since + self._n_due

    def tune(self, config: DetectorConfig) -> None:
        """Use other detector settings from the next window on."""
        self.detector.tune(config)
        self.hop_frames = self._count_hop_frames()

    def accept(self, samples: F32, *, position: int) -> Iterator[Update | Detection | Dropped]:
        """Take (n,) float32 samples, the first at `position`; a gap is reported and features start afresh.

        A block that holds NaN or infinity would spoil every frame after it: it counts as one that never arrived.
        """
        energy = float(samples @ samples)
        if not math.isfinite(energy) and not np.isfinite(samples).all():
            return
        if position != self._position:
            n_missing = max(0, position - self._position)
            self.n_dropped += n_missing
            self._start_afresh()
            yield Dropped(n_missing, self.n_dropped, self._time_s())
        self._position = position + samples.size
        self.n_samples += samples.size
        self._sum_of_squares += energy
        self._peak = max(self._peak, float(np.maximum.reduce(np.abs(samples), initial=0.0)))
        self._n_level += samples.size
        self._blocks.append(samples)
        self._n_since += samples.size
        if self._n_since < self._n_due:
            return  # features of many frames at once cost little more than those of one
        samples = np.concatenate(self._blocks) if len(self._blocks) > 1 else samples
        self._blocks = []
        frames = self._log_mel.accept(self._resampler.accept(samples))  # (n_new, M)
        self._waiting = np.concatenate([self._waiting, frames])
        while len(self._waiting) >= self.hop_frames:
            columns, self._waiting = self._waiting[: self.hop_frames], self._waiting[self.hop_frames :]
            yield from self._hop(columns)
        self._n_due = self._count_due()

    def _start_afresh(self) -> None:
        features = self.model.features
        self.detector.forget()
        self._resampler = Resampler(self.sample_rate_hz, features.sample_rate_hz)
        self._log_mel = StreamingLogMel(features)
        self._blocks, self._n_since = [], 0
        self._recogniser.forget()
        self._waiting = np.zeros((0, features.n_mels), np.float32)
        self._began_s = self._time_s()
        self._n_frames = 0
        self._n_due = self._count_due()

    def _count_due(self) -> int:
        return self._resampler.count_needed(self.model.features.end_samples(self._n_frames + self.hop_frames))

    def _count_hop_frames(self) -> int:
        """Frames from one window to the next: as many as come nearest to the detector's hop, of those there may be."""
        features, grain = self.model.features, self._recogniser.grain_frames
        hop_frames = self.detector.config.hop_ms * features.sample_rate_hz / (1000 * features.hop_samples)
        return grain * max(1, round(hop_frames / grain))

    def _hop(self, columns: F32) -> Iterator[Update | Detection]:
        """Recognise the window that ends with these frames, (hop_frames, M), once it is full."""
        features = self.model.features
        self._n_frames += len(columns)
        time_s = self._began_s + features.end_samples(self._n_frames) / features.sample_rate_hz
        detection = None
        posteriors = self._recogniser.accept(columns)
        if posteriors is not None:
            if self._on_window:
                self._on_window(posteriors, time_s)
            detection = self.detector.accept(posteriors, time_s)
        smoothed = self.detector.smoothed()
        level_dbfs, peak_dbfs = self._levels()
        yield Update(
            level_dbfs, peak_dbfs, picture_of(columns, features), smoothed.tolist(),
            posteriors is None or self.model.labels[int(smoothed.argmax())] == SILENCE, time_s,
        )  # fmt: skip
        if detection:
            self.n_detections += 1
            yield detection

    def _time_s(self) -> float:
        return (self.n_samples + self.n_dropped) / self.sample_rate_hz

    def _levels(self) -> tuple[float, float]:
        """RMS and peak since the last call, in dB relative to full scale."""
        mean_square = self._sum_of_squares / max(1, self._n_level)
        level_dbfs, peak_dbfs = _to_db(mean_square), _to_db(self._peak**2)
        self._sum_of_squares, self._peak, self._n_level = 0.0, 0.0, 0
        return level_dbfs, peak_dbfs


def _to_db(power: float) -> float:
    return max(LOWEST_LEVEL_DBFS, 10 * math.log10(power)) if power > 0 else LOWEST_LEVEL_DBFS
