"""Model files and checkpoints: a Model as safetensors, its whole configuration in the metadata."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from sayso.arrays import Floats
from sayso.config import DetectorConfig, FeatureConfig, TrainConfig, require
from sayso.errors import SaysoError
from sayso.json_text import parse_json
from sayso.labels import commands_of, labels_for
from sayso.models.model import Model, Provenance, new_model
from sayso.models.networks import BASE
from sayso.models.safetensors import read_tensors, write_tensors

MODEL_FORMAT = "sayso-model"
MODEL_VERSION = 1
OPTIMIZER = "optimizer."


def save_model(model: Model, *, optimizer: Mapping[str, Floats] | None = None) -> bytes:
    """A model as the bytes of a model file; with the optimiser's state it is a checkpoint."""
    provenance = model.provenance
    description = {
        "name": model.name,
        "labels": list(model.labels),
        "network": model.network.name,
        "features": model.features.to_dict(),
        "detector": model.detector.to_dict(),
        "provenance": vars(provenance) | {"training": provenance.training and provenance.training.to_dict()},
    }
    tensors = {name: _stored(name, tensor) for name, tensor in model.network.tensors.items()}
    tensors |= {OPTIMIZER + name: value for name, value in (optimizer or {}).items()}
    return write_tensors(
        tensors, {"format": MODEL_FORMAT, "version": str(MODEL_VERSION), "sayso": json.dumps(description)}
    )


def _stored(name: str, tensor: Floats) -> Floats:
    """A base's weights as float16, which its file holds too, unless they have been trained; others as they are."""
    if not name.startswith(f"{BASE}."):
        return tensor
    half = tensor.astype(np.float16)
    return half if np.array_equal(half, tensor) else tensor


def load_model(content: bytes) -> tuple[Model, dict[str, Floats]]:
    """The model of a file's bytes, and the optimiser's state when it is a checkpoint.

    Raises
    ------
    SaysoError : the codes of `read_tensors`; `model_not_sayso`, `model_version`, `bad_config`, `bad_label`,
        `unknown_network`; `model_shape`, a tensor that is missing, left over or of another shape than its network's;
        `model_not_finite`
    """
    tensors, metadata = read_tensors(content)
    description = _description(metadata)
    try:
        features = FeatureConfig.from_dict(description["features"])
        labels = tuple(map(str, description["labels"]))
        name, network = str(description["name"]), str(description["network"])
        detector = DetectorConfig.from_dict(description["detector"])
        provenance = _provenance(description["provenance"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise SaysoError("model_not_sayso", f"its description lacks or garbles {error!s:.200}") from error
    if labels_for(commands_of(labels)) != labels:
        raise SaysoError("bad_label", f"labels {list(labels)}: expected the commands, then other, then silence")
    n_commands = len(commands_of(labels))
    require(
        len(detector.offsets) in (0, n_commands), "offsets", detector.offsets, f"one for each of {n_commands} commands"
    )
    model = new_model(name[:80], features=features, labels=labels, network=network, seed=None)
    model.detector, model.provenance = detector, provenance
    optimizer = {k.removeprefix(OPTIMIZER): v.copy() for k, v in tensors.items() if k.startswith(OPTIMIZER)}
    fill(model.network.tensors, {k: v for k, v in tensors.items() if not k.startswith(OPTIMIZER)})
    return model, optimizer


def fill(targets: Mapping[str, Floats], sources: Mapping[str, Floats]) -> None:
    """Copy tensors into those of the same names in a network or an optimiser: all of them, or none.

    Raises
    ------
    SaysoError : `model_shape`, `model_not_finite`
    """
    if unmatched := sorted(targets.keys() ^ sources.keys()):
        raise SaysoError("model_shape", f"tensors {unmatched[:5]!s:.200}: expected {', '.join(sorted(targets)):.400}")
    converted: dict[str, Floats] = {}
    for name, target in targets.items():
        if sources[name].shape != target.shape:
            raise SaysoError("model_shape", f"{name} is {sources[name].shape}: expected {target.shape}")
        with np.errstate(over="ignore"):  # float64 beyond float32 becomes infinity
            converted[name] = sources[name].astype(target.dtype)
        if not np.isfinite(converted[name]).all():
            raise SaysoError("model_not_finite", f"{name} holds NaN or infinity: the weights are spoilt")
    for name, target in targets.items():
        target[...] = converted[name]


def require_same_features(found: FeatureConfig, expected: FeatureConfig) -> None:
    """Refuse a model's features that are not those of the audio, naming the first setting that differs.

    Raises
    ------
    SaysoError : `features_mismatch`
    """
    theirs, ours = found.to_dict(), expected.to_dict()
    if different := [name for name in ours if theirs[name] != ours[name]]:
        name = different[0]
        raise SaysoError("features_mismatch", f"the model's {name} is {theirs[name]!r}: the audio's is {ours[name]!r}")


def _description(metadata: Mapping[str, str]) -> dict[str, Any]:
    if metadata.get("format") != MODEL_FORMAT:
        raise SaysoError("model_not_sayso", f"format {metadata.get('format')!r}: expected {MODEL_FORMAT!r}")
    if metadata.get("version") != str(MODEL_VERSION):
        raise SaysoError("model_version", f"version {metadata.get('version')!r}: this Sayso reads {MODEL_VERSION}")
    try:
        description = parse_json(metadata.get("sayso", ""))
    except ValueError as error:
        raise SaysoError("model_not_sayso", f"its description is not JSON: {error}") from error
    if not isinstance(description, dict):
        raise SaysoError("model_not_sayso", "its description is not an object")
    return description


def _provenance(values: dict[str, Any]) -> Provenance:
    training, iteration, elapsed_s = values["training"], int(values["iteration"]), float(values["elapsed_s"])
    require(iteration >= 0, "iteration", iteration, ">= 0")
    require(0 <= elapsed_s < math.inf, "elapsed_s", elapsed_s, ">= 0")
    return Provenance(
        created=str(values["created"]),
        iteration=iteration,
        elapsed_s=elapsed_s,
        accuracy=None if values["accuracy"] is None else float(values["accuracy"]),
        data_hash=str(values["data_hash"]),
        training=None if training is None else TrainConfig.from_dict(training),
        curve=[(int(iteration), float(loss), float(accuracy)) for iteration, loss, accuracy in values["curve"]],
        note=str(values["note"]),
    )
