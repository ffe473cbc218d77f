"""`python onnx_files.py FOLDER NETWORK...`: FOLDER's plans and weights as ONNX files; runs where `onnx` is installed.

They are what a converter writes: batch norms stay, since onnxruntime folds them itself.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save
from sayso.arrays import Floats
from sayso.models.safetensors import read_tensors

Step = dict[str, Any]

OPSET, EPS = 17, 1e-5


class Graph:
    """A graph in the making; channels come before time here, and before height and width."""

    def __init__(self, tensors: dict[str, Floats], image_shape: tuple[int, int]) -> None:
        self._tensors, self._shape = tensors, image_shape
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(self, plan: list[Step], x: str) -> str:
        """Append a plan behind the value `x`; returns the name of its result."""
        for step in plan:
            x = getattr(self, f"_{step['kind'].lower()}")(step, x)
        return x

    def node(self, kind: str, *inputs: str, **attributes: object) -> str:
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def _constant(self, name: str, values: np.ndarray[Any, Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _own(self, step: Step, *parts: str) -> list[str]:
        names = [f"{step['name']}.{part}" for part in parts]
        return [self._constant(name, self._tensors[name]) for name in names]

    def _standardise(self, step: Step, x: str) -> str:
        mean, std = self._own(step, "mean", "std")
        return self.node("Div", self.node("Sub", x, mean), std)

    def _toimage(self, step: Step, x: str) -> str:
        return self.node("Unsqueeze", x, self._constant("channel_axis", np.array([1])))

    def _conv2d(self, step: Step, x: str) -> str:
        weight = self._tensors[f"{step['name']}.weight"]  # (h, w, C, O)
        kernel = self._constant(f"{step['name']}.kernel", weight.transpose(3, 2, 0, 1))
        return self.node("Conv", x, kernel, *self._own(step, "bias"), pads=[len(weight) // 2] * 4)

    def _conv1d(self, step: Step, x: str) -> str:
        if not any(node.op_type == "Conv" for node in self.nodes):
            x = self.node("Transpose", x, perm=[0, 2, 1])  # (B, T, M) to (B, M, T)
        weight = self._tensors[f"{step['name']}.weight"]  # (size, C, O)
        kernel = self._constant(f"{step['name']}.kernel", weight.transpose(2, 1, 0))
        return self.node("Conv", x, kernel, strides=[step["stride"]], pads=[step["pad"]] * 2)

    def _batchnorm(self, step: Step, x: str) -> str:
        return self.node("BatchNormalization", x, *self._own(step, "scale", "shift", "mean", "variance"), epsilon=EPS)

    def _relu(self, step: Step, x: str) -> str:
        return self.node("Relu", x)

    def _maxpool2x2(self, step: Step, x: str) -> str:
        self._shape = self._shape[0] - 1, self._shape[1] - 1
        return self.node("MaxPool", x, kernel_shape=[2, 2])

    def _residual(self, step: Step, x: str) -> str:
        return self.node("Relu", self.node("Add", self.add(step["branch"], x), self.add(step["skip"], x)))

    def _meanovertime(self, step: Step, x: str) -> str:
        return self.node("ReduceMean", x, axes=[2], keepdims=0)

    def _dropout(self, step: Step, x: str) -> str:
        return x

    def _flatten(self, step: Step, x: str) -> str:
        return self.node("Flatten", x)

    def _dense(self, step: Step, x: str) -> str:
        weight = self._tensors[f"{step['name']}.weight"]
        if any(node.op_type == "Flatten" for node in self.nodes):  # rows are (H, W, C), the image (C, H, W)
            weight = weight.reshape(*self._shape, -1, weight.shape[1]).transpose(2, 0, 1, 3).reshape(weight.shape)
        kernel = self._constant(f"{step['name']}.kernel", weight)
        return self.node("Gemm", x, kernel, *self._own(step, "bias"))


def write_onnx(folder: Path, network: str) -> None:
    """`network`.onnx: (B, T, M) frames to (B, L) posteriors."""
    tensors, _ = read_tensors((folder / f"{network}.model.safetensors").read_bytes())
    batch, _ = read_tensors((folder / f"{network}.batch.safetensors").read_bytes())
    plan = json.loads((folder / f"{network}.plan.json").read_text())
    n_frames, n_mels = batch["frames"].shape[1:]
    graph = Graph(tensors, (n_frames, n_mels))
    graph.nodes.append(helper.make_node("Softmax", [graph.add(plan["plan"], "frames")], ["posteriors"], axis=1))
    inputs = [helper.make_tensor_value_info("frames", TensorProto.FLOAT, ["B", n_frames, n_mels])]
    outputs = [helper.make_tensor_value_info("posteriors", TensorProto.FLOAT, ["B", plan["nLabels"]])]
    made = helper.make_graph(graph.nodes, network, inputs, outputs, graph.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    checker.check_model(model, full_check=True)
    save(model, folder / f"{network}.onnx")


if __name__ == "__main__":
    for network in sys.argv[2:]:
        write_onnx(Path(sys.argv[1]), network)
