"""A speech embedding: a network that turns sound into vectors, on which small heads learn words.

Every 80 ms it gives a vector that describes the last 775 ms of sound. The published weights are Google's, which the
build converts (build/base). A network of other widths, trained here, has the same form.

Source
------
Lin, Kilgour, Roblek & Sharifi 2020, "Training keyword spotters with limited and synthesized speech data",
arXiv:2002.01322, section 3. The form and the weights are those of the published module, speech_embedding.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sayso.arrays import F32, Floats, Rng, Shape
from sayso.config import require
from sayso.features.presets import EMBEDDING
from sayso.nn.convolution import PadBands, ValidConv2d
from sayso.nn.layers import BatchNorm, FlooredLeakyReLU, Layer, ReLU
from sayso.nn.pooling import MaxPool
from sayso.nn.stack import Stack

N_FRAMES = 76  # frames that a vector is made of
HOP_FRAMES = 8  # frames from the first of one vector to the first of the next: pooling halves time three times
WIDTHS = (24, 48, 72, 96, 96)  # channels in each of Google's stages; the last is the length of a vector
POOLS = ((2, 2), (1, 2), (2, 2), (1, 2), (2, 2))  # frames and bands that pooling takes together behind each stage
SLOPE, FLOOR = 0.2, -0.4  # slope and floor of the leaky rectifier
BLOCK_VECTORS = 32  # vectors computed at once: the windows of so many stay in the processor's cache


class Embedding(Layer):
    """From log-mel frames, preset `embedding`, to vectors: the base of a network whose head alone is trained.

    330 thousand parameters; a new vector takes 5.6 M multiply-adds where what it shares with the one before is kept
    (`StreamingEmbedding`). No layer sees frames beyond the ends of a clip, so that all vectors are alike. As a layer it
    has state and no parameters: training leaves it as it is.

    Parameters
    ----------
    widths : five int, the channels of each stage
    rng : draws the initial weights; None leaves them at 0, to be read from a file

    Attributes
    ----------
    stack : Stack, images (B, T, 32, 1) to (B, n_vectors, 1, widths[-1])
    """

    def __init__(self, widths: Sequence[int] = WIDTHS, *, rng: Rng | None = None) -> None:
        super().__init__()
        self.widths = tuple(widths)
        self.stack = Stack(_layers(self.widths, rng))
        self.state = self.stack.parameters | self.stack.state

    @property
    def tensors(self) -> dict[str, Floats]:
        """All weights, by name: what a file holds. Write into the arrays to load."""
        return self.state

    def output_shape(self, shape: Shape) -> Shape:
        n_vectors = count_vectors(shape[0])
        require(n_vectors > 0 and shape[1] == EMBEDDING.n_mels, "image_shape", shape,
                f"{N_FRAMES} frames or more of {EMBEDDING.n_mels} bands for an embedding")  # fmt: skip
        return n_vectors, self.widths[-1]

    def multiply_adds(self, shape: Shape) -> int:
        """Those of one more vector, which is what each hop of a stream takes."""
        one, two = (self.stack.multiply_adds((n_frames, EMBEDDING.n_mels, 1))
                    for n_frames in (N_FRAMES, N_FRAMES + HOP_FRAMES))  # fmt: skip
        return two - one

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        """The vectors of windows, (B, T, 32) to (B, n_vectors, widths[-1]); the last ends where its window does."""
        n_vectors, width = self.output_shape(x.shape[1:])
        x = x[:, x.shape[1] - N_FRAMES - HOP_FRAMES * (n_vectors - 1) :, :, None]
        vectors = np.empty((len(x), n_vectors, width), x.dtype)
        n_block = max(1, BLOCK_VECTORS // n_vectors)
        for start in range(0, len(x), n_block):
            vectors[start : start + n_block] = self.stack.forward(x[start : start + n_block])[:, :, 0]
        return vectors

    def frames_to_vectors(self, frames: F32) -> F32:
        """The vectors of a whole clip.

        Parameters
        ----------
        frames : (T, 32) float32, log-mel frames of the preset `embedding`

        Returns
        -------
        (n_vectors, widths[-1]) float32, n_vectors = max(0, 1 + (T - 76) // 8); vector i is made of the frames from 8 i
        to 8 i + 75
        """
        n_vectors = count_vectors(len(frames))
        vectors = np.empty((n_vectors, self.widths[-1]), np.float32)
        for start in range(0, n_vectors, BLOCK_VECTORS):
            block = vectors[start : start + BLOCK_VECTORS]
            first = HOP_FRAMES * start
            image = frames[first : first + HOP_FRAMES * (len(block) - 1) + N_FRAMES]
            block[...] = self.stack.forward(image[None, :, :, None])[0, :, 0]
        return vectors


def count_vectors(n_frames: int) -> int:
    """How many vectors a clip of so many frames has."""
    return max(0, 1 + (n_frames - N_FRAMES) // HOP_FRAMES)


def _layers(widths: Sequence[int], rng: Rng | None) -> dict[str, Layer]:
    """Five stages, each of convolutions in turn over bands and over time, then pooling; then one over time.

    The first convolution is over both, and is rectified before it is normalised, as in the published module. In all
    others its normalisation is part of the weights.
    """
    layers: dict[str, Layer] = {}

    def add(name: str, n_in: int, n_out: int, size: tuple[int, int]) -> None:
        if size[1] > 1:
            layers[f"pad{name}"] = PadBands()
        layers[f"conv{name}"] = ValidConv2d(n_in, n_out, size=size, rng=rng)
        if not any(isinstance(layer, BatchNorm) for layer in layers.values()):
            layers["relu"], layers["norm"] = ReLU(), BatchNorm(n_out)
        layers[f"leaky{name}"] = FlooredLeakyReLU(SLOPE, FLOOR)

    n_in = 1
    for stage, (n_out, pool) in enumerate(zip(widths, POOLS, strict=True), start=1):
        kernels = [(1, 3), (3, 1), (1, 3), (3, 1)] if stage > 1 else [(3, 3), (1, 3), (3, 1)]
        for letter, size in zip("abcd", kernels, strict=False):
            add(f"{stage}{letter}", n_in, n_out, size)
            n_in = n_out
        layers[f"pool{stage}"] = MaxPool(pool)
    layers["conv6a"] = ValidConv2d(n_in, n_in, size=(3, 1), rng=rng)
    assert EMBEDDING.n_mels == np.prod([bands for _, bands in POOLS]), "all bands end in one"
    return layers
