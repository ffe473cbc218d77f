"""Convolutions as matrix products: windows of the input, the rows of a matrix, times the kernel.

Neighbouring windows share values: the rows overlap in memory, or else are copied side by side (im2col).
Where the output is about as large as the input, the gradient at the input is a convolution too, of the gradient at the
output with the flipped kernel, so that it is a matrix product and no values are added to scattered places.
"""

from __future__ import annotations

import math

import numpy as np

from sayso.arrays import Floats, Rng, Shape
from sayso.nn.layers import Gradients, Layer, he_normal
from sayso.nn.windows import ImageWindows, overlapping_rows, spread

Pair = tuple[int, int]  # one number along time, one along the bands


def _windows_2d(padded: Floats, size: Pair, stride: Pair = (1, 1)) -> Floats:
    """The windows of (B, H, W, C) as rows, (B H_out W_out, size[0] size[1] C), copied in the longest runs there are."""
    batch, height, width, channels = padded.shape
    out_h, out_w = (height - size[0]) // stride[0] + 1, (width - size[1]) // stride[1] + 1
    step_b, step_h, step_w, _ = padded.strides
    # the item's size decides, not the strides, since NumPy gives an axis of length 1 any stride
    step_c = padded.itemsize
    images, positions = ((batch, step_b), ((out_h, step_h * stride[0]), (out_w, step_w * stride[1])))
    if channels == stride[1] == 1:  # the kernel's values one by one, each in runs of W_out windows
        axes = ((size[0], step_h), (size[1], step_w), images, *positions)
    else:  # the windows one by one, each in runs of size[1] C values
        axes = (images, *positions, (size[0], step_h), (size[1] * channels, step_c))
    shape, strides = zip(*axes, strict=True)
    view = np.lib.stride_tricks.as_strided(padded, shape, strides, writeable=False)
    if channels == stride[1] == 1:
        return view.reshape(math.prod(size), -1).T
    return view.reshape(batch * out_h * out_w, math.prod(size) * channels)


class Conv1d(Layer):
    """Convolution over time, (B, T, C) to (B, T_out, O), T_out = (T + 2 pad - size) // stride + 1.

    `weight` is (size, C, O). There is no bias: a BatchNorm follows.
    """

    def __init__(self, n_in: int, n_out: int, *, size: int, stride: int, rng: Rng | None) -> None:
        super().__init__()
        self.size, self.stride, self.pad = size, stride, size // 2
        self.parameters = {"weight": he_normal(rng, (size, n_in, n_out), size * n_in)}

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0] + 2 * self.pad - self.size) // self.stride + 1, self.parameters["weight"].shape[2]

    def multiply_adds(self, shape: Shape) -> int:
        return self.output_shape(shape)[0] * self.parameters["weight"].size

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        """One product for all examples, which lie one after another with zeros between.

        Windows that begin behind the last one of an example belong to none: they are computed in vain, and left out.
        """
        size, n_in, n_out = self.parameters["weight"].shape
        batch, self._n_frames, _ = x.shape
        self._n_before, self._pitch = self._spacing(self._n_frames)
        flat = spread(x, before=self.pad, pitch=self.stride * self._pitch, after=size)
        self._windows = overlapping_rows(flat, batch * self._pitch, size * n_in, self.stride * n_in)
        y = (self._windows @ self.parameters["weight"].reshape(size * n_in, n_out)).reshape(batch, self._pitch, n_out)
        return np.ascontiguousarray(y[:, : self.output_shape(x.shape[1:])[0]])

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        """dx[s q + r] = sum over i of dy[q - i] W[s i + r]^T: for each phase r < stride s, a stride-1 convolution.

        In this formula frame 0 of dx is the first frame of the padding.
        """
        weight, stride = self.parameters["weight"], self.stride
        (batch, _, n_out), n_in = dy.shape, weight.shape[1]
        dx = np.zeros((batch, self._n_frames, n_in), dy.dtype)
        flat = self._spread(dy)
        for phase, (first, last) in enumerate(self._phases(self._n_frames)):
            taps = weight[phase::stride][::-1].transpose(0, 2, 1).reshape(-1, n_in)  # (n_taps O, C), flipped
            begin = self._n_before * n_out + first * n_out - (len(taps) - n_out)
            convolved = overlapping_rows(flat[begin:], batch * self._pitch, len(taps), n_out) @ taps
            in_input = convolved.reshape(batch, self._pitch, n_in)[:, : last - first]
            dx[:, stride * first + phase - self.pad :: stride] = in_input
        return dx, self._gradients(flat)

    def gradients(self, dy: Floats) -> Gradients:
        return self._gradients(self._spread(dy))

    def _gradients(self, spread_dy: Floats) -> Gradients:
        weight = self.parameters["weight"]
        n_out = weight.shape[2]
        rows = spread_dy[self._n_before * n_out :][: len(self._windows) * n_out].reshape(-1, n_out)
        return {"weight": (self._windows.T @ rows).reshape(weight.shape)}

    def _spread(self, dy: Floats) -> Floats:
        """The gradient at the output as flat rows, with zeros for the windows that belong to no example."""
        return spread(dy, before=self._n_before, pitch=self._pitch, after=len(self.parameters["weight"]))

    def _phases(self, n_frames: int) -> list[tuple[int, int]]:
        """For each phase r, the first q for which s q + r lies in the input, and the first q behind the input.

        Frames that the stride steps over belong to no phase: their gradient is 0.
        """
        phases = range(min(self.stride, len(self.parameters["weight"])))
        return [
            (math.ceil((self.pad - r) / self.stride), math.ceil((self.pad + n_frames - r) / self.stride))
            for r in phases
        ]

    def _spacing(self, n_frames: int) -> tuple[int, int]:
        """How the gradient at the output is spread: rows of zeros ahead, and rows from one example to the next.
        The zeros between two examples serve both: the one that needs them behind it and the one that needs them ahead.
        """
        (n_out, _), phases = self.output_shape((n_frames, 0)), self._phases(n_frames)
        n_before = max(len(range(r, self.size, self.stride)) - 1 - first for r, (first, _) in enumerate(phases))
        n_behind = max(last for _, last in phases) - n_out
        return max(0, n_before), max(math.ceil((n_frames + self.pad) / self.stride), n_out + max(0, n_before, n_behind))


class Conv2d(Layer):
    """Convolution over time and mel bands, (B, H, W, C) to (B, H, W, O): odd size, stride 1, zeros around.

    `weight` is (size, size, C, O), `bias` (O,).
    """

    EXAMPLES_AT_ONCE = 4  # so many examples at once that their windows stay in the processor's cache

    def __init__(self, n_in: int, n_out: int, *, size: int, rng: Rng | None) -> None:
        super().__init__()
        self.size = size
        self.parameters = {
            "weight": he_normal(rng, (size, size, n_in, n_out), size * size * n_in),
            "bias": np.zeros(n_out, np.float32),
        }

    def output_shape(self, shape: Shape) -> Shape:
        return shape[0], shape[1], self.parameters["bias"].size

    def multiply_adds(self, shape: Shape) -> int:
        return shape[0] * shape[1] * self.parameters["weight"].size

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        weight, bias = self.parameters["weight"], self.parameters["bias"]
        self._padded = self._pad(x)
        return self._convolve(self._padded, weight, bias)

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        """The gradient at x is dy convolved with the kernel flipped in both directions, its channels exchanged."""
        flipped = self.parameters["weight"][::-1, ::-1].transpose(0, 1, 3, 2)  # (size, size, O, C)
        return self._convolve(self._pad(dy), flipped, np.zeros(flipped.shape[3], dy.dtype)), self.gradients(dy)

    def gradients(self, dy: Floats) -> Gradients:
        weight = self.parameters["weight"]
        n_out = weight.shape[3]
        dweight = np.zeros((weight.size // n_out, n_out), dy.dtype)
        windows = self._windows(self._padded)
        # the gradient stays 0 where two rows of windows meet, since no window lies there
        rows = np.zeros((self.EXAMPLES_AT_ONCE, windows.height, windows.pitch, n_out), dy.dtype)
        for few in self._parts(dy):
            n = len(dy[few])
            rows[:n, :, : windows.width] = dy[few]
            dweight += windows.of(self._padded[few]).T @ rows[:n].reshape(-1, n_out)
        flat = dy.reshape(-1, n_out)
        by_column = dweight.reshape(weight.shape)
        return {"weight": by_column.transpose(1, 0, 2, 3), "bias": np.ones(len(flat), dy.dtype) @ flat}

    def _convolve(self, padded: Floats, kernel: Floats, bias: Floats) -> Floats:
        """The windows of `padded` times a kernel (size, size, C, O), plus the bias: (B, H, W, O)."""
        n_out = kernel.shape[3]
        kernel = kernel.transpose(1, 0, 2, 3).reshape(-1, n_out)
        windows = self._windows(padded)
        y = np.empty((len(padded), windows.height, windows.width * n_out), padded.dtype)
        products = np.empty((self.EXAMPLES_AT_ONCE, windows.height, windows.pitch * n_out), padded.dtype)
        bias_row = np.resize(bias, windows.width * n_out)
        for few in self._parts(padded):
            n = len(padded[few])
            np.matmul(windows.of(padded[few]), kernel, out=products[:n].reshape(-1, n_out))
            np.add(products[:n, :, : windows.width * n_out], bias_row, out=y[few])
        return y.reshape(*y.shape[:2], windows.width, n_out)

    def _pad(self, x: Floats) -> Floats:
        """The images with zeros above and below, (B, H + size - 1, W, C), in a fresh contiguous array."""
        (batch, height, *rest), half = x.shape, self.size // 2
        padded = np.zeros((batch, half + height + half, *rest), x.dtype)
        padded[:, half : half + height] = x
        return padded

    def _windows(self, padded: Floats) -> ImageWindows:
        """Memory for the windows of a few padded examples at a time."""
        _, height, *width_and_channels = padded.shape
        shape = (height - self.size + 1, *width_and_channels)
        return ImageWindows(self.EXAMPLES_AT_ONCE, shape, self.size, padded.dtype)

    def _parts(self, batch: Floats) -> list[slice]:
        return [slice(start, start + self.EXAMPLES_AT_ONCE) for start in range(0, len(batch), self.EXAMPLES_AT_ONCE)]


class ValidConv2d(Layer):
    """Convolution of whole windows only, (B, H, W, C) to (B, H_out, W_out, O), H_out = (H - size[0]) // stride[0] + 1.

    W_out follows from size[1] and stride[1] alike. `weight` is (size[0], size[1], C, O), `bias` (O,).
    """

    def __init__(self, n_in: int, n_out: int, *, size: Pair, stride: Pair = (1, 1), rng: Rng | None) -> None:
        super().__init__()
        self.size, self.stride = size, stride
        self.parameters = {
            "weight": he_normal(rng, (*size, n_in, n_out), math.prod(size) * n_in),
            "bias": np.zeros(n_out, np.float32),
        }

    def output_shape(self, shape: Shape) -> Shape:
        height, width = ((shape[i] - self.size[i]) // self.stride[i] + 1 for i in (0, 1))
        return height, width, self.parameters["bias"].size

    def multiply_adds(self, shape: Shape) -> int:
        return math.prod(self.output_shape(shape)[:2]) * self.parameters["weight"].size

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        weight = self.parameters["weight"]
        self._shape = x.shape
        self._windows = _windows_2d(np.ascontiguousarray(x), self.size, self.stride)
        y = self._windows @ weight.reshape(-1, weight.shape[3])
        y += self.parameters["bias"]
        return y.reshape(len(x), *self.output_shape(x.shape[1:]))

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        """The gradient at x adds up those at the windows, dy W^T, where the windows were cut out.

        The convolution with the flipped kernel would mostly multiply zeros, with a large kernel on a small image.
        """
        weight = self.parameters["weight"]
        n_in, n_out = weight.shape[2:]
        height, width = dy.shape[1:3]
        dwindows = (dy.reshape(-1, n_out) @ weight.reshape(-1, n_out).T).reshape(*dy.shape[:3], *self.size, n_in)
        dx = np.zeros(self._shape, dy.dtype)
        for i in range(self.size[0]):
            rows = slice(i, i + self.stride[0] * (height - 1) + 1, self.stride[0])
            for j in range(self.size[1]):
                columns = slice(j, j + self.stride[1] * (width - 1) + 1, self.stride[1])
                dx[:, rows, columns] += dwindows[:, :, :, i, j]
        return dx, self.gradients(dy)

    def gradients(self, dy: Floats) -> Gradients:
        weight = self.parameters["weight"]
        flat = dy.reshape(-1, weight.shape[3])
        return {"weight": (self._windows.T @ flat).reshape(weight.shape), "bias": flat.sum(axis=0)}


class PadBands(Layer):
    """One band of zeros below the lowest and one above the highest, (B, H, W, C) to (B, H, 1 + W + 1, C)."""

    def output_shape(self, shape: Shape) -> Shape:
        return shape[0], 1 + shape[1] + 1, shape[2]

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        padded = np.zeros((len(x), *self.output_shape(x.shape[1:])), x.dtype)
        padded[:, :, 1:-1] = x
        return padded

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        return dy[:, :, 1:-1], {}
