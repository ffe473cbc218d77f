"""Two networks for small footprints that were published in 2015.

Source
------
Sainath & Parada 2015, "Convolutional neural networks for small-footprint keyword spotting", tables 1 and 2. Theirs hear
the last 32 frames, 10 ms apart, and their posteriors are smoothed over a keyword; ours hear a whole word, so their 32
frames are 30 ms apart (preset `sainath`). Ours end in as many labels as there are, theirs in 4.
"""

from __future__ import annotations

import math

from sayso.arrays import Rng, Shape
from sayso.config import require
from sayso.nn.convolution import ValidConv2d
from sayso.nn.layers import Dense, Flatten, Layer, ReLU, ToImage
from sayso.nn.pooling import MaxPool
from sayso.nn.stack import Stack


def trad_fpool3(shape: Shape, rng: Rng | None) -> Stack:
    """Two convolutions, with pooling over frequency between them; few parameters were the aim.

    244,516 parameters and 9.7 M multiply-adds on (32, 40) frames and 4 labels.
    """
    require(
        shape[0] >= 29 and shape[1] >= 19, "image_shape", shape, "at least 29 frames and 19 bands for cnn-trad-fpool3"
    )
    front: dict[str, Layer] = {
        "image": ToImage(),
        "conv1": ValidConv2d(1, 64, size=(20, 8), rng=rng),
        "relu1": ReLU(),
        "pool1": MaxPool((1, 3)),
        "conv2": ValidConv2d(64, 64, size=(10, 4), rng=rng),
        "relu2": ReLU(),
    }
    return _with_hidden_layers(front, shape, n_hidden=1, rng=rng)


def one_fstride4(shape: Shape, rng: Rng | None) -> Stack:
    """One convolution over all frames, in strides of 4 bands; few multiplications were the aim.

    122,654 parameters and .5 M multiply-adds on (32, 40) frames and 4 labels.
    """
    require(shape[1] >= 8, "image_shape", shape, "at least 8 bands for cnn-one-fstride4")
    front: dict[str, Layer] = {
        "image": ToImage(),
        "conv": ValidConv2d(1, 186, size=(shape[0], 8), stride=(1, 4), rng=rng),
        "relu": ReLU(),
    }
    return _with_hidden_layers(front, shape, n_hidden=2, rng=rng)


def _with_hidden_layers(front: dict[str, Layer], shape: Shape, *, n_hidden: int, rng: Rng | None) -> Stack:
    """The layers in front, then a linear layer of low rank, then hidden layers."""
    n_values = math.prod(Stack(front).output_shape(shape))
    layers = front | {"flatten": Flatten(), "linear": Dense(n_values, 32, rng)}
    n_in = 32
    for i in range(1, n_hidden + 1):
        layers |= {f"hidden{i}": Dense(n_in, 128, rng), f"hidden{i}_relu": ReLU()}
        n_in = 128
    return Stack(layers)
