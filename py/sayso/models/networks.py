"""The named networks: from (T, M) frames to logits.

A new one is a function that builds its body, and a row of ARCHITECTURES.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sayso.arrays import Floats, Rng, Shape
from sayso.config import require
from sayso.errors import SaysoError
from sayso.models.embedding import Embedding
from sayso.models.heads import HEADS, Layers
from sayso.models.sainath import one_fstride4, trad_fpool3
from sayso.nn.convolution import Conv1d, Conv2d
from sayso.nn.layers import (
    BatchNorm,
    Dense,
    Dropout,
    Flatten,
    Gradients,
    MeanOverTime,
    ReLU,
    Standardise,
    ToImage,
)
from sayso.nn.pooling import MaxPool2x2
from sayso.nn.recurrent import Gru
from sayso.nn.stack import Residual, Stack
from sayso.random_streams import Stream, generator_of

BASE = "base"  # what model files call the embedding that some networks begin with
STANDARDISE, HEAD = "standardise", "dense"  # what they call the two layers that every network has


class Network:
    """From frames to logits: standardisation, a body that makes the architecture, and a head.

    A network on a base sees frames through it, as vectors; all else of it then is over vectors, not frames. The base is
    not trained. The names of parameters and tensors are `layer.parameter`, or `block.layer.parameter`; model files hold
    them.

    Attributes
    ----------
    standardise : Standardise, per band; fitted to the training set before training
    body : Stack, from standardised frames, (T, M), to an embedding, (N,)
    head : Dense, from embeddings to logits; its weight, (N, L), has a column for each label, and its bias a number
    base : Embedding, from frames to vectors; None where the network sees the frames themselves
    stack : Stack, all in a row, under the names that model files hold
    input_shape : (T, M)
    """

    def __init__(
        self, name: str, standardise: Standardise, body: Stack, head: Dense, *, input_shape: Shape,
        base: Embedding | None = None,
    ) -> None:  # fmt: skip
        assert not {BASE, STANDARDISE, HEAD} & body.layers.keys(), "the body has a name that model files know"
        self.name, self.input_shape = name, input_shape
        self.standardise, self.body, self.head, self.base = standardise, body, head, base
        first: Layers = {} if base is None else {BASE: base}
        self.stack = Stack({**first, STANDARDISE: standardise, **body.layers, HEAD: head})

    def on_base(self, base: Embedding, input_shape: Shape) -> Network:
        """A network that sees frames, (T, M), through a base, where this one sees vectors; both share all arrays."""
        assert base.output_shape(input_shape) == self.input_shape, "the network sees other vectors than the base gives"
        return Network(self.name, self.standardise, self.body, self.head, input_shape=input_shape, base=base)

    def without_base(self) -> Network:
        """The network behind the base, which sees vectors; both share all arrays. Without a base, the network."""
        if self.base is None:
            return self
        shape = self.base.output_shape(self.input_shape)
        return Network(self.name, self.standardise, self.body, self.head, input_shape=shape)

    @property
    def parameters(self) -> dict[str, Floats]:
        """What is trained, by name."""
        return self.stack.parameters

    @property
    def tensors(self) -> dict[str, Floats]:
        """Parameters and state, by name: everything a model file holds. Write into the arrays to load."""
        return self.stack.parameters | self.stack.state

    @property
    def n_parameters(self) -> int:
        """How many numbers are trained."""
        return sum(parameter.size for parameter in self.parameters.values())

    @property
    def n_multiply_adds(self) -> int:
        """Multiplications, each with an addition, that one window takes; matrix products only, and of a base's those of
        one vector, since a stream's next window has but one new vector.
        """
        return self.stack.multiply_adds(self.input_shape)

    def forward(self, frames: Floats, rng: Rng | None = None) -> Floats:
        """(B, T, M) to logits, (B, L); `rng` makes it a training pass."""
        return self.stack.forward(frames, rng)

    def backward(self, dlogits: Floats) -> Gradients:
        """The loss's gradient at each parameter, after a forward pass."""
        return self.stack.gradients(dlogits)


def _classic(shape: Shape, rng: Rng | None) -> Stack:
    """The 2017 demo's network; 35,684 parameters and 1.9 M multiply-adds on a (30, 20) image and 4 labels."""
    n_frames, n_mels = shape
    require(n_frames > 2 and n_mels > 2, "image_shape", shape, "more than 2 frames and 2 bands for classic")
    return Stack({
        "image": ToImage(),
        "conv1": Conv2d(1, 8, size=5, rng=rng),
        "relu1": ReLU(),
        "pool1": MaxPool2x2(),
        "conv2": Conv2d(8, 16, size=5, rng=rng),
        "relu2": ReLU(),
        "pool2": MaxPool2x2(),
        "flatten": Flatten(),
    })  # fmt: skip


def _compact(shape: Shape, rng: Rng | None) -> Stack:
    """Convolutions over time; 37,060 parameters and .6 M multiply-adds on (49, 40) frames and 4 labels."""
    layers: Layers = {}
    n_in = shape[1]
    for i, (n_out, stride) in enumerate(((48, 2), (48, 2), (64, 1)), start=1):
        layers[f"conv{i}"] = Conv1d(n_in, n_out, size=5, stride=stride, rng=rng)
        layers[f"norm{i}"] = BatchNorm(n_out)
        layers[f"relu{i}"] = ReLU()
        n_in = n_out
    return Stack(layers | _mean_over_time())


def _residual(shape: Shape, rng: Rng | None) -> Stack:
    """Residual blocks of convolutions over time, as in TC-ResNet (Choi et al. 2019) but wider and with shorter kernels.

    202,308 parameters and 5.9 M multiply-adds on (98, 40) frames and 4 labels.
    """
    n_in = 64
    layers = _conv_norm("1", shape[1], n_in, size=5, stride=2, rng=rng)
    layers["relu1"] = ReLU()
    for i, (n_out, stride) in enumerate(((64, 1), (96, 2), (96, 1), (96, 1)), start=1):
        layers[f"block{i}"] = _residual_block(n_in, n_out, stride=stride, rng=rng)
        n_in = n_out
    return Stack(layers | _mean_over_time())


def _residual_block(n_in: int, n_out: int, *, stride: int, rng: Rng | None) -> Residual:
    branch = _conv_norm("1", n_in, n_out, size=3, stride=stride, rng=rng)
    branch["relu1"] = ReLU()
    branch |= _conv_norm("2", n_out, n_out, size=3, stride=1, rng=rng)
    same_shape = (n_in, stride) == (n_out, 1)
    skip = None if same_shape else Stack(_conv_norm("", n_in, n_out, size=1, stride=stride, rng=rng))
    return Residual(Stack(branch), skip)


def _conv_norm(suffix: str, n_in: int, n_out: int, *, size: int, stride: int, rng: Rng | None) -> Layers:
    conv = Conv1d(n_in, n_out, size=size, stride=stride, rng=rng)
    return {f"conv{suffix}": conv, f"norm{suffix}": BatchNorm(n_out)}


def _recurrent(shape: Shape, rng: Rng | None) -> Stack:
    """Gated recurrent units; 20,612 parameters and 1 M multiply-adds on (49, 40) frames and 4 labels."""
    return Stack({"gru": Gru(shape[1], 64, rng)} | _mean_over_time())


def _mean_over_time() -> Layers:
    """How a body over time ends: (T, C) to (C,)."""
    return {"mean": MeanOverTime(), "dropout": Dropout(0.1)}


@dataclass(frozen=True)
class Architecture:
    """A named way to build a network's body, and what suits it.

    `build_body` takes the (T, M) of what the network sees, and the generator of the initial weights, or None for 0.
    """

    name: str
    title: str
    description: str
    build_body: Callable[[Shape, Rng | None], Stack]
    preset: str
    learning_rate: float
    n_iterations: int


ARCHITECTURES = {
    architecture.name: architecture
    for architecture in (
        Architecture("compact", "Compact", "convolutions over time: quick and robust", _compact, "compact", 1e-3, 1000),
        Architecture(
            "residual", "Residual", "residual blocks over every frame: the best", _residual, "fine", 3e-3, 1000
        ),
        Architecture("recurrent", "Recurrent", "a GRU over the frames: small", _recurrent, "compact", 6e-3, 1000),
        Architecture("classic", "Classic", "the 2017 demo's image network", _classic, "classic", 1e-3, 500),
        Architecture(
            "cnn-one-fstride4", "Sainath & Parada, one convolution", "their network of 2015 for few multiplications",
            one_fstride4, "sainath", 1e-3, 1500,
        ),
        Architecture(
            "cnn-trad-fpool3", "Sainath & Parada, two convolutions", "their network of 2015 for few parameters",
            trad_fpool3, "sainath", 1e-3, 500,
        ),
    )
}  # fmt: skip


def build_network(name: str, *, input_shape: Shape, n_labels: int, seed: int | None) -> Network:
    """A new network.

    Parameters
    ----------
    name : str, one of ARCHITECTURES, or of HEADS for a network on a base
    input_shape : (T, M)
    n_labels : int
    seed : int, of the initial weights; None leaves them at 0, to be read from a file

    Raises
    ------
    SaysoError : `unknown_network`; `bad_config`, an image too small for the network
    """
    builders = {each.name: each.build_body for each in ARCHITECTURES.values()}
    builders |= {each.name: each.build_body for each in HEADS.values()}
    if name not in builders:
        raise SaysoError("unknown_network", f"network {name!r:.60}: expected one of {', '.join(builders)}")
    base = Embedding() if name in HEADS else None
    seen = input_shape if base is None else base.output_shape(input_shape)
    rng = None if seed is None else generator_of(Stream.WEIGHTS, seed)
    body = builders[name](seen, rng)
    (n_embedding,) = body.output_shape(seen)
    head = Dense(n_embedding, n_labels, rng)
    return Network(name, Standardise(seen[1]), body, head, input_shape=input_shape, base=base)
