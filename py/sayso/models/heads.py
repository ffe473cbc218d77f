"""The networks that stand on a base: from the vectors of a window, (n_vectors, D), to an embedding of the window.

Model files name them, as they do the networks of `networks.py` that are trained from nothing. `training.heads` fits
the first two to a few examples; `temporal` takes thousands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sayso.arrays import Rng, Shape
from sayso.nn.convolution import Conv1d
from sayso.nn.layers import BatchNorm, Dense, Dropout, Layer, ReLU, UnitLength
from sayso.nn.pooling import StatisticsPooling
from sayso.nn.stack import Stack

Layers = dict[str, Layer]


@dataclass(frozen=True)
class Head:
    """A named way to build what sees a base's vectors; `build_body` is that of `networks.Architecture`."""

    name: str
    title: str
    build_body: Callable[[Shape, Rng | None], Stack]
    learning_rate: float  # of a training by `Trainer`
    n_iterations: int


def _logistic(shape: Shape, rng: Rng | None) -> Stack:
    """What the vectors were like on the whole; it does not matter where in the window the word is."""
    return Stack({"pool": StatisticsPooling()})


def _prototypes(shape: Shape, rng: Rng | None) -> Stack:
    """The direction of what `_logistic` gives, in a space that its dense layer makes."""
    pool = StatisticsPooling()
    (width,) = pool.output_shape(shape)
    return Stack({"pool": pool, "whiten": Dense(width, width, rng), "unit": UnitLength()})


def _temporal(shape: Shape, rng: Rng | None) -> Stack:
    """Two convolutions over time, so that the order of what was heard counts; 57 thousand parameters on 96 numbers."""
    layers: Layers = {}
    n_in = shape[1]
    for i, n_out in enumerate((96, 96), start=1):
        layers[f"conv{i}"] = Conv1d(n_in, n_out, size=3, stride=1, rng=rng)
        layers[f"norm{i}"] = BatchNorm(n_out)
        layers[f"relu{i}"] = ReLU()
        n_in = n_out
    return Stack(layers | {"pool": StatisticsPooling(), "dropout": Dropout(0.2)})


HEADS = {
    head.name: head
    for head in (
        Head("logistic", "Logistic regression", _logistic, 2e-3, 1000),
        Head("prototypes", "Prototypes", _prototypes, 2e-3, 1000),
        Head("temporal", "Convolutions over vectors", _temporal, 2e-3, 4000),
    )
}
