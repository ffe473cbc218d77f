"""What every layer promises, checked on one input: gradients, shapes, and the type it was given."""

from __future__ import annotations

import numpy as np
from sayso.nn.layers import Layer

from .gradcheck import check_gradient

TRAINING_SEED = 5  # seeds a training pass, so that every evaluation draws the same


def as_float64(layer: Layer) -> None:
    """Give a layer and the layers in it double precision; arrays that they share stay shared."""
    converted: dict[int, np.ndarray] = {}

    def convert(layer: Layer) -> None:
        for arrays in (layer.parameters, layer.state):
            for name, array in arrays.items():
                arrays[name] = converted.setdefault(id(array), array.astype(np.float64))
        for inside in vars(layer).values():
            for inner in inside.values() if isinstance(inside, dict) else (inside,):
                if isinstance(inner, Layer):
                    convert(inner)

    convert(layer)


def check_layer(layer: Layer, x: np.ndarray, *, training: bool = False) -> None:
    """Check a layer's gradients at x, (B, *shape) float64, then its shapes and its types in float32."""

    def forward(inputs: np.ndarray) -> np.ndarray:
        return layer.forward(inputs, np.random.default_rng(TRAINING_SEED) if training else None)

    check_types(layer, x.astype(np.float32), training=training)
    as_float64(layer)
    x = np.ascontiguousarray(x)
    y = forward(x)
    dy = np.random.default_rng(6).standard_normal(y.shape)

    def loss() -> float:
        return float((forward(x) * dy).sum())

    dx, gradients = layer.backward(dy)
    assert gradients.keys() == layer.parameters.keys()
    for name, gradient in layer.gradients(dy).items():
        assert np.array_equal(gradient, gradients[name]), name
    check_gradient("input", np.ascontiguousarray(dx), loss, x)
    for name, parameter in layer.parameters.items():
        check_gradient(name, gradients[name], loss, parameter)


def check_types(layer: Layer, x: np.ndarray, *, training: bool) -> None:
    """Float32 in, float32 out, both ways, in the shape that `output_shape` announces."""
    y = layer.forward(x, np.random.default_rng(TRAINING_SEED) if training else None)
    assert y.shape == (len(x), *layer.output_shape(x.shape[1:]))
    dx, gradients = layer.backward(np.ones_like(y))
    assert dx.shape == x.shape
    types = {"y": y.dtype, "dx": dx.dtype} | {name: gradient.dtype for name, gradient in gradients.items()}
    assert set(types.values()) == {np.dtype(np.float32)}, types
