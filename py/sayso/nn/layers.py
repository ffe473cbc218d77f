"""Layers with their gradients: batch first, channels last, float32 (float64 when gradients are checked).

A layer keeps what its backward pass needs from its last forward pass. `backward` gives the gradients of its input and
of its parameters, `gradients` the latter alone, which is all that the first trained layer of a network is asked for.
"""

from __future__ import annotations

import math

import numpy as np

from sayso.arrays import F32, Floats, Rng, Shape
from sayso.nn import loops

Gradients = dict[str, Floats]  # the loss's gradient at each parameter, by the parameter's name


class Layer:
    """What every layer can be asked.

    Attributes
    ----------
    parameters : arrays by name, which training changes in place
    state : arrays by name, which are saved with the parameters but come from statistics

    Notes
    -----
    To add a layer:

    1. Implement `forward` and `backward`; `output_shape`, unless the shape stays what it is; `multiply_adds`, if there
       is a matrix product; and `gradients`, if it can leave out work that only the gradient at the input needs.
       `forward` keeps what `backward` needs on the layer itself. Results have the input's type: Python's numbers leave
       float32 as it is, NumPy's float64 numbers do not.
    2. Put parameters and state into the two dictionaries when the layer is made, as float32 arrays, and from then on
       write into these arrays: stacks hold the same ones, and so do training and the reading of model files. A
       parameter decays if its name is `weight` or ends in `.weight`. Where there is no generator, weights start at 0.
    3. Test it with `check_layer` (tests/unit/layer_checks.py), which holds its gradients against central differences in
       float64 and checks shapes and types; and compare `forward` with its definition, written out in the test.
    4. Give it a case in `Plan` (models/plan.py), or listening is slow: a network with a layer that has none, or that
       stands where no case expects it, is recognised by its forward pass. That gives the same posteriors, but takes
       `compact` three times as long on a desk. A case lays out the memory of its result once and adds the NumPy calls
       that fill it for one window, with copies of the weights. tests/unit/test_plan.py compares the plan of every
       network with its forward pass, and lists those that have one; a model's card tells, too.

    Examples
    --------
    >>> import numpy as np
    >>> from sayso.nn.layers import Layer
    >>> class Square(Layer):
    ...     def forward(self, x, rng=None):
    ...         self._x = x
    ...         return x * x
    ...
    ...     def backward(self, dy):
    ...         return 2 * self._x * dy, {}
    >>> square = Square()
    >>> square.forward(np.array([[3.0, 5.0]]))
    array([[ 9., 25.]])
    >>> square.backward(np.array([[1.0, 1.0]]))  # the gradient at x, and those at the parameters: there are none
    (array([[ 6., 10.]]), {})
    """

    def __init__(self) -> None:
        self.parameters: dict[str, Floats] = {}
        self.state: dict[str, Floats] = {}

    def output_shape(self, shape: Shape) -> Shape:
        """The shape of one example after this layer, given the one before it."""
        return shape

    def multiply_adds(self, shape: Shape) -> int:
        """The multiply-adds for one example of that input shape; only those of matrix products count."""
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
    """(x - mean) / std for each band of (B, T, M); mean and std, (M,), are fitted to the training set."""

    def __init__(self, n_mels: int) -> None:
        super().__init__()
        self.state = {"mean": np.zeros(n_mels, np.float32), "std": np.ones(n_mels, np.float32)}

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        mean, std = self.state["mean"], self.state["std"]
        return loops.normalise(x, mean, 1 / std, np.zeros_like(std))

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        return dy / self.state["std"], {}


class ToImage(Layer):
    """Frames to images with one channel, (B, T, M) to (B, T, M, 1)."""

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape, 1)

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        return x[..., None]

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        return dy[..., 0], {}


class Flatten(Layer):
    """All values of an example in a row, (B, ...) to (B, N)."""

    def output_shape(self, shape: Shape) -> Shape:
        return (math.prod(shape),)

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        self._shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        return dy.reshape(self._shape), {}


class ReLU(Layer):
    """The rectifier, max(x, 0)."""

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        self._y = loops.rectify(np.ascontiguousarray(x))
        return self._y

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        return loops.rectify_backward(self._y, np.ascontiguousarray(dy)), {}


class FlooredLeakyReLU(Layer):
    """The leaky rectifier with a floor, max(x, slope x, floor), for 0 < slope < 1 and floor < 0."""

    def __init__(self, slope: float, floor: float) -> None:
        super().__init__()
        self.slope, self.floor = slope, floor

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        self._x = x
        y = x * self.slope
        np.maximum(y, self.floor, out=y)
        np.maximum(x, y, out=y)
        return y

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        slopes = np.where(self._x > 0, 1.0, np.where(self.slope * self._x > self.floor, self.slope, 0.0))
        return dy * slopes.astype(dy.dtype), {}


class MeanOverTime(Layer):
    """The mean of all frames, (B, T, C) to (B, C)."""

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
    """An affine map, x W + b: (B, N) to (B, O).

    `weight` is (N, O), `bias` (O,).
    """

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


class UnitLength(Layer):
    """Each example divided by its length, (B, N) to (B, N): products with it are then cosines, but for a factor."""

    EPS = 1e-12  # the shortest length that is told from 0

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        length = np.sqrt(np.sum(x * x, axis=1, keepdims=True))
        self._length = np.maximum(length, x.dtype.type(self.EPS))
        self._y = np.asarray(x / self._length)
        return self._y

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        along = np.sum(dy * self._y, axis=1, keepdims=True)
        return np.asarray((dy - along * self._y) / self._length), {}


class BatchNorm(Layer):
    """Normalises each channel of (B, ..., C) over the batch (at inference by running statistics), scales and shifts it.

    `scale`, `shift`, and in the state `mean` and `variance`, are (C,).

    Source
    ------
    Ioffe & Szegedy 2015, algorithms 1 and 2; running variance unbiased and momentum .1 as in torch.nn.BatchNorm1d.
    """

    EPS = 1e-5  # added to the variance, so that no channel is divided by 0
    MOMENTUM = 0.1  # running statistics move by this share towards the newest batch's

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
        """With n = (x - mean) / std: dx = (dy - mean(dy) - n mean(dy n)) scale / std, the means over the batch.

        At inference, where mean and std do not depend on x, dx = dy scale / std.
        """
        sums, dots = loops.channel_sums(dy, self._x, self._mean)
        gradients = {"scale": dots * self._inverse_std, "shift": sums}
        to_input = self.parameters["scale"] * self._inverse_std
        share = to_input / (dy.size // dy.shape[-1]) if self._training else np.zeros_like(to_input)
        from_x, summand = -share * gradients["scale"] * self._inverse_std, -share * sums
        dx = loops.channel_combination(dy, self._x, self._mean, of_dy=to_input, of_x=from_x, summand=summand)
        return dx, gradients


def he_normal(rng: Rng | None, shape: Shape, fan_in: int) -> F32:
    """Initial weights, normal with a variance of 2 / fan_in; zeros where there is no generator.

    Source
    ------
    He et al. 2015, "Delving deep into rectifiers", eq. 10.
    """
    if rng is None:
        return np.zeros(shape, np.float32)
    return rng.standard_normal(shape, dtype=np.float32) * np.float32(math.sqrt(2 / fan_in))
