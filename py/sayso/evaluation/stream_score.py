"""Detections in a recording, scored against what was said in it."""

from __future__ import annotations

import dataclasses
from bisect import bisect_right
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sayso.config import DetectorConfig
from sayso.evaluation.truth import Event
from sayso.labels import OTHER, commands_of, label_of
from sayso.listening.detector import Detection
from sayso.listening.replay import Heard, decide_again

# How long after a word's end it may be detected: the last window that holds it ends later, and smoothing takes time.
TOLERANCE_S = 1.0
OPERATING_THRESHOLDS = (
    *(round(0.02 * i, 2) for i in range(1, 48)),
    *(0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.993, 0.996, 0.998, 0.999),
)
FALSE_ALARM_RATES = (40.0, 10.0, 0.5)  # false alarms an hour for which the miss rate is told

Kind = Literal["hit", "swap", "false alarm"]


@dataclass(frozen=True)
class Outcome:
    """How a detection counts, and its event: for a false alarm the last event around it, if there is one."""

    detection: Detection
    kind: Kind
    event: Event | None


@dataclass(frozen=True)
class StreamScore:
    """How the detections in a recording count.

    A detection may belong to an event from its start to TOLERANCE_S after its end. The first one of the event's command
    is a hit. Where there is none, the first one of another command is a swap. Every other detection is a false alarm,
    such as a second one for the same event. A command without a hit is a miss, swapped or not.
    """

    outcomes: list[Outcome]
    missed: list[Event]
    duration_s: float

    def count(self, kind: Kind) -> int:
        return sum(outcome.kind == kind for outcome in self.outcomes)

    @property
    def n_commands(self) -> int:
        return self.count("hit") + len(self.missed)

    @property
    def miss_rate(self) -> float | None:
        return len(self.missed) / self.n_commands if self.n_commands else None

    @property
    def false_alarms_per_hour(self) -> float:
        return 3600 * self.count("false alarm") / self.duration_s

    @property
    def delays_s(self) -> list[float]:
        """Seconds from the end of the word to the detection, for each hit."""
        return [outcome.detection.time_s - outcome.event.end_s
                for outcome in self.outcomes if outcome.kind == "hit" and outcome.event]  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        delays_s = self.delays_s
        median, late = np.percentile(delays_s, [50, 90]).tolist() if delays_s else (None, None)
        return {
            "n_commands": self.n_commands,
            "hits": self.count("hit"),
            "misses": len(self.missed),
            "miss_rate": self.miss_rate,
            "swaps": self.count("swap"),
            "false_alarms": self.count("false alarm"),
            "false_alarms_per_hour": self.false_alarms_per_hour,
            "delay_s": {"median": median, "percentile_90": late},
            "missed": [dataclasses.asdict(event) for event in self.missed],
        }


class _Timeline:
    """Events in the order of their start, to be found by time."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = sorted(events, key=lambda event: event.start_s)
        self._starts_s = [event.start_s for event in self.events]
        self._longest_s = max((event.end_s - event.start_s for event in events), default=0.0) + TOLERANCE_S

    def around(self, time_s: float) -> list[int]:
        """Indices of the events that a detection at this time may belong to."""
        first = bisect_right(self._starts_s, time_s - self._longest_s - 1e-9)
        return [
            i for i in range(first, bisect_right(self._starts_s, time_s))
            if time_s <= self.events[i].end_s + TOLERANCE_S
        ]  # fmt: skip


def score_stream(
    detections: Sequence[Detection], truth: Sequence[Event], *, commands: Sequence[str], duration_s: float
) -> StreamScore:
    """Count hits, swaps, false alarms and misses.

    Parameters
    ----------
    detections : what was detected, in the order of time
    truth : what was said; each event counts as what `label_of` makes of its label
    commands : the model's commands
    duration_s : length of the recording
    """
    spoken = _Timeline([event for event in truth if label_of(event.label, commands) != OTHER])
    said = [label_of(event.label, commands) for event in spoken.events]
    everything = _Timeline(truth)
    found: dict[int, Outcome] = {}  # keys are indices of detections
    hit: set[int] = set()  # indices of the events that were detected; `swapped` holds indices too
    swapped: set[int] = set()
    passes: tuple[tuple[Kind, set[int]], ...] = (("hit", hit), ("swap", swapped))
    for kind, matched in passes:
        for i, detection in enumerate(detections):
            fitting = [
                j for j in spoken.around(detection.time_s)
                if j not in hit and j not in swapped and (said[j] == detection.label) == (kind == "hit")
            ]  # fmt: skip
            if fitting and i not in found:
                matched.add(fitting[0])
                found[i] = Outcome(detection, kind, spoken.events[fitting[0]])
    for i, detection in enumerate(detections):
        if i not in found:
            around = everything.around(detection.time_s)
            found[i] = Outcome(detection, "false alarm", everything.events[around[-1]] if around else None)
    outcomes = [found[i] for i in range(len(detections))]
    missed = [event for j, event in enumerate(spoken.events) if j not in hit]
    return StreamScore(outcomes, missed, duration_s)


@dataclass(frozen=True)
class OperatingPoint:
    """What a threshold of the detector costs: misses on one side, false alarms on the other."""

    threshold: float
    miss_rate: float | None
    false_alarms_per_hour: float
    swaps: int


def operating_points(
    heard: Heard, truth: Sequence[Event], *, labels: Sequence[str], config: DetectorConfig
) -> Generator[tuple[int, int], None, list[OperatingPoint]]:
    """What each of OPERATING_THRESHOLDS costs with the detector's other settings; yields (done, thresholds in all)."""
    points = []
    for done, threshold in enumerate(OPERATING_THRESHOLDS, start=1):
        detections = decide_again(heard, labels, dataclasses.replace(config, threshold=threshold))
        score = score_stream(detections, truth, commands=commands_of(labels), duration_s=heard.duration_s)
        points.append(OperatingPoint(threshold, score.miss_rate, score.false_alarms_per_hour, score.count("swap")))
        yield done, len(OPERATING_THRESHOLDS)
    return points


def best_within(points: Sequence[OperatingPoint], false_alarms_per_hour: float) -> OperatingPoint | None:
    """The point with the fewest misses among those with at most this many false alarms; None where all have more."""
    within = [point for point in points if point.false_alarms_per_hour <= false_alarms_per_hour]
    return min(within, key=lambda point: (point.miss_rate or 0.0, point.false_alarms_per_hour), default=None)
