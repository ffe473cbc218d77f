"""The vectors of an embedding as frames arrive, in few calls of NumPy on memory that is laid out once.

No layer sees beyond the ends of its input, and what pooling takes together begins every 8 frames. So what a layer
computed for earlier frames stays valid, and 8 new frames bring one new vector. For this a convolution over time keeps
the last 2 frames of its input.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from sayso.arrays import F32, Shape
from sayso.features.presets import EMBEDDING
from sayso.models.embedding import HOP_FRAMES, N_FRAMES, Embedding
from sayso.nn.convolution import PadBands, ValidConv2d
from sayso.nn.layers import BatchNorm, FlooredLeakyReLU, Layer, ReLU
from sayso.nn.pooling import MaxPool

# A stream is taken to begin with silent frames, so that its first vector ends a hop; the vectors before it are dropped.
N_BEFORE = -N_FRAMES % HOP_FRAMES
N_DROPPED = (N_BEFORE + N_FRAMES) // HOP_FRAMES - 1


@dataclass(frozen=True)
class Image:
    """What a layer gives, as a view of an array that holds what a convolution sees beside it."""

    values: F32  # (T, W, C)
    seen: F32  # (n_kept + T, n_pad + W + n_pad, C): frames kept from the hop before, and bands of zeros


class StreamingEmbedding:
    """What `Embedding.frames_to_vectors` gives, as frames arrive in blocks of any size.

    Later changes of the embedding's weights do not reach it.

    Parameters
    ----------
    embedding : Embedding
    n_hops : int, how many vectors are computed at once: the calls are shared, but all but the last vector come later

    Examples
    --------
    >>> import numpy as np
    >>> from sayso.models.embedding import Embedding
    >>> from sayso.models.streaming_embedding import StreamingEmbedding
    >>> stream = StreamingEmbedding(Embedding())
    >>> [stream.accept(np.zeros((n, 32), np.float32)).shape for n in (75, 1, 7, 9)]
    [(0, 96), (1, 96), (0, 96), (2, 96)]
    """

    def __init__(self, embedding: Embedding, *, n_hops: int = 1) -> None:
        self._calls: list[Callable[[], Any]] = []
        self._kept: list[F32] = []  # what layers keep of earlier frames
        layers = list(embedding.stack.layers.values())
        image = self._image((n_hops * HOP_FRAMES, EMBEDDING.n_mels, 1), layers)
        self._frames = image.values[:, :, 0]
        self._vectors = self._plan(layers, image).values[:, 0]  # (n_hops, O), a view that is overwritten
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
        n_at_once, (n_hops, n_values) = len(self._frames), self._vectors.shape
        n_new = len(frames) // n_at_once
        vectors = np.empty((n_new, n_hops, n_values), np.float32)
        for i in range(n_new):
            self._frames[...] = frames[i * n_at_once : (i + 1) * n_at_once]
            for call in self._calls:
                call()
            vectors[i] = self._vectors
        self._waiting = frames[n_new * n_at_once :]
        n_to_drop = min(n_new * n_hops, N_DROPPED - self._n_dropped)
        self._n_dropped += n_to_drop
        return vectors.reshape(-1, n_values)[n_to_drop:]

    def _call(self, function: Callable[..., Any], *inputs: Any, out: Any) -> None:
        self._calls.append(partial(function, *inputs, out=out))

    def _plan(self, layers: Sequence[Layer], x: Image) -> Image:
        """Plan the layers, one after another, on an image that earlier calls leave in its place."""
        match layers:
            case []:
                return x
            case [PadBands(), ValidConv2d() as conv, *rest] | [ValidConv2d() as conv, *rest]:
                x = self._convolution(conv, x)
            case [ReLU(), *rest]:
                self._call(np.maximum, x.values, np.zeros_like(x.values), out=x.values)
            case [BatchNorm() as norm, *rest]:
                factor = norm.parameters["scale"] / np.sqrt(norm.state["variance"] + np.float32(norm.EPS))
                summand = norm.parameters["shift"] - norm.state["mean"] * factor
                for function, each in ((np.multiply, factor), (np.add, summand)):
                    self._call(function, x.values, np.broadcast_to(each, x.values.shape).copy(), out=x.values)
            case [FlooredLeakyReLU() as leaky, MaxPool() as pool, *rest]:
                # pooling comes first, since it keeps the order of values and leaves fewer of them to rectify
                x = self._rectified(leaky, self._pooled(pool, x.values), rest)
            case [FlooredLeakyReLU() as leaky, *rest]:
                x = self._rectified(leaky, x.values, rest)
            case [unknown, *_]:
                raise AssertionError(f"no embedding has a {type(unknown).__name__} here")
        return self._plan(rest, x)

    def _image(self, shape: Shape, layers: Sequence[Layer]) -> Image:
        """Memory for an image, (T, W, C), and for what the first of the layers behind it sees beside it."""
        n_kept = n_pad = 0
        match layers:
            case [PadBands(), ValidConv2d() as conv, *_]:
                n_kept, n_pad = conv.size[0] - 1, 1
            case [ValidConv2d() as conv, *_]:
                n_kept = conv.size[0] - 1
        n_frames, n_bands, n_channels = shape
        seen = np.zeros((n_kept + n_frames, n_pad + n_bands + n_pad, n_channels), np.float32)
        self._kept.append(seen[:n_kept])
        return Image(seen[n_kept:, n_pad : n_pad + n_bands], seen)

    def _convolution(self, conv: ValidConv2d, x: Image) -> Image:
        """One product: on its left the windows, each a row that ends in a 1, on its right the weights over the bias."""
        (height, width, n_in, n_out), seen = conv.parameters["weight"].shape, x.seen
        n_frames, n_bands = len(x.values), seen.shape[1] - width + 1
        step_t, step_w, step_c = seen.strides
        windows = np.lib.stride_tricks.as_strided(
            seen, (n_frames, n_bands, height, width * n_in), (step_t, step_w, step_t, step_c)
        )
        weight = np.concatenate([conv.parameters["weight"].reshape(-1, n_out), conv.parameters["bias"][None]])
        rows = np.ones((n_frames, n_bands, len(weight)), np.float32)
        room = np.lib.stride_tricks.as_strided(rows, windows.shape, (*rows.strides[:2], width * n_in * step_c, step_c))
        y = self._image((n_frames, n_bands, n_out), [])
        self._calls.append(partial(np.copyto, room, windows))
        if n_kept := height - 1:
            self._calls.append(partial(np.copyto, seen[:n_kept], seen[n_frames:]))
        self._call(np.matmul, rows.reshape(-1, len(weight)), weight, out=y.values.reshape(-1, n_out))
        return y

    def _pooled(self, pool: MaxPool, x: F32) -> F32:
        """The largest of neighbours, two at a time: of bands, and then of frames."""
        for n_together, axis in zip(reversed(pool.size), (1, 0), strict=True):
            if n_together == 1:
                continue
            assert n_together == 2, "no pooling of an embedding takes more than two together"
            first, second = (x[:, i::2] if axis else x[i::2] for i in (0, 1))
            x = np.empty_like(first)
            self._call(np.maximum, first, second, out=x)
        return x

    def _rectified(self, leaky: FlooredLeakyReLU, x: F32, rest: Sequence[Layer]) -> Image:
        y, leaked = self._image(x.shape, rest), np.empty_like(x)
        # arrays of one number, since a maximum with a scalar takes three times as long
        self._call(np.multiply, x, np.full_like(x, leaky.slope), out=leaked)
        self._call(np.maximum, leaked, np.full_like(x, leaky.floor), out=leaked)
        self._call(np.maximum, x, leaked, out=y.values)
        return y
