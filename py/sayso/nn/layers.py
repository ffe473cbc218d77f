"""Layers with their gradients: batch first, channels last, float32 (float64 when gradients are checked).

A layer keeps what its backward pass needs from its last forward pass. `backward` gives the gradients of its input and
of its parameters, `gradients` the latter alone, which is all that the first trained layer of a network is asked for.
"""

from __future__ import annotations

import math

import numpy as np

from sayso.arrays import F32, Floats, Rng, Shape
from sayso.nn import loops

Gradients = dict[str, Floats]  # by the parameter's name


class Layer:
    """What every layer can be asked.

    `parameters` are trained; `state` is saved with them but comes from statistics. Both are updated in place.
    """

    def __init__(self) -> None:
        self.parameters: dict[str, Floats] = {}
        self.state: dict[str, Floats] = {}

    def output_shape(self, shape: Shape) -> Shape:
        """The shape of one example after this layer."""
        return shape

    def multiply_adds(self, shape: Shape) -> int:
        """For one example of that input shape; matrix products only."""
        return 0

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        """(B, *shape) to (B, *output_shape); `rng` gives a training pass its random numbers, None means inference."""
        raise NotImplementedError

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        """The loss's gradient at the input and at each parameter, given the one at the output."""
        raise NotImplementedError

    def gradients(self, dy: Floats) -> Gradients:
        """The loss's gradient at each parameter alone."""
        return self.backward(dy)[1]


class Standardise(Layer):
    """(x - mean) / std per band, fitted to the training set."""

    def __init__(self, n_mels: int) -> None:
        super().__init__()
        self.state = {"mean": np.zeros(n_mels, np.float32), "std": np.ones(n_mels, np.float32)}

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        mean, std = self.state["mean"], self.state["std"]
        return loops.normalise(x, mean, 1 / std, np.zeros_like(std))

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        return dy / self.state["std"], {}


class ToImage(Layer):
    """(B, T, M) to (B, T, M, 1)."""

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape, 1)

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        return x[..., None]

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        return dy[..., 0], {}


class Flatten(Layer):
    """(B, ...) to (B, N)."""

    def output_shape(self, shape: Shape) -> Shape:
        return (math.prod(shape),)

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        self._shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        return dy.reshape(self._shape), {}


class ReLU(Layer):
    """max(x, 0)."""

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        self._y = loops.rectify(np.ascontiguousarray(x))
        return self._y

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        return loops.rectify_backward(self._y, np.ascontiguousarray(dy)), {}


class MeanOverTime(Layer):
    """(B, T, C) to (B, C)."""

    def output_shape(self, shape: Shape) -> Shape:
        return shape[1:]

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        self._shape = x.shape
        return np.full(x.shape[1], 1 / x.shape[1], x.dtype) @ x

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        return np.broadcast_to(dy[:, None] / self._shape[1], self._shape), {}


class Dropout(Layer):
    """Zeroes a share of the values in training and scales up the others; passes everything at inference.

    Source
    ------
    Srivastava et al. 2014, "Dropout", in its inverted form.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        self._scale = None if rng is None else (rng.random(x.shape) >= self.share).astype(x.dtype) / (1 - self.share)
        return x if self._scale is None else x * self._scale

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        return (dy if self._scale is None else dy * self._scale), {}


class Dense(Layer):
    """x W + b."""

    def __init__(self, n_in: int, n_out: int, rng: Rng | None) -> None:
        super().__init__()
        self.parameters = {"weight": he_normal(rng, (n_in, n_out), n_in), "bias": np.zeros(n_out, np.float32)}

    def output_shape(self, shape: Shape) -> Shape:
        return (self.parameters["bias"].size,)

    def multiply_adds(self, shape: Shape) -> int:
        return self.parameters["weight"].size

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        self._x = x
        return x @ self.parameters["weight"] + self.parameters["bias"]

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        return dy @ self.parameters["weight"].T, self.gradients(dy)

    def gradients(self, dy: Floats) -> Gradients:
        return {"weight": self._x.T @ dy, "bias": dy.sum(axis=0)}


class BatchNorm(Layer):
    """Normalises each channel over the batch (at inference by running statistics), then scales and shifts it.

    Source
    ------
    Ioffe & Szegedy 2015, algorithms 1 and 2; running variance unbiased and momentum .1 as in torch.nn.BatchNorm1d.
    """

    EPS = 1e-5
    MOMENTUM = 0.1

    def __init__(self, n_channels: int) -> None:
        super().__init__()
        self.parameters = {"scale": np.ones(n_channels, np.float32), "shift": np.zeros(n_channels, np.float32)}
        self.state = {"mean": np.zeros(n_channels, np.float32), "variance": np.ones(n_channels, np.float32)}

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        self._x, self._training = x, rng is not None
        if self._training:
            self._mean, variance = loops.channel_moments(x)
            n_values = x.size // x.shape[-1]
            self._remember("mean", self._mean)
            self._remember("variance", variance * (n_values / max(1, n_values - 1)))
        else:
            self._mean, variance = self.state["mean"], self.state["variance"]
        self._inverse_std = 1 / np.sqrt(variance + x.dtype.type(self.EPS))
        return loops.normalise(x, self._mean, self.parameters["scale"] * self._inverse_std, self.parameters["shift"])

    def _remember(self, name: str, value: Floats) -> None:
        self.state[name] += self.MOMENTUM * (value - self.state[name])

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        """With n = normal(x): dx = (dy - mean(dy) - n mean(dy n)) scale / std over the batch; n is centred(x) / std."""
        sums, dots = loops.channel_sums(dy, self._x, self._mean)
        gradients = {"scale": dots * self._inverse_std, "shift": sums}
        to_input = self.parameters["scale"] * self._inverse_std
        share = to_input / (dy.size // dy.shape[-1]) if self._training else np.zeros_like(to_input)
        from_x, summand = -share * gradients["scale"] * self._inverse_std, -share * sums
        dx = loops.channel_combination(dy, self._x, self._mean, of_dy=to_input, of_x=from_x, summand=summand)
        return dx, gradients


def he_normal(rng: Rng | None, shape: Shape, fan_in: int) -> F32:
    """He et al. 2015, "Delving deep into rectifiers", eq. 10; zeros where there is no generator."""
    if rng is None:
        return np.zeros(shape, np.float32)
    return rng.standard_normal(shape, dtype=np.float32) * np.float32(math.sqrt(2 / fan_in))
