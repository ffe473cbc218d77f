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


class MaxPoolBands(Layer):
    """The largest of every `size` neighbouring bands, (B, H, W, C) to (B, H, W // size, C); the rest is dropped."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def output_shape(self, shape: Shape) -> Shape:
        return shape[0], shape[1] // self.size, shape[2]

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        self._x = x
        bands = self._bands(x)
        self._y = bands[0]
        for band in bands[1:]:
            self._y = np.maximum(self._y, band)
        return self._y

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        """Each output's gradient goes to the first band that holds the maximum."""
        dx = np.zeros_like(self._x)
        waiting = np.ones(dy.shape, bool)
        for band, dband in zip(self._bands(self._x), self._bands(dx), strict=True):
            chosen = waiting & (band == self._y)
            np.multiply(dy, chosen, out=dband)
            waiting &= ~chosen
        return dx, {}

    def _bands(self, x: Floats) -> list[Floats]:
        """Views of the first, the second, ... band of each neighbourhood, (B, H, W // size, C) each."""
        whole = x.shape[2] // self.size * self.size
        return [x[:, :, i : whole : self.size] for i in range(self.size)]
