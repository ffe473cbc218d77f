"""The 2017 demo's weights file as a model: `classic` on `classic-2017` features."""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np

from sayso.arrays import F32
from sayso.errors import SaysoError
from sayso.features.presets import CLASSIC_2017
from sayso.json_text import parse_json
from sayso.labels import OTHER, SILENCE
from sayso.models.model import Model, Provenance, new_model
from sayso.models.model_file import fill
from sayso.models.safetensors import MAX_FILE_BYTES

LABELS = ("yes", "no", OTHER, SILENCE)
NODES = {
    "conv1.weight": "save-conv2d-0-w",
    "conv1.bias": "save-conv2d-0-b",
    "conv2.weight": "save-conv2d-1-w",
    "conv2.bias": "save-conv2d-1-b",
    "dense.weight": "save-fc1-weights",
    "dense.bias": "save-fc1-bias",
}


def read_2017(content: bytes) -> Model:
    """A model of the JSON that the 2017 demo saved: nodes of a shape and base64 little-endian float32.

    Raises
    ------
    SaysoError : `file_too_large`; `weights_2017`, saying what is garbled; `model_shape`, `model_not_finite`

    Source
    ------
    https://github.com/google/web-audio-recognition, the file of the yes/no demo.
    """
    if len(content) > MAX_FILE_BYTES:
        raise SaysoError("file_too_large", f"{len(content)} bytes: expected at most {MAX_FILE_BYTES}")
    try:
        nodes = parse_json(content)
        tensors = {name: _tensor(nodes[node]) for name, node in NODES.items()}
    except (ValueError, KeyError, TypeError) as error:
        raise SaysoError("weights_2017", f"not the weights of the 2017 demo: {error!r}"[:300]) from error
    model = new_model("2017 demo", features=CLASSIC_2017, labels=LABELS, network="classic", seed=None)
    fill(model.network.parameters, tensors)  # mean 0 and deviation 1 stay, since the demo did not standardise
    model.provenance = Provenance(note="google/web-audio-recognition, Apache-2.0")
    return model


def _tensor(node: Any) -> F32:
    values = np.frombuffer(base64.b64decode(node["data"]), "<f4")
    shape = tuple(node["shape"])
    if math.prod(shape) != values.size:
        raise ValueError(f"shape {shape} of {values.size} values")
    return values.reshape(shape)
