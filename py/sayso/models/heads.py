"""The networks that stand on a base: from the vectors of a window, (n_vectors, D), to an embedding of the window.

Model files name them, as they do the networks of `networks.py` that are trained from nothing. `training.heads` fits
the first two to a few examples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sayso.arrays import Rng, Shape
from sayso.nn.layers import Dense, Layer, UnitLength
from sayso.nn.pooling import StatisticsPooling
from sayso.nn.stack import Stack

Layers = dict[str, Layer]


@dataclass(frozen=True)
class Head:
    """A named way to build what sees a base's vectors; `build_body` is that of `networks.Architecture`."""

    name: str
    title: str
    build_body: Callable[[Shape, Rng | None], Stack]


def _logistic(shape: Shape, rng: Rng | None) -> Stack:
    """What the vectors were like on the whole; it does not matter where in the window the word is."""
    return Stack({"pool": StatisticsPooling()})


def _prototypes(shape: Shape, rng: Rng | None) -> Stack:
    """The direction of what `_logistic` gives, in a space that its dense layer makes."""
    pool = StatisticsPooling()
    (width,) = pool.output_shape(shape)
    return Stack({"pool": pool, "whiten": Dense(width, width, rng), "unit": UnitLength()})


HEADS = {
    head.name: head
    for head in (
        Head("logistic", "Logistic regression", _logistic),
        Head("prototypes", "Prototypes", _prototypes),
    )
}
