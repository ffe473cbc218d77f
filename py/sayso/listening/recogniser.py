"""Posteriors while frames arrive: of the newest window, whenever it is full."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from sayso.arrays import F32
from sayso.models.embedding import HOP_FRAMES, N_FRAMES
from sayso.models.model import Model
from sayso.models.plan import recogniser_of
from sayso.models.streaming_embedding import StreamingEmbedding


class Recogniser(Protocol):
    """What a listener asks of either kind.

    Attributes
    ----------
    grain_frames : int, windows may follow each other by so many frames, or a multiple of it
    """

    grain_frames: int

    def accept(self, frames: F32) -> F32 | None:
        """Take the next frames, (n, M), n a multiple of `grain_frames`; the posteriors, (L,), of the window that ends
        with them, or None while it is not full.
        """

    def forget(self) -> None:
        """Begin a new stream."""


class WindowRecogniser:
    """The whole network over each window: no hop has anything from the one before."""

    grain_frames = 1

    def __init__(self, model: Model) -> None:
        self._recognise = recogniser_of(model.network)
        self._n_window, self._step = model.features.n_frames, model.features.frame_step
        self._n_mels = model.features.n_mels
        self.forget()

    def forget(self) -> None:
        self._window = np.zeros((0, self._n_mels), np.float32)

    def accept(self, frames: F32) -> F32 | None:
        self._window = np.concatenate([self._window, frames])[-self._n_window :]
        return self._recognise(self._window[:: self._step]) if len(self._window) == self._n_window else None


class VectorRecogniser:
    """A network on a base: each hop computes the vectors that are new, and what stands behind the base over them all.

    A window's last vector ends where the window does, so vectors end at every HOP_FRAMES-th frame of a stream, and its
    first frames, which belong to no whole vector on that grid, are passed over.
    """

    grain_frames = HOP_FRAMES

    def __init__(self, model: Model) -> None:
        network = model.network
        assert network.base is not None, "the network has no base"
        behind = network.without_base()
        self._stream = StreamingEmbedding(network.base)
        self._recognise = recogniser_of(behind)
        self._n_window, self._n_values = behind.input_shape
        self.forget()

    def forget(self) -> None:
        self._stream.forget()
        self._n_passed_over = N_FRAMES % HOP_FRAMES
        self._vectors = np.zeros((0, self._n_values), np.float32)

    def accept(self, frames: F32) -> F32 | None:
        vectors = self._stream.accept(frames[self._n_passed_over :])
        self._n_passed_over = 0
        self._vectors = np.concatenate([self._vectors, vectors])[-self._n_window :]
        return self._recognise(self._vectors) if len(self._vectors) == self._n_window else None


def recogniser_for(model: Model) -> Recogniser:
    """What recognises a stream with a model, its weights as they are now."""
    return WindowRecogniser(model) if model.network.base is None else VectorRecogniser(model)
