"""False alarms where no command is meant, and commands missed that are said alone, over the detector's threshold."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sayso.arrays import F32
from sayso.audio.mixing import power_of
from sayso.data.clips import MAX_CLIP_S, check_recording
from sayso.errors import SaysoError
from sayso.evaluation.intervals import binomial_interval, poisson_interval
from sayso.evaluation.stream_score import OPERATING_THRESHOLDS
from sayso.evaluation.synth_stream import faded
from sayso.jobs import result_of
from sayso.labels import OTHER, commands_of, label_of
from sayso.listening.detector import Detection
from sayso.listening.replay import decide_again, hear
from sayso.models.model import Model

QUIET_S = 2.0  # how long it is quiet before a word that is said alone, and after it
QUIET_DBFS = -70.0  # level of the white noise that stands for a quiet room; it lies under the word as well
QUIET_SEED = 1


@dataclass
class _Stretch:
    """Sound of one kind in which no command is meant, and how often each command was detected in it."""

    n_recordings: int = 0
    duration_s: float = 0.0
    n_detections: dict[float, Counter[str]] = field(default_factory=dict)  # keys are the threshold, then the command

    def __add__(self, other: _Stretch) -> _Stretch:
        counts = {
            threshold: self.n_detections.get(threshold, Counter()) + other.n_detections.get(threshold, Counter())
            for threshold in self.n_detections.keys() | other.n_detections.keys()
        }
        return _Stretch(self.n_recordings + other.n_recordings, self.duration_s + other.duration_s, counts)

    def to_dict(self, threshold: float, commands: tuple[str, ...]) -> dict[str, Any]:
        hours = self.duration_s / 3600
        counts = self.n_detections.get(threshold, Counter())
        return {
            "n_recordings": self.n_recordings,
            "hours": hours,
            **_rate(counts.total(), hours),
            "commands": {command: _rate(counts[command], hours) for command in commands},
        }


@dataclass
class _Said:
    """Recordings of a command that is said alone, and in how many it was missed, or another command detected."""

    n: int = 0
    n_missed: Counter[float] = field(default_factory=Counter)  # keys are thresholds
    n_wrong: Counter[float] = field(default_factory=Counter)

    def __add__(self, other: _Said) -> _Said:
        return _Said(self.n + other.n, self.n_missed + other.n_missed, self.n_wrong + other.n_wrong)

    def to_dict(self, threshold: float) -> dict[str, Any]:
        missed, wrong = self.n_missed[threshold], self.n_wrong[threshold]
        return {
            "n": self.n,
            "missed": missed,
            "miss_rate": missed / self.n if self.n else None,
            "interval": binomial_interval(missed, self.n),
            "wrong": wrong,
        }


class AlarmScore:
    """What a model detects in streams without a command, and in commands said alone; counted as they are heard.

    The network hears each recording once. The detector decides again at each of `thresholds`, which are
    OPERATING_THRESHOLDS and the model's own. Its other settings stay, so that a command with an offset reaches the
    highest threshold of all before the others do, or after them.

    Parameters
    ----------
    model : Model
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.commands = commands_of(model.labels)
        self.thresholds = tuple(sorted({*OPERATING_THRESHOLDS, model.detector.threshold}))
        self._kinds: dict[str, _Stretch] = {}
        self._said: dict[str, _Said] = {}

    @property
    def n_recordings(self) -> int:
        """How many streams were heard."""
        return sum(stretch.n_recordings for stretch in self._kinds.values())

    @property
    def n_words(self) -> int:
        """How many recordings of commands were heard."""
        return sum(said.n for said in self._said.values())

    def hear_stream(self, kind: str, samples: F32, *, rate_hz: int) -> None:
        """Hear a recording in which no command is meant: every detection is a false alarm.

        Parameters
        ----------
        kind : the kind of sound that it is counted under
        samples : (n_samples,) float32 in [-1, 1]
        rate_hz : int

        Raises
        ------
        SaysoError : `audio_too_short`, for a window of the network; `bad_sample_rate`, `audio_not_finite`
        """
        window_s = self.model.features.clip_samples / self.model.features.sample_rate_hz
        duration_s = samples.size / rate_hz if rate_hz > 0 else 0.0
        if duration_s < window_s:
            raise SaysoError("audio_too_short", f"{duration_s:.2f} s: expected a window of the network, {window_s:g} s")
        detections = self._detect(samples, rate_hz)
        counts = {threshold: Counter(each.label for each in found) for threshold, found in detections.items()}
        self._kinds[kind] = self._kinds.get(kind, _Stretch()) + _Stretch(1, duration_s, counts)

    def hear_word(self, word: str, samples: F32, *, rate_hz: int) -> None:
        """Hear a word said in quiet; it counts as what `label_of` says, and one that is no command is not counted.

        It is missed where its command is not detected, and wrong where another command is; it can be both.

        Parameters
        ----------
        word : what is said
        samples : (n_samples,) float32 in [-1, 1]
        rate_hz : int

        Raises
        ------
        SaysoError : the codes of `check_recording`, as for any other clip of a word
        """
        command = label_of(word, self.commands)
        if command == OTHER:
            return
        check_recording(samples, rate_hz, max_s=MAX_CLIP_S)
        said = self._said.setdefault(command, _Said())
        detections = self._detect(in_quiet(samples, rate_hz=rate_hz), rate_hz)
        said.n += 1
        for threshold, found in detections.items():
            fired = {each.label for each in found}
            said.n_missed[threshold] += command not in fired
            said.n_wrong[threshold] += bool(fired - {command})

    def at(self, threshold: float) -> dict[str, Any]:
        """False alarms an hour and misses with one of `thresholds`, as JSON can hold them.

        Returns
        -------
        `threshold`; `false_alarms`: `total` and `kinds`, each with `n_recordings`, `hours`, `n`, `per_hour`, its exact
        Poisson `interval`, and for each of `commands` the same three; `words`, None where none was heard: `total` and
        `commands`, each with `n`, `missed`, `miss_rate`, its exact binomial `interval`, and `wrong`, the number of
        recordings in which another command was detected

        Raises
        ------
        SaysoError : `bad_config`, no such threshold; `scipy_missing`
        """
        if threshold not in self.thresholds:
            raise SaysoError("bad_config", f"threshold={threshold}: expected one of {self.thresholds}")
        kinds = {kind: stretch.to_dict(threshold, self.commands) for kind, stretch in sorted(self._kinds.items())}
        total = sum(self._kinds.values(), _Stretch()).to_dict(threshold, self.commands) if self._kinds else None
        words = {
            "total": sum(self._said.values(), _Said()).to_dict(threshold),
            "commands": {command: self._said.get(command, _Said()).to_dict(threshold) for command in self.commands},
        }
        return {
            "threshold": threshold,
            "false_alarms": {"total": total, "kinds": kinds},
            "words": words if self._said else None,
        }

    def _detect(self, samples: F32, rate_hz: int) -> dict[float, list[Detection]]:
        """What is detected in a recording at each threshold."""
        heard = result_of(hear(self.model, samples, rate_hz=rate_hz))
        settings = self.model.detector
        return {
            threshold: decide_again(heard, self.model.labels, dataclasses.replace(settings, threshold=threshold))
            for threshold in self.thresholds
        }


def in_quiet(samples: F32, *, rate_hz: int) -> F32:
    """A word said alone in a quiet room: QUIET_S of white noise at QUIET_DBFS before it, and after it.

    Parameters
    ----------
    samples : (n_samples,) float32 in [-1, 1]; its ends fade, lest its own background click
    rate_hz : int

    Returns
    -------
    (n_samples + 2 * QUIET_S * rate_hz,) float32, the same for the same samples
    """
    n_quiet = int(QUIET_S * rate_hz)
    room = np.random.default_rng(QUIET_SEED).standard_normal(samples.size + 2 * n_quiet, dtype=np.float32)
    room *= np.float32(power_of(QUIET_DBFS) ** 0.5)
    room[n_quiet : n_quiet + samples.size] += faded(samples, rate_hz=rate_hz)
    return room


def _rate(n: int, hours: float) -> dict[str, Any]:
    return {"n": n, "per_hour": n / hours, "interval": poisson_interval(n, exposure=hours)}
