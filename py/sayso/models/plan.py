"""A network's answer to one window, in few calls of NumPy on memory that is laid out once.

A call costs microseconds in the tab, as much as the arithmetic of a small layer. So batch normalisation goes into the
weights before it, the bias of a convolution over time is one more row of its weights, the projection around a residual
block is part of the block's last product, and every layer writes where the next one reads, between zeros that stay.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from sayso.arrays import F32, Shape
from sayso.models.networks import Network
from sayso.nn import loops
from sayso.nn.convolution import Conv1d, Conv2d
from sayso.nn.layers import (
    BatchNorm,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MeanOverTime,
    ReLU,
    ToImage,
    UnitLength,
)
from sayso.nn.losses import softmax
from sayso.nn.pooling import MaxPool2x2, StatisticsPooling
from sayso.nn.stack import Residual

Inference = Callable[[F32], F32]
PAD = 2  # frames of zeros on either side of a signal: as far as kernels over time reach beyond its ends


class UnplannedError(Exception):
    """A layer that no plan knows, at least not where it stands; the message names it."""


def inference_of(network: Network) -> Inference:
    """What `network.forward` gives for a single window, quicker; with the weights as they are now.

    A network with a layer that `Plan` does not know falls back to the forward pass of a copy: the same logits, at up to
    three times the cost. `is_planned` tells, and so do the model's card and `python3 build bench`; `Plan(network)`
    names the layer. To have it planned, add a case to `Plan`.

    Returns
    -------
    function of a window, (T, M) float32, to its logits, (L,) float32 in an array of the caller's own
    """
    try:
        return Plan(network)
    except UnplannedError:
        frozen = copy.deepcopy(network)
        return lambda window: frozen.forward(window[None])[0]


def is_planned(network: Network) -> bool:
    """Whether `inference_of` answers by a plan, and so quickly; it takes as long as making the plan."""
    try:
        Plan(network)
    except UnplannedError:
        return False
    return True


def recogniser_of(network: Network) -> Inference:
    """What `inference_of` gives, but posteriors, (L,) float32: so is a window recognised while listening."""
    infer = inference_of(network)
    return lambda window: softmax(infer(window)[None])[0]


@dataclass(frozen=True)
class Signal:
    """What a layer gives, as a view of an array that holds zeros before and after it, or around it."""

    values: F32  # (T, C), (H, W, C), or (C,) without zeros
    padded: F32  # (pad + T + pad, C), or (pad + H + pad, pad + W + pad, C)
    pad: int

    @classmethod
    def over_time(cls, shape: Shape, pad: int = PAD) -> Signal:
        padded = np.zeros((pad + shape[0] + pad, *shape[1:]), np.float32)
        return cls(padded[pad : pad + shape[0]], padded, pad)

    @classmethod
    def image(cls, shape: Shape, pad: int) -> Signal:
        height, width, channels = shape
        padded = np.zeros((pad + height + pad, pad + width + pad, channels), np.float32)
        return cls(padded[pad : pad + height, pad : pad + width], padded, pad)


@dataclass(frozen=True)
class Factor:
    """A part of a product: what a convolution sees of a signal, (T, K), and the weights it meets, (K, O)."""

    windows: F32
    weight: F32


class Plan:
    """The calls of one forward pass, in order, and the memory they work on.

    Raises
    ------
    UnplannedError : a layer that no plan knows, or a base: of that a stream computes only what is new
    """

    def __init__(self, network: Network) -> None:
        if network.base is not None:
            raise UnplannedError("no plan knows an Embedding here")
        self._calls: list[Callable[[], Any]] = []
        match list(network.body.layers.values()):
            case [ToImage(), *rest]:
                x = Signal.image((*network.input_shape, 1), _reach(rest))
                frames = x.values[..., 0]
            case rest:
                x = Signal.over_time(network.input_shape)
                frames = x.values
        standardise = network.standardise.state
        self._frames, self._mean = frames, standardise["mean"].copy()
        self._call(np.multiply, frames, 1 / standardise["std"], out=frames)
        self._logits = self._add([*rest, network.head], x).values

    def __call__(self, window: F32) -> F32:
        assert window.shape == self._frames.shape
        np.subtract(window, self._mean, out=self._frames)
        for call in self._calls:
            call()
        return self._logits.copy()

    def _call(self, function: Callable[..., Any], *inputs: Any, out: Any) -> None:
        self._calls.append(partial(function, *inputs, out=out))

    def _add(self, layers: Sequence[Layer], x: Signal) -> Signal:
        """Plan the layers, one after another, on a signal that earlier calls leave in its place."""
        match layers:
            case []:
                return x
            case [Conv1d() as conv, BatchNorm() as norm, *rest]:
                weight, bias = _folded(conv, norm)
                x = self._product([Factor(_windows(x, conv), weight)], bias)
            case [Residual() as block, *rest]:
                x = self._residual(block, x)
            case [Conv2d() as conv, ReLU(), MaxPool2x2(), *rest]:
                x = self._pooled_convolution(conv, x, pad=_reach(rest))
            case [ReLU(), *rest]:
                self._rectify(x)
            case [MeanOverTime(), *rest]:
                n_frames, n_channels = x.values.shape
                mean = np.zeros(n_channels, np.float32)
                self._call(np.matmul, np.full(n_frames, 1 / n_frames, np.float32), x.values, out=mean)
                x = Signal(mean, mean, 0)
            case [StatisticsPooling() as pool, *rest]:
                x = self._statistics(pool, x.values)
            case [UnitLength(), *rest]:
                x = self._unit_length(x.values)
            case [Dense() as dense, *rest]:
                logits = np.zeros_like(dense.parameters["bias"])
                self._call(np.matmul, dense.parameters["weight"].T.copy(), x.values, out=logits)
                self._call(np.add, logits, dense.parameters["bias"].copy(), out=logits)
                x = Signal(logits, logits, 0)
            case [Flatten(), *rest] if x.values.flags.c_contiguous:
                x = Signal(x.values.reshape(-1), x.padded, 0)
            case [Dropout(), *rest]:
                pass
            case [unknown, *_]:
                raise UnplannedError(f"no plan knows a {type(unknown).__name__} here")
        return self._add(rest, x)

    def _product(self, factors: Sequence[Factor], bias: F32) -> Signal:
        """The sum of the factors' products plus the bias, in a single product.

        Its left side holds all factors' windows side by side, then a column of ones; its right side their weights, one
        under the other, then the bias.
        """
        n_frames = len(factors[0].windows)
        weight = np.concatenate([*(factor.weight for factor in factors), bias[None]])  # (K, O)
        rows = np.ones((n_frames, len(weight)), np.float32)
        start = 0
        for factor in factors:
            end = start + len(factor.weight)
            self._calls.append(partial(np.copyto, rows[:, start:end], factor.windows))
            start = end
        y = Signal.over_time((n_frames, len(bias)))
        self._call(np.matmul, rows, weight, out=y.values)
        return y

    def _residual(self, block: Residual, x: Signal) -> Signal:
        *front, conv, norm = block.branch.layers.values()
        if not (isinstance(conv, Conv1d) and isinstance(norm, BatchNorm)):
            raise UnplannedError("no plan knows a Residual whose branch does not end in Conv1d and BatchNorm")
        inner = self._add(front, x)
        weight, bias = _folded(conv, norm)
        factors = [Factor(_windows(inner, conv), weight)]
        match list(block.skip.layers.values()):
            case [Conv1d() as skip, BatchNorm() as norm]:
                weight, skip_bias = _folded(skip, norm)
                y = self._product([*factors, Factor(_windows(x, skip), weight)], bias + skip_bias)
            case _:
                y = self._product(factors, bias)
                self._call(np.add, y.values, x.values, out=y.values)
        self._rectify(y)
        return y

    def _pooled_convolution(self, conv: Conv2d, x: Signal, *, pad: int) -> Signal:
        """A convolution, its rectifier and the pooling behind it.

        Pooling comes before bias and rectifier here: both keep the order of values, so the largest stays the largest.
        """
        kernel, bias = conv.parameters["weight"].copy(), conv.parameters["bias"].copy()
        height, width, _ = x.values.shape
        y = Signal.image((height - 1, width - 1, bias.size), pad)
        self._calls.append(partial(loops.pooled_convolution, x.padded, kernel, bias, y.padded))
        return y

    def _statistics(self, pool: StatisticsPooling, x: F32) -> Signal:
        n_frames, n_channels = x.shape
        y = np.empty(3 * n_channels, np.float32)
        mean, maximum, deviation = np.split(y, 3)
        centred, average = np.empty_like(x), np.full(n_frames, 1 / n_frames, np.float32)
        self._call(np.matmul, average, x, out=mean)
        self._call(np.maximum.reduce, x, out=maximum)
        self._call(np.subtract, x, mean, out=centred)
        self._call(np.multiply, centred, centred, out=centred)
        self._call(np.matmul, average, centred, out=deviation)
        self._call(np.add, deviation, np.full_like(deviation, pool.EPS), out=deviation)
        self._call(np.sqrt, deviation, out=deviation)
        return Signal(y, y, 0)

    def _unit_length(self, x: F32) -> Signal:
        y, length = np.empty_like(x), np.empty(1, np.float32)
        row, column = x[None], x[:, None]
        self._call(np.matmul, row, column, out=length[:, None])
        self._call(np.sqrt, length, out=length)
        self._call(np.maximum, length, np.full_like(length, UnitLength.EPS), out=length)
        self._call(np.divide, x, length, out=y)
        return Signal(y, y, 0)

    def _rectify(self, x: Signal) -> None:
        # an array of zeros, since a scalar 0 takes three times as long
        self._call(np.maximum, x.values, np.zeros_like(x.values), out=x.values)


def _reach(layers: Sequence[Layer]) -> int:
    """How many rows and columns the first of the layers sees beyond an image's edges."""
    return layers[0].size // 2 if layers and isinstance(layers[0], Conv2d) else 0


def _folded(conv: Conv1d, norm: BatchNorm) -> tuple[F32, F32]:
    """Weight, (size C, O), and bias, (O,), of one convolution that does what the two layers do at inference."""
    weight = conv.parameters["weight"]
    scale = norm.parameters["scale"] / np.sqrt(norm.state["variance"] + np.float32(norm.EPS))
    return (weight * scale).reshape(-1, weight.shape[2]), norm.parameters["shift"] - norm.state["mean"] * scale


def _windows(x: Signal, conv: Conv1d) -> F32:
    """What a convolution sees for each frame that it gives: a view of the signal, (T_out, size C)."""
    if x.pad < conv.pad:
        raise UnplannedError(f"no plan knows a Conv1d that reaches {conv.pad} frames beyond its input: at most {x.pad}")
    n_out = (len(x.values) + 2 * conv.pad - conv.size) // conv.stride + 1
    step_t, step_c = x.padded.strides
    return np.lib.stride_tricks.as_strided(
        x.padded[x.pad - conv.pad :], (n_out, conv.size * x.padded.shape[1]), (step_t * conv.stride, step_c)
    )
