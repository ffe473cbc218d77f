"""A whole recording, heard as the page hears a microphone."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

import numpy as np

from sayso.arrays import F32
from sayso.config import DetectorConfig
from sayso.errors import SaysoError
from sayso.listening.detector import Detection, Detector
from sayso.listening.listener import Listener
from sayso.models.model import Model

BLOCK_S = 0.25  # large blocks cost less than small ones, and give the same detections
HEARD_OUT_S = 1.0  # digital silence that follows the recording, so that a word at its very end is heard out


@dataclass
class Heard:
    """What a listener made of a recording: detections, and what they were decided from."""

    duration_s: float
    detections: list[Detection] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)  # when each window ends
    posteriors: list[F32] = field(default_factory=list)  # (L,) for each window, before smoothing


def hear(model: Model, samples: F32, *, rate_hz: int) -> Generator[tuple[int, int], None, Heard]:
    """Listen to a recording, (n_samples,) float32 at any rate; yields (seconds done, seconds in all).

    Raises
    ------
    SaysoError : `bad_sample_rate`, `audio_not_finite`
    """
    if not np.isfinite(samples).all():
        raise SaysoError("audio_not_finite", "samples hold NaN or infinity: expected numbers in [-1, 1]")
    heard = Heard(samples.size / rate_hz)

    def keep(posteriors: F32, time_s: float) -> None:
        heard.posteriors.append(posteriors)
        heard.times_s.append(time_s)

    listener = Listener(model, sample_rate_hz=rate_hz, on_window=keep)
    n_block = int(BLOCK_S * rate_hz)
    samples = np.concatenate([samples, np.zeros(int(HEARD_OUT_S * rate_hz), np.float32)])
    for start in range(0, samples.size, n_block):
        events = listener.accept(samples[start : start + n_block], position=start)
        heard.detections += [event for event in events if isinstance(event, Detection)]
        yield (start + n_block) // rate_hz, samples.size // rate_hz
    return heard


def decide_again(heard: Heard, labels: Sequence[str], config: DetectorConfig) -> list[Detection]:
    """The detections that other settings would have given, without hearing it again."""
    detector = Detector(labels, config)
    decisions = map(detector.accept, heard.posteriors, heard.times_s)
    return [detection for detection in decisions if detection]
