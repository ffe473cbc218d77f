"""Layers made of layers: names, gradients, and no gradient computed that nobody asked for."""

import numpy as np
import pytest
from sayso.nn.convolution import Conv1d
from sayso.nn.layers import BatchNorm, Dense, Layer, ReLU, Standardise
from sayso.nn.stack import Residual, Stack

from .layer_checks import check_layer


def conv_norm(n_in, n_out, *, size, stride, rng):
    return {"conv": Conv1d(n_in, n_out, size=size, stride=stride, rng=rng), "norm": BatchNorm(n_out)}


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.fixture
def projected(rng):
    """A residual block that halves the frames and widens the channels."""
    branch = Stack(conv_norm(3, 5, size=3, stride=2, rng=rng))
    return Residual(branch, Stack(conv_norm(3, 5, size=1, stride=2, rng=rng)))


def test_gradients_of_a_stack(rng):
    check_layer(Stack({"first": Dense(4, 6, rng), "relu": ReLU(), "second": Dense(6, 3, rng)}), rng.random((5, 4)))


@pytest.mark.parametrize("training", [True, False])
def test_gradients_of_a_residual_block(training, rng):
    block = Residual(Stack(conv_norm(4, 4, size=3, stride=1, rng=rng)))
    check_layer(block, rng.standard_normal((3, 7, 4)), training=training)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("n_frames", [7, 8])
def test_gradients_of_a_residual_block_with_a_projection(n_frames, training, projected, rng):
    check_layer(projected, rng.standard_normal((3, n_frames, 3)), training=training)


def test_a_residual_block_adds_its_input_to_its_branch(rng):
    block = Residual(Stack({"dense": Dense(4, 4, rng)}))
    x = rng.standard_normal((3, 4)).astype(np.float32)
    weight = block.parameters["dense.weight"]
    np.testing.assert_allclose(block.forward(x), np.maximum(x @ weight + x, 0), rtol=1e-5, atol=1e-6)


def test_names_say_where_in_the_stack_a_parameter_is(projected):
    stack = Stack({"block1": projected})
    assert stack.parameters["block1.skip.conv.weight"] is projected.skip.layers["conv"].parameters["weight"]
    assert stack.state["block1.norm.mean"] is projected.branch.layers["norm"].state["mean"]
    assert len(stack.parameters) == 6
    assert len(stack.state) == 4


def test_multiply_adds_are_those_of_branch_and_skip(projected):
    assert projected.output_shape((8, 3)) == (4, 5)
    assert projected.multiply_adds((8, 3)) == 4 * (3 * 3 * 5 + 3 * 5)
    assert Stack({"first": projected, "second": projected.skip}).multiply_adds((8, 3)) == 4 * 60 + 2 * 15


def test_the_gradient_at_the_input_is_left_out_where_only_those_of_parameters_are_asked_for(rng):
    class Untouchable(Layer):
        def forward(self, x, rng=None):
            return x

        def backward(self, dy):
            raise AssertionError("nothing in front of the first trained layer needs a gradient")

    stack = Stack({"fixed": Untouchable(), "standardise": Standardise(4), "dense": Dense(4, 2, rng)})
    stack.forward(np.ones((3, 4), np.float32))
    assert stack.gradients(np.ones((3, 2), np.float32)).keys() == {"dense.weight", "dense.bias"}
