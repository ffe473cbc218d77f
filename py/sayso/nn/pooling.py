"""Pooling: the largest values of neighbourhoods."""

from __future__ import annotations

import numpy as np

from sayso.arrays import Floats, Rng, Shape
from sayso.nn import loops
from sayso.nn.layers import Gradients, Layer


class MaxPool2x2(Layer):
    """The largest of each 2 x 2 neighbourhood, stride 1, no padding: (B, H, W, C) to (B, H - 1, W - 1, C).

    Its inputs must be >= 0: it stands behind a ReLU.
    """

    def output_shape(self, shape: Shape) -> Shape:
        return shape[0] - 1, shape[1] - 1, shape[2]

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        self._x = x
        y = np.empty((len(x), *self.output_shape(x.shape[1:])), x.dtype)
        loops.max_pool(x, np.zeros(y.shape[2:], x.dtype), y)
        return y

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        return loops.max_pool_backward(self._x, dy), {}


class MaxPool(Layer):
    """The largest of each neighbourhood of size[0] rows and size[1] bands, which lie side by side; the rest is dropped.

    (B, H, W, C) to (B, H // size[0], W // size[1], C).
    """

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self.size = size

    def output_shape(self, shape: Shape) -> Shape:
        return shape[0] // self.size[0], shape[1] // self.size[1], shape[2]

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        self._x = x
        places = self._places(x)
        self._y = places[0]
        for place in places[1:]:
            self._y = np.maximum(self._y, place)
        return self._y

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        """Each output's gradient goes to the first place that holds the maximum."""
        dx = np.zeros_like(self._x)
        waiting = np.ones(dy.shape, bool)
        for place, dplace in zip(self._places(self._x), self._places(dx), strict=True):
            chosen = waiting & (place == self._y)
            np.multiply(dy, chosen, out=dplace)
            waiting &= ~chosen
        return dx, {}

    def _places(self, x: Floats) -> list[Floats]:
        """Views of the first, the second, ... place in every neighbourhood, row by row, each of the output's shape."""
        rows, bands = self.size
        height, width = x.shape[1] // rows * rows, x.shape[2] // bands * bands
        return [x[:, i:height:rows, j:width:bands] for i in range(rows) for j in range(bands)]
