"""Layers made of layers: a row of them, and a row with a shortcut around it."""

from __future__ import annotations

from collections.abc import Mapping

from sayso.arrays import Floats, Rng, Shape
from sayso.nn.layers import Gradients, Layer, ReLU


class Stack(Layer):
    """Layers in a row, by name; their parameters and state are named `layer.parameter`, however deep."""

    def __init__(self, layers: Mapping[str, Layer]) -> None:
        super().__init__()
        self.layers = dict(layers)
        for name, layer in self.layers.items():
            self.parameters |= prefixed(name, layer.parameters)
            self.state |= prefixed(name, layer.state)

    def output_shape(self, shape: Shape) -> Shape:
        for layer in self.layers.values():
            shape = layer.output_shape(shape)
        return shape

    def multiply_adds(self, shape: Shape) -> int:
        total = 0
        for layer in self.layers.values():
            total += layer.multiply_adds(shape)
            shape = layer.output_shape(shape)
        return total

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        for layer in self.layers.values():
            x = layer.forward(x, rng)
        return x

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        found: Gradients = {}
        for name, layer in reversed(self.layers.items()):
            dy, gradients = layer.backward(dy)
            found |= prefixed(name, gradients)
        return dy, found

    def gradients(self, dy: Floats) -> Gradients:
        """The gradients of `backward` without the one at x: it goes no further than the first layer with parameters."""
        first = next(name for name, layer in self.layers.items() if layer.parameters)
        found: Gradients = {}
        for name, layer in reversed(self.layers.items()):
            if name == first:
                return found | prefixed(name, layer.gradients(dy))
            dy, gradients = layer.backward(dy)
            found |= prefixed(name, gradients)
        return found


class Residual(Layer):
    """relu(branch(x) + skip(x)), or relu(branch(x) + x) without a `skip`, where the branch must keep the shape.

    The branch's parameters go by their own names, those of the skip as `skip.layer.parameter`.

    Source
    ------
    He et al. 2016, "Deep residual learning for image recognition", eq. 1 and 2, figure 2.
    """

    def __init__(self, branch: Stack, skip: Stack | None = None) -> None:
        super().__init__()
        self.branch, self.skip, self._relu = branch, skip or Stack({}), ReLU()
        self.parameters = self.branch.parameters | prefixed("skip", self.skip.parameters)
        self.state = self.branch.state | prefixed("skip", self.skip.state)

    def output_shape(self, shape: Shape) -> Shape:
        return self.branch.output_shape(shape)

    def multiply_adds(self, shape: Shape) -> int:
        return self.branch.multiply_adds(shape) + self.skip.multiply_adds(shape)

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        return self._relu.forward(self.branch.forward(x, rng) + self.skip.forward(x, rng))

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        dsum, _ = self._relu.backward(dy)
        dbranch, gradients = self.branch.backward(dsum)
        dskip, skip_gradients = self.skip.backward(dsum)
        return dbranch + dskip, gradients | prefixed("skip", skip_gradients)


def prefixed(prefix: str, arrays: Mapping[str, Floats]) -> dict[str, Floats]:
    """The arrays, each under its name with the prefix before it: `prefix.name`."""
    return {f"{prefix}.{name}": array for name, array in arrays.items()}
