"""The named networks: stacks of layers from (T, M) frames to logits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sayso.arrays import Floats, Rng, Shape
from sayso.config import require
from sayso.errors import SaysoError
from sayso.models.sainath import one_fstride4, trad_fpool3
from sayso.nn.convolution import Conv1d, Conv2d
from sayso.nn.layers import (
    BatchNorm,
    Dense,
    Dropout,
    Flatten,
    Gradients,
    Layer,
    MeanOverTime,
    ReLU,
    Standardise,
    ToImage,
)
from sayso.nn.pooling import MaxPool2x2
from sayso.nn.recurrent import Gru
from sayso.nn.stack import Residual, Stack

Layers = dict[str, Layer]
WEIGHTS = 0  # what the seed's random numbers are for; `trainer.py` and `dataset.py` have theirs


class Network:
    """A stack of layers from frames to logits, by the name of its architecture."""

    def __init__(self, name: str, stack: Stack, *, input_shape: Shape) -> None:
        self.name, self.stack, self.input_shape = name, stack, input_shape

    @property
    def layers(self) -> dict[str, Layer]:
        return self.stack.layers

    @property
    def parameters(self) -> dict[str, Floats]:
        """By name: `layer.parameter`, or `block.layer.parameter`."""
        return self.stack.parameters

    @property
    def tensors(self) -> dict[str, Floats]:
        """Parameters and state: everything a model file holds. Write into the arrays to load."""
        return self.stack.parameters | self.stack.state

    @property
    def n_parameters(self) -> int:
        return sum(parameter.size for parameter in self.parameters.values())

    @property
    def n_multiply_adds(self) -> int:
        """For one window."""
        return self.stack.multiply_adds(self.input_shape)

    def forward(self, frames: Floats, rng: Rng | None = None) -> Floats:
        """(B, T, M) to logits, (B, L); `rng` makes it a training pass."""
        return self.stack.forward(frames, rng)

    def backward(self, dlogits: Floats) -> Gradients:
        """The loss's gradient at each parameter, after a forward pass."""
        return self.stack.gradients(dlogits)


def _classic(shape: Shape, n_labels: int, rng: Rng | None) -> Layers:
    """The 2017 demo's network; 35,684 parameters and 1.9 M multiply-adds on a (30, 20) image and 4 labels."""
    n_frames, n_mels = shape
    require(n_frames > 2 and n_mels > 2, "image_shape", shape, "more than 2 frames and 2 bands for classic")
    return {
        "standardise": Standardise(n_mels),
        "image": ToImage(),
        "conv1": Conv2d(1, 8, size=5, rng=rng),
        "relu1": ReLU(),
        "pool1": MaxPool2x2(),
        "conv2": Conv2d(8, 16, size=5, rng=rng),
        "relu2": ReLU(),
        "pool2": MaxPool2x2(),
        "flatten": Flatten(),
        "dense": Dense(math.prod((n_frames - 2, n_mels - 2, 16)), n_labels, rng),
    }


def _compact(shape: Shape, n_labels: int, rng: Rng | None) -> Layers:
    """Convolutions over time; 37,060 parameters and .6 M multiply-adds on (49, 40) frames and 4 labels."""
    layers: Layers = {"standardise": Standardise(shape[1])}
    n_in = shape[1]
    for i, (n_out, stride) in enumerate(((48, 2), (48, 2), (64, 1)), start=1):
        layers[f"conv{i}"] = Conv1d(n_in, n_out, size=5, stride=stride, rng=rng)
        layers[f"norm{i}"] = BatchNorm(n_out)
        layers[f"relu{i}"] = ReLU()
        n_in = n_out
    return layers | {"mean": MeanOverTime(), "dropout": Dropout(0.1), "dense": Dense(n_in, n_labels, rng)}


def _residual(shape: Shape, n_labels: int, rng: Rng | None) -> Layers:
    """Residual blocks of convolutions over time, as in TC-ResNet (Choi et al. 2019) but wider and with shorter kernels.

    202,308 parameters and 5.9 M multiply-adds on (98, 40) frames and 4 labels.
    """
    n_mels, n_in = shape[1], 64
    layers: Layers = {"standardise": Standardise(n_mels), **_conv_norm("1", n_mels, n_in, size=5, stride=2, rng=rng)}
    layers["relu1"] = ReLU()
    for i, (n_out, stride) in enumerate(((64, 1), (96, 2), (96, 1), (96, 1)), start=1):
        layers[f"block{i}"] = _residual_block(n_in, n_out, stride=stride, rng=rng)
        n_in = n_out
    return layers | {"mean": MeanOverTime(), "dropout": Dropout(0.1), "dense": Dense(n_in, n_labels, rng)}


def _residual_block(n_in: int, n_out: int, *, stride: int, rng: Rng | None) -> Residual:
    branch = _conv_norm("1", n_in, n_out, size=3, stride=stride, rng=rng)
    branch["relu1"] = ReLU()
    branch |= _conv_norm("2", n_out, n_out, size=3, stride=1, rng=rng)
    same_shape = (n_in, stride) == (n_out, 1)
    skip = None if same_shape else Stack(_conv_norm("", n_in, n_out, size=1, stride=stride, rng=rng))
    return Residual(Stack(branch), skip)


def _conv_norm(suffix: str, n_in: int, n_out: int, *, size: int, stride: int, rng: Rng | None) -> Layers:
    conv = Conv1d(n_in, n_out, size=size, stride=stride, rng=rng)
    return {f"conv{suffix}": conv, f"norm{suffix}": BatchNorm(n_out)}


def _recurrent(shape: Shape, n_labels: int, rng: Rng | None) -> Layers:
    """Gated recurrent units; 20,612 parameters and 1 M multiply-adds on (49, 40) frames and 4 labels."""
    n_units = 64
    return {
        "standardise": Standardise(shape[1]),
        "gru": Gru(shape[1], n_units, rng),
        "mean": MeanOverTime(),
        "dropout": Dropout(0.1),
        "dense": Dense(n_units, n_labels, rng),
    }


@dataclass(frozen=True)
class Architecture:
    """A named way to build a network, and what suits it."""

    name: str
    title: str
    description: str
    build: Callable[[Shape, int, Rng | None], Layers]
    preset: str
    learning_rate: float
    n_iterations: int


ARCHITECTURES = {
    architecture.name: architecture
    for architecture in (
        Architecture("compact", "Compact", "convolutions over time: quick and robust", _compact, "compact", 1e-3, 1000),
        Architecture(
            "residual", "Residual", "residual blocks over every frame: the best", _residual, "fine", 3e-3, 1000
        ),
        Architecture("recurrent", "Recurrent", "a GRU over the frames: small", _recurrent, "compact", 6e-3, 1000),
        Architecture("classic", "Classic", "the 2017 demo's image network", _classic, "classic", 1e-3, 500),
        Architecture(
            "cnn-one-fstride4", "Sainath & Parada, one convolution", "their network of 2015 for few multiplications",
            one_fstride4, "sainath", 1e-3, 1500,
        ),
        Architecture(
            "cnn-trad-fpool3", "Sainath & Parada, two convolutions", "their network of 2015 for few parameters",
            trad_fpool3, "sainath", 1e-3, 500,
        ),
    )
}  # fmt: skip


def build_network(name: str, *, input_shape: Shape, n_labels: int, seed: int | None) -> Network:
    """A new network.

    Parameters
    ----------
    name : str, one of ARCHITECTURES
    input_shape : (T, M)
    n_labels : int
    seed : int, of the initial weights; None leaves them at 0, to be read from a file

    Raises
    ------
    SaysoError : `unknown_network`
    """
    if name not in ARCHITECTURES:
        raise SaysoError("unknown_network", f"network {name!r:.60}: expected one of {', '.join(ARCHITECTURES)}")
    rng = None if seed is None else np.random.default_rng([seed, WEIGHTS])
    layers = ARCHITECTURES[name].build(input_shape, n_labels, rng)
    return Network(name, Stack(layers), input_shape=input_shape)
