"""What requests must carry, field by field; the page's side of it is `Calls` in web/worker/wire.d.ts.

Keys are snake_case here and camelCase there. A field with a default may be left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BufferedIOBase
from typing import Literal

import numpy as np
import numpy.typing as npt

from sayso.data.sprites import Channel
from sayso.worker.requests import Payload

Content = bytes | npt.NDArray[np.uint8]
"""The bytes of a file."""


@dataclass(frozen=True)
class JobId(Payload):
    """Which long request is meant."""

    id: int


@dataclass(frozen=True)
class DecodedSprite(Payload):
    """One decoded file of a sprite pack; `index` is the text of the pack's sprites.json."""

    index: str
    sprite: str
    channels: tuple[Channel, ...]
    sample_rate_hz: float


@dataclass(frozen=True)
class ClipFile(Payload):
    """A WAV file and where it lay, which says what it is of: `label/speaker_nohash_n.wav`."""

    path: str
    bytes: Content


@dataclass(frozen=True)
class ClipFiles(Payload):
    files: tuple[ClipFile, ...]


@dataclass(frozen=True)
class ClipArchive(Payload):
    """A zip, read where it lies."""

    name: str
    file: BufferedIOBase


@dataclass(frozen=True)
class Preparation(Payload):
    preset: str
    commands: tuple[str, ...]


@dataclass(frozen=True)
class ExampleChoice(Payload):
    """A label; any where it is None."""

    label: str | None = None


@dataclass(frozen=True)
class RecordedTake(Payload):
    samples: Channel
    sample_rate_hz: float


@dataclass(frozen=True)
class TrainSettings(Payload):
    """Settings of a training; `start_from` is None for random weights, or "current" for the current model's."""

    network: str
    learning_rate: float
    batch_size: int
    n_iterations: int
    seed: int
    optimizer: str
    start_from: Literal["current"] | None = None


@dataclass(frozen=True)
class Checkpoint(Payload):
    """The bytes of a checkpoint; `n_iterations` is the checkpoint's own where it is None."""

    checkpoint: Content
    n_iterations: int | None = None


@dataclass(frozen=True)
class ModelFile(Payload):
    """A model file, and what to call the model, where that is not what the file says."""

    bytes: Content
    name: str = ""


@dataclass(frozen=True)
class MicrophoneRate(Payload):
    sample_rate_hz: float


@dataclass(frozen=True)
class DetectorChanges(Payload):
    """Settings of the detector; those that are None stay as they are."""

    threshold: float | None = None
    smoothing_ms: float | None = None
    refractory_ms: float | None = None
    offsets: tuple[float, ...] | None = None
