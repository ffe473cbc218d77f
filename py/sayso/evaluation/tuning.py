"""What is chosen after training: a temperature for the posteriors, and the detector's thresholds and smoothing."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Generator, Sequence

import numpy as np

from sayso.arrays import F32, I64
from sayso.config import DetectorConfig
from sayso.errors import SaysoError
from sayso.evaluation.stream_score import score_stream
from sayso.evaluation.truth import Event
from sayso.labels import OTHER, commands_of, label_of
from sayso.listening.detector import HIGHEST, RELEASE_SHARE
from sayso.listening.replay import Heard, decide_again
from sayso.models.model import Model

TEMPERATURES = np.geomspace(0.25, 4.0, 97)
SMOOTHINGS_MS = (300.0, 400.0, 500.0)
TRIED_THRESHOLDS = tuple(round(0.04 * i, 2) for i in range(3, 25))
PRICES = np.geomspace(0.01, 100.0, 41)  # costs of a false alarm that are tried, in misses


def fit_temperature(posteriors: F32, targets: I64) -> float:
    """The temperature that makes the right labels likeliest: below 1 the posteriors were too timid, above 1 too bold.

    Parameters
    ----------
    posteriors : (B, L) of clips that were not trained on
    targets : (B,) indices of the right labels

    Source
    ------
    Guo et al. 2017, "On calibration of modern neural networks", section 4.2; each label weighs the same.
    """
    logits = np.log(np.maximum(posteriors.astype(np.float64), 1e-30))
    weights = 1 / np.bincount(targets, minlength=logits.shape[1])[targets]

    def cost(temperature: float) -> float:
        scaled = logits / temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        log_posteriors = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
        return -float(weights @ log_posteriors[np.arange(len(targets)), targets])

    return float(min(TEMPERATURES, key=cost))


def apply_temperature(model: Model, temperature: float) -> None:
    """Divide the model's logits by the temperature, in the weights of its network's head."""
    for parameter in model.network.head.parameters.values():
        parameter /= np.float32(temperature)


@dataclasses.dataclass(frozen=True)
class _Trade:
    """What a threshold for one command costs over all streams."""

    threshold: float
    n_misses: int
    n_wrong: int  # false alarms and swaps


def choose_detector(
    model: Model, streams: Sequence[tuple[Heard, Sequence[Event]]], *, false_alarms_per_hour: float
) -> Generator[tuple[int, int], None, DetectorConfig]:
    """Choose the smoothing and a threshold for each command so that misses are fewest; yields (done, in all).

    Commands compete for one budget of false alarms. Each takes the threshold that costs least where a false alarm costs
    as much as so many misses: the price is the same for all commands, and the lowest that keeps to the budget.

    Parameters
    ----------
    model : Model
    streams : what the model heard in recordings that it was not trained on, and what was said in them
    false_alarms_per_hour : budget for all commands together; swaps count, too

    Raises
    ------
    SaysoError : `no_clips`, streams without commands; `bad_config`, a rate below 0
    """
    commands = commands_of(model.labels)
    if not any(label_of(event.label, commands) != OTHER for _, truth in streams for event in truth):
        raise SaysoError("no_clips", f"0 commands in {len(streams)} streams: expected {', '.join(commands)}")
    if false_alarms_per_hour < 0:
        raise SaysoError("bad_config", f"false_alarms_per_hour={false_alarms_per_hour}: expected 0 or more")
    streams = [(_eventful(heard, model.labels, model.detector.hop_ms), truth) for heard, truth in streams]
    budget = false_alarms_per_hour * sum(heard.duration_s for heard, _ in streams) / 3600
    found: list[tuple[int, DetectorConfig]] = []
    n_steps = len(SMOOTHINGS_MS) * len(commands) * len(TRIED_THRESHOLDS)
    done = itertools.count(1)
    for smoothing_ms in SMOOTHINGS_MS:
        plain = dataclasses.replace(model.detector, smoothing_ms=smoothing_ms, offsets=())
        trades: list[list[_Trade]] = []
        for command in commands:
            trades.append([])
            for threshold in TRIED_THRESHOLDS:
                trades[-1].append(_trade(model, streams, plain, command, threshold))
                yield next(done), n_steps
        for price in PRICES:
            chosen = [min(tried, key=lambda trade: trade.n_misses + price * trade.n_wrong) for tried in trades]
            if sum(trade.n_wrong for trade in chosen) <= budget:
                break
        found.append((sum(trade.n_misses for trade in chosen), _combined(plain, [t.threshold for t in chosen])))
    return min(found, key=lambda candidate: candidate[0])[1]


def _eventful(heard: Heard, labels: Sequence[str], hop_ms: float) -> Heard:
    """What was heard, without those windows on which no detector's decision can depend: most of them.

    Where no command's posterior reaches the lowest level at which a command is released, no mean does either. Windows
    within the longest smoothing of such a posterior are kept, as means need them.
    """
    if not heard.posteriors:  # the recording is shorter than a window
        return heard
    columns = [labels.index(command) for command in commands_of(labels)]
    lively = np.stack(heard.posteriors)[:, columns].max(axis=1) >= RELEASE_SHARE * min(TRIED_THRESHOLDS)
    reach = round(max(SMOOTHINGS_MS) / hop_ms)
    kept = np.convolve(lively, np.ones(2 * reach + 1))[reach : reach + len(lively)] > 0.5
    kept[:reach] = True  # the detector counts windows until its first mean is full
    indices = np.flatnonzero(kept)
    return Heard(heard.duration_s, [], [heard.times_s[i] for i in indices], [heard.posteriors[i] for i in indices])


def _trade(
    model: Model,
    streams: Sequence[tuple[Heard, Sequence[Event]]],
    plain: DetectorConfig,
    command: str,
    threshold: float,
) -> _Trade:
    """What a threshold for this command costs, where no other command ever fires."""
    commands = commands_of(model.labels)
    offsets = tuple(0.0 if other == command else HIGHEST - threshold for other in commands)
    config = dataclasses.replace(plain, threshold=threshold, offsets=offsets)
    n_misses = n_wrong = 0
    for heard, truth in streams:
        detections = [each for each in decide_again(heard, model.labels, config) if each.label == command]
        score = score_stream(detections, truth, commands=commands, duration_s=heard.duration_s)
        n_misses += sum(label_of(event.label, commands) == command for event in score.missed)
        n_wrong += score.count("false alarm") + score.count("swap")
    return _Trade(threshold, n_misses, n_wrong)


def _combined(plain: DetectorConfig, thresholds: Sequence[float]) -> DetectorConfig:
    """A detector with the mean of the thresholds as its own, and each command's offset from it."""
    middle = round(float(np.mean(thresholds)), 3)
    offsets = tuple(round(threshold - middle, 3) for threshold in thresholds)
    return dataclasses.replace(plain, threshold=middle, offsets=offsets)
