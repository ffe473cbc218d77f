"""Pooling: the largest values of neighbourhoods, and what summarises a signal of any length."""

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


class StatisticsPooling(Layer):
    """The mean, the maximum and the standard deviation over time, one behind another: (B, T, C) to (B, 3 C).

    Source
    ------
    Snyder, Garcia-Romero, Povey & Khudanpur 2017, "Deep neural network embeddings for text-independent speaker
    verification", section 3.1, which pools mean and deviation. The maximum tells of a sound that is there for a moment.
    """

    EPS = 1e-6  # added to the variance: a signal that never changes has a gradient too

    def output_shape(self, shape: Shape) -> Shape:
        return (3 * shape[1],)

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        mean, self._peaks = x.mean(axis=1), x.argmax(axis=1)[:, None]
        self._centred = x - mean[:, None]
        self._deviation = np.sqrt(np.mean(self._centred**2, axis=1) + x.dtype.type(self.EPS))
        maximum = np.take_along_axis(x, self._peaks, axis=1)[:, 0]
        return np.concatenate([mean, maximum, self._deviation], axis=1)

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        """The gradient of a maximum goes to the first frame that has it."""
        dmean, dmaximum, ddeviation = np.split(dy[:, None], 3, axis=2)
        n_frames = self._centred.shape[1]
        dx = (dmean + self._centred * (ddeviation / self._deviation[:, None])) / n_frames
        np.put_along_axis(dx, self._peaks, np.take_along_axis(dx, self._peaks, axis=1) + dmaximum, axis=1)
        return dx, {}
