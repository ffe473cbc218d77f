"""The named networks: stacks of layers from (T, M) frames to logits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sayso.arrays import Floats, Rng, Shape
from sayso.config import require
from sayso.convolution import Conv1d, Conv2d
from sayso.errors import SaysoError
from sayso.layers import (
    BatchNorm,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool2x2,
    MeanOverTime,
    ReLU,
    Standardise,
    ToImage,
)

Stack = dict[str, Layer]
WEIGHTS = 0  # what the seed's random numbers are for; `trainer.py` and `dataset.py` have theirs


class Network:
    """Layers in a row, by name; their parameters as `layer.parameter`."""

    def __init__(self, name: str, layers: Stack, *, input_shape: Shape) -> None:
        self.name, self.layers, self.input_shape = name, layers, input_shape
        self._first_trained = next(i for i, layer in enumerate(layers.values()) if layer.parameters)

    @property
    def parameters(self) -> dict[str, Floats]:
        return _named({name: layer.parameters for name, layer in self.layers.items()})

    @property
    def tensors(self) -> dict[str, Floats]:
        """Parameters and state: everything a model file holds. Write into the arrays to load."""
        return self.parameters | _named({name: layer.state for name, layer in self.layers.items()})

    @property
    def n_parameters(self) -> int:
        return sum(parameter.size for parameter in self.parameters.values())

    @property
    def n_multiply_adds(self) -> int:
        """For one window."""
        total, shape = 0, self.input_shape
        for layer in self.layers.values():
            total += layer.multiply_adds(shape)
            shape = layer.output_shape(shape)
        return total

    def forward(self, frames: Floats, rng: Rng | None = None) -> Floats:
        """(B, T, M) to logits, (B, L); `rng` makes it a training pass."""
        x = frames
        for layer in self.layers.values():
            x = layer.forward(x, rng)
        return x

    def backward(self, dlogits: Floats) -> dict[str, Floats]:
        """The loss's gradient at each parameter, after a forward pass."""
        gradients: dict[str, Floats] = {}
        dy = dlogits
        for i, (name, layer) in reversed(list(enumerate(self.layers.items()))):
            gradients |= {f"{name}.{key}": value for key, value in layer.gradients(dy).items()}
            if i <= self._first_trained:
                break
            dy = layer.backward(dy)
        return gradients


def _named(arrays: dict[str, dict[str, Floats]]) -> dict[str, Floats]:
    return {f"{layer}.{name}": array for layer, inside in arrays.items() for name, array in inside.items()}


def _classic(shape: Shape, n_labels: int, rng: Rng) -> Stack:
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


def _compact(shape: Shape, n_labels: int, rng: Rng) -> Stack:
    """Convolutions over time; 37,060 parameters and .6 M multiply-adds on (49, 40) frames and 4 labels."""
    stack: Stack = {"standardise": Standardise(shape[1])}
    n_in = shape[1]
    for i, (n_out, stride) in enumerate(((48, 2), (48, 2), (64, 1)), start=1):
        stack[f"conv{i}"] = Conv1d(n_in, n_out, size=5, stride=stride, rng=rng)
        stack[f"norm{i}"] = BatchNorm(n_out)
        stack[f"relu{i}"] = ReLU()
        n_in = n_out
    return stack | {"mean": MeanOverTime(), "dropout": Dropout(0.1), "dense": Dense(n_in, n_labels, rng)}


@dataclass(frozen=True)
class Architecture:
    """A named way to build a network, and what suits it."""

    name: str
    title: str
    description: str
    build: Callable[[Shape, int, Rng], Stack]
    preset: str
    learning_rate: float
    n_iterations: int


ARCHITECTURES = {
    architecture.name: architecture
    for architecture in (
        Architecture("compact", "Compact", "convolutions over time: quick and robust", _compact, "compact", 1e-3, 500),
        Architecture("classic", "Classic", "the 2017 demo's image network", _classic, "classic", 1e-3, 500),
    )
}


def build_network(name: str, *, input_shape: Shape, n_labels: int, seed: int) -> Network:
    """A new network with random weights.

    Parameters
    ----------
    name : str, one of ARCHITECTURES
    input_shape : (T, M)
    n_labels : int
    seed : int, of the initial weights

    Raises
    ------
    SaysoError : `unknown_network`
    """
    if name not in ARCHITECTURES:
        raise SaysoError("unknown_network", f"network {name!r:.60}: expected one of {', '.join(ARCHITECTURES)}")
    stack = ARCHITECTURES[name].build(input_shape, n_labels, np.random.default_rng([seed, WEIGHTS]))
    return Network(name, stack, input_shape=input_shape)
