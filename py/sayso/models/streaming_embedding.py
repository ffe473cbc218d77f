"""The vectors of an embedding as frames arrive, in few calls of NumPy on memory that is laid out once.

No layer sees beyond the ends of its input, and what pooling takes together begins every 8 frames. So what a layer
computed for earlier frames stays valid, and 8 new frames bring one new vector. For this a convolution over time keeps
the last 2 frames of its input.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from sayso.arrays import F32
from sayso.features.presets import EMBEDDING
from sayso.models.embedding import HOP_FRAMES, N_FRAMES, Embedding
from sayso.nn.convolution import PadBands, ValidConv2d
from sayso.nn.layers import BatchNorm, FlooredLeakyReLU, Layer, ReLU
from sayso.nn.pooling import MaxPool

# A stream is taken to begin with silent frames, so that its first vector ends a hop; the vectors before it are dropped.
N_BEFORE = -N_FRAMES % HOP_FRAMES
N_DROPPED = (N_BEFORE + N_FRAMES) // HOP_FRAMES - 1


class StreamingEmbedding:
    """What `Embedding.frames_to_vectors` gives, as frames arrive in blocks of any size.

    Later changes of the embedding's weights do not reach it.

    Parameters
    ----------
    embedding : Embedding

    Examples
    --------
    >>> import numpy as np
    >>> from sayso.models.embedding import Embedding
    >>> from sayso.models.streaming_embedding import StreamingEmbedding
    >>> stream = StreamingEmbedding(Embedding())
    >>> [stream.accept(np.zeros((n, 32), np.float32)).shape for n in (75, 1, 7, 9)]
    [(0, 96), (1, 96), (0, 96), (2, 96)]
    """

    def __init__(self, embedding: Embedding) -> None:
        self._calls: list[Callable[[], Any]] = []
        self._kept: list[F32] = []  # what layers keep of earlier frames
        image = np.zeros((HOP_FRAMES, EMBEDDING.n_mels, 1), np.float32)
        self._frames = image[:, :, 0]
        self._vector = self._plan(list(embedding.stack.layers.values()), image)[0, 0]  # a view: each hop overwrites it
        self.forget()

    def forget(self) -> None:
        """Begin a new stream."""
        for kept in self._kept:
            kept[...] = 0
        self._waiting = np.zeros((N_BEFORE, EMBEDDING.n_mels), np.float32)  # frames that do not fill a hop yet
        self._n_dropped = 0

    def accept(self, frames: F32) -> F32:
        """Take (n, 32) float32 frames; return the vectors that they complete, (n_new, widths[-1]) float32."""
        frames = np.concatenate([self._waiting, frames])
        n_hops = len(frames) // HOP_FRAMES
        vectors = np.empty((n_hops, self._vector.size), np.float32)
        for hop, vector in enumerate(vectors):
            self._frames[...] = frames[hop * HOP_FRAMES : (hop + 1) * HOP_FRAMES]
            for call in self._calls:
                call()
            vector[...] = self._vector
        self._waiting = frames[n_hops * HOP_FRAMES :]
        n_to_drop = min(n_hops, N_DROPPED - self._n_dropped)
        self._n_dropped += n_to_drop
        return vectors[n_to_drop:]

    def _call(self, function: Callable[..., Any], *inputs: Any, out: Any) -> None:
        self._calls.append(partial(function, *inputs, out=out))

    def _plan(self, layers: Sequence[Layer], x: F32) -> F32:
        """Plan the layers, one after another, on an image (T, W, C) that earlier calls leave in its place."""
        match layers:
            case []:
                return x
            case [PadBands(), ValidConv2d() as conv, *rest]:
                x = self._convolution(conv, x, n_pad=1)
            case [ValidConv2d() as conv, *rest]:
                x = self._convolution(conv, x, n_pad=0)
            case [ReLU(), *rest]:
                self._call(np.maximum, x, np.zeros_like(x), out=x)
            case [BatchNorm() as norm, *rest]:
                factor = norm.parameters["scale"] / np.sqrt(norm.state["variance"] + np.float32(norm.EPS))
                summand = norm.parameters["shift"] - norm.state["mean"] * factor
                for function, values in ((np.multiply, factor), (np.add, summand)):
                    self._call(function, x, np.broadcast_to(values, x.shape).copy(), out=x)
            case [FlooredLeakyReLU() as leaky, MaxPool() as pool, *rest]:
                # both keep the order of values: pooling first leaves fewer of them to rectify
                x = self._pooled(pool, x)
                self._rectify(leaky, x)
            case [FlooredLeakyReLU() as leaky, *rest]:
                self._rectify(leaky, x)
            case [unknown, *_]:
                raise AssertionError(f"no embedding has a {type(unknown).__name__} here")
        return self._plan(rest, x)

    def _convolution(self, conv: ValidConv2d, x: F32, *, n_pad: int) -> F32:
        """A product of the windows, each a row that ends in a 1, with the weights over the bias."""
        (n_frames, n_bands, n_in), (height, width) = x.shape, conv.size
        n_kept, n_out = height - 1, conv.parameters["bias"].size
        seen = np.zeros((n_kept + n_frames, n_pad + n_bands + n_pad, n_in), np.float32)
        step_t, step_w, step_c = seen.strides
        windows_shape = n_frames, n_bands + 2 * n_pad - width + 1, height, width * n_in
        windows = np.lib.stride_tricks.as_strided(seen, windows_shape, (step_t, step_w, step_t, step_c))
        weight = np.concatenate([conv.parameters["weight"].reshape(-1, n_out), conv.parameters["bias"][None]])
        rows = np.ones((*windows_shape[:2], len(weight)), np.float32)
        y = np.zeros((*windows_shape[:2], n_out), np.float32)
        inside = rows[:, :, :-1].reshape(windows_shape)
        assert np.shares_memory(inside, rows), "the windows are written where the product reads them"
        self._calls.append(partial(np.copyto, seen[n_kept:, n_pad : n_pad + n_bands], x))
        self._calls.append(partial(np.copyto, inside, windows))
        if n_kept:
            self._calls.append(partial(np.copyto, seen[:n_kept], seen[n_frames:]))
            self._kept.append(seen[:n_kept])
        self._call(np.matmul, rows.reshape(-1, len(weight)), weight, out=y.reshape(-1, n_out))
        return y

    def _pooled(self, pool: MaxPool, x: F32) -> F32:
        (n_frames, n_bands, n_channels), (rows, bands) = x.shape, pool.size
        wide = x.reshape(n_frames, n_bands // bands, bands, n_channels)
        assert bands == 2
        y = np.zeros((n_frames, n_bands // bands, n_channels), np.float32)
        self._call(np.maximum, wide[:, :, 0], wide[:, :, 1], out=y)
        if rows == 2:
            tall, y = y, np.zeros((n_frames // rows, *y.shape[1:]), np.float32)
            self._call(np.maximum, tall[::2], tall[1::2], out=y)
        return y

    def _rectify(self, leaky: FlooredLeakyReLU, x: F32) -> None:
        leaked, floor = np.empty_like(x), np.full_like(x, leaky.floor)
        self._call(np.multiply, x, np.full_like(x, leaky.slope), out=leaked)
        self._call(np.maximum, leaked, floor, out=leaked)
        self._call(np.maximum, x, leaked, out=x)
