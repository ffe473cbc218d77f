"""Passes over large arrays: one compiled loop each in the tab (build/toolchain/loops), several NumPy calls elsewhere.

A function runs the compiled loop where there is one and the arrays are contiguous float32, else the plain version
here, which says what it computes. Batches hold one example or more.
"""

from __future__ import annotations

from types import ModuleType

import numpy as np

from sayso.arrays import Floats

compiled: ModuleType | None
try:
    import sayso_loops as compiled  # type: ignore[import-not-found, no-redef]  # the page has it, the wheel does not
except ImportError:
    compiled = None


def _for(*arrays: Floats) -> ModuleType | None:
    """The compiled loops, where there are any and they can read these arrays."""
    for array in arrays:
        if array.dtype.char != "f" or not array.flags.c_contiguous:
            return None
    return compiled


def rectify(x: Floats) -> Floats:
    """max(x, 0), and NaN where x is NaN, so that a training that diverges shows it in its loss."""
    if fast := _for(x):
        y = np.empty_like(x)
        fast.rectify(x, y)
        return y
    return np.maximum(x, np.zeros(x.shape[1:], x.dtype))  # an array of zeros, since a scalar 0 takes twice as long


def rectify_backward(y: Floats, dy: Floats) -> Floats:
    """The gradient at x: dy times 1 where y, the rectifier's output, is over 0, and times 0 elsewhere."""
    assert dy.shape == y.shape
    if fast := _for(y, dy):
        dx = np.empty_like(dy)
        fast.rectify_backward(y, dy, dx)
        return dx
    return dy * (y > 0)


def max_pool(x: Floats, bias: Floats, y: Floats) -> None:
    """max(0, largest + bias) of each 2 x 2 neighbourhood, stride 1.

    Parameters
    ----------
    x : (B, H, at least W, C)
    bias : (W - 1, C)
    y : (B, H - 1, W - 1, C), is overwritten
    """
    assert y.shape == (len(x), x.shape[1] - 1, len(bias), x.shape[3])
    assert len(bias) < x.shape[2]
    assert bias.shape == y.shape[2:]
    if fast := _for(x, bias, y):
        fast.max_pool(x, bias, y)
        return
    x = x[:, :, : y.shape[2] + 1]
    rows = np.maximum(x[:, 1:], x[:, :-1])  # (B, H - 1, W, C)
    np.maximum(rows[:, :, 1:], rows[:, :, :-1], out=y)
    y += bias
    np.maximum(y, 0, out=y)


def max_pool_backward(x: Floats, dy: Floats) -> Floats:
    """The gradient at x: each output's goes to the corner that holds the maximum.

    Where several hold it, left goes before right, then upper before lower.

    Parameters
    ----------
    x : (B, H, W, C)
    dy : (B, H - 1, W - 1, C)
    """
    batch, height, width, channels = x.shape
    assert dy.shape == (batch, height - 1, width - 1, channels)
    if fast := _for(x, dy):
        dx = np.empty_like(x)
        fast.max_pool_backward(x, dy, dx)
        return dx
    rows = np.maximum(x[:, 1:], x[:, :-1])
    drows = np.zeros_like(rows)
    _share(dy, rows[:, :, :-1], rows[:, :, 1:], drows[:, :, :-1], drows[:, :, 1:])
    dx = np.zeros_like(x)
    _share(drows, x[:, :-1], x[:, 1:], dx[:, :-1], dx[:, 1:])
    return dx


def _share(dy: Floats, first: Floats, second: Floats, dfirst: Floats, dsecond: Floats) -> None:
    """Add the gradient of the maximum of `first` and `second` to theirs, in place; ties go to `first`."""
    from_first = np.where(first >= second, dy, 0)
    dfirst += from_first
    dsecond += np.where(first >= second, 0, dy)


def image_windows(images: Floats, room: Floats) -> None:
    """Copy what windows see of images, column by column, into the first columns of `room`.

    Parameters
    ----------
    images : (B, H + size - 1, W, C), contiguous, with zeros above and below
    room : (at least B, H, at least W, size, C), contiguous
    """
    n_room, height, pitch, size, channels = room.shape
    n_images, n_rows, width, _ = images.shape
    assert n_rows == height + size - 1
    assert n_images <= n_room
    assert width <= pitch
    assert channels == images.shape[3]
    if fast := _for(images, room):
        fast.image_windows(images, room)
        return
    step_b, step_h, _, _ = images.strides
    # the shape decides, not the strides, since NumPy gives an axis of length 1 any stride
    step_w = channels * images.itemsize
    cell = np.dtype((np.void, step_w))  # all channels of a place as one item, which NumPy copies at once
    windows = np.ndarray((n_images, height, width, size), cell, images, 0, (step_b, step_h, step_w, step_h))
    room.reshape(-1).view(cell).reshape(room.shape[:-1])[:n_images, :, :width] = windows


def pooled_convolution(x: Floats, kernel: Floats, bias: Floats, y: Floats) -> None:
    """`max_pool` of the convolution of one image that has zeros around it.

    Parameters
    ----------
    x : (H + size - 1, W + size - 1, C), the zeros included
    kernel : (size, size, C, O): row, column, channel of the input, channel of the output
    bias : (O,)
    y : (m + H - 1 + m, m + W - 1 + m, O), is overwritten but for its margin of m rows and columns
    """
    assert x.ndim == 3
    size, _, channels, n_out = kernel.shape
    height, width = x.shape[0] - size + 1, x.shape[1] - size + 1
    margin = (len(y) - (height - 1)) // 2
    assert kernel.shape[1] == size
    assert x.shape[2] == channels
    assert bias.shape == (n_out,)
    assert min(size, channels, n_out, height, width) > 0
    assert margin >= 0
    assert y.shape == (height - 1 + 2 * margin, width - 1 + 2 * margin, n_out)
    # the compiled loop computes LANES channels at once
    if (fast := _for(x, kernel, bias, y)) and n_out % fast.LANES == 0:
        fast.pooled_convolution(x, kernel, bias, np.empty((2, width, n_out), x.dtype), y)
        return
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(0, 1))  # (H, W, C, size, size)
    rows = windows.transpose(0, 1, 3, 4, 2).reshape(height * width, -1)  # (H W, size size C), a copy
    products = (rows @ kernel.reshape(-1, n_out)).reshape(1, height, width, n_out)
    inside = y[margin : margin + height - 1, margin : margin + width - 1]
    max_pool(products, np.tile(bias, (width - 1, 1)), inside[None])


def channel_moments(x: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of each channel of (..., C), both (C,)."""
    if fast := _for(x):
        mean, variance = np.empty((2, x.shape[-1]), x.dtype)
        fast.channel_moments(x, mean, variance)
        return mean, variance
    n_values = x.size // x.shape[-1]
    mean = _sum_of_columns(x) / n_values
    centred = _less(x, mean)
    return mean, _dot_columns(centred, centred) / n_values


def normalise(x: Floats, mean: Floats, factor: Floats, summand: Floats) -> Floats:
    """(x - mean) factor + summand for each channel of (..., C)."""
    assert mean.shape == factor.shape == summand.shape == x.shape[-1:]
    if fast := _for(x, mean, factor, summand):
        y = np.empty_like(x)
        fast.normalise(x, mean, factor, summand, y)
        return y
    y = _less(x, mean)
    rows = _rows(y)
    rows *= _repeated(factor, rows)
    rows += _repeated(summand, rows)
    return y


def channel_sums(dy: Floats, x: Floats, mean: Floats) -> tuple[Floats, Floats]:
    """The sum of dy and that of dy (x - mean) for each channel of (..., C), both (C,)."""
    assert dy.shape == x.shape
    assert mean.shape == x.shape[-1:]
    if fast := _for(dy, x, mean):
        sums, dots = np.empty((2, x.shape[-1]), x.dtype)
        fast.channel_sums(dy, x, mean, sums, dots)
        return sums, dots
    return _sum_of_columns(dy), _dot_columns(dy, _less(x, mean))


def channel_combination(dy: Floats, x: Floats, mean: Floats, *, of_dy: Floats, of_x: Floats, summand: Floats) -> Floats:
    """of_dy dy + of_x (x - mean) + summand for each channel of (..., C)."""
    assert dy.shape == x.shape
    assert mean.shape == of_dy.shape == of_x.shape == summand.shape == x.shape[-1:]
    if fast := _for(dy, x, mean, of_dy, of_x, summand):
        dx = np.empty_like(x)
        fast.channel_combination(dy, x, mean, of_dy, of_x, summand, dx)
        return dx
    dx = _less(x, mean)
    rows = _rows(dx)
    rows *= _repeated(of_x, rows)
    rows += _rows(dy) * _repeated(of_dy, rows)
    rows += _repeated(summand, rows)
    return dx


def _less(x: Floats, channels: Floats) -> Floats:
    """(..., C) minus (C,), in a fresh array."""
    rows = _rows(x)
    return (rows - _repeated(channels, rows)).reshape(x.shape)


def _rows(x: Floats) -> Floats:
    """(B, ..., C) as (B, N), in long rows, along which NumPy's loops run at their full speed."""
    return x.reshape(len(x), -1)


def _repeated(channels: Floats, rows: Floats) -> Floats:
    """(C,) values repeated to the length of the rows, (N,)."""
    n_times = rows.shape[1] // channels.size
    return channels[np.newaxis].repeat(n_times, axis=0).reshape(-1)  # `resize` takes five times as long


def _sum_of_columns(x: Floats) -> Floats:
    """The sum of each channel of (B, ..., C), (C,), as a product, which is quicker than `sum`."""
    flat = x.reshape(-1, x.shape[-1])
    return np.ones(len(flat), x.dtype) @ flat


def _dot_columns(a: Floats, b: Floats) -> Floats:
    """The sum of a b for each channel of (B, ..., C), (C,)."""
    n_channels = a.shape[-1]
    sums: Floats = np.einsum("nc,nc->c", a.reshape(-1, n_channels), b.reshape(-1, n_channels))
    return sums
