"""Convolutions: forward by plain loops, backward by central differences."""

import numpy as np
import pytest
from sayso.nn.convolution import Conv1d, Conv2d, ValidConv2d

from .layer_checks import check_layer

STRIDES = [1, 2, 3]
LENGTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12]


def conv1d_by_loops(x, weight, stride, pad):
    size = len(weight)
    padded = np.pad(x, ((0, 0), (pad, pad), (0, 0)))
    n_out = (padded.shape[1] - size) // stride + 1
    y = np.zeros((len(x), n_out, weight.shape[2]))
    for t in range(n_out):
        for k in range(size):
            y[:, t] += padded[:, t * stride + k] @ weight[k]
    return y


def conv2d_by_loops(x, weight, bias, stride=(1, 1)):
    size = weight.shape[:2]
    height, width = ((x.shape[1 + i] - size[i]) // stride[i] + 1 for i in (0, 1))
    y = np.zeros((len(x), height, width, weight.shape[3])) + bias
    for row in range(height):
        for column in range(width):
            for i in range(size[0]):
                for j in range(size[1]):
                    y[:, row, column] += x[:, row * stride[0] + i, column * stride[1] + j] @ weight[i, j]
    return y


@pytest.mark.parametrize("size", [1, 3, 5])
@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize("n_frames", LENGTHS)
def test_conv1d_is_its_definition(n_frames, stride, size):
    rng = np.random.default_rng(n_frames)
    layer = Conv1d(3, 4, size=size, stride=stride, rng=rng)
    x = rng.standard_normal((2, n_frames, 3)).astype(np.float32)
    expected = conv1d_by_loops(x.astype(np.float64), layer.parameters["weight"], stride, size // 2)
    np.testing.assert_allclose(layer.forward(x), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("size", [1, 3, 5])
@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize("n_frames", LENGTHS)
def test_gradients_of_conv1d_at_odd_and_even_lengths(n_frames, stride, size):
    rng = np.random.default_rng(n_frames)
    check_layer(Conv1d(3, 2, size=size, stride=stride, rng=rng), rng.standard_normal((2, n_frames, 3)))


@pytest.mark.parametrize("size", [1, 3, 5])
@pytest.mark.parametrize("shape", [(1, 1), (4, 3), (5, 6), (7, 2)])
def test_conv2d_is_its_definition(shape, size):
    rng = np.random.default_rng(size)
    layer = Conv2d(2, 3, size=size, rng=rng)
    layer.parameters["bias"][:] = rng.standard_normal(3)
    x = rng.standard_normal((2, *shape, 2)).astype(np.float32)
    padded = np.pad(x.astype(np.float64), ((0, 0), (size // 2,) * 2, (size // 2,) * 2, (0, 0)))
    expected = conv2d_by_loops(padded, layer.parameters["weight"], layer.parameters["bias"])
    np.testing.assert_allclose(layer.forward(x), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("size", [1, 3, 5])
@pytest.mark.parametrize("shape", [(1, 1), (4, 3), (5, 6)])
def test_gradients_of_conv2d_at_odd_and_even_sizes(shape, size):
    rng = np.random.default_rng(size)
    check_layer(Conv2d(2, 3, size=size, rng=rng), rng.standard_normal((2, *shape, 2)))


@pytest.mark.parametrize("n_examples", [Conv2d.EXAMPLES_AT_ONCE - 1, 2 * Conv2d.EXAMPLES_AT_ONCE + 1])
def test_conv2d_of_more_examples_than_are_done_at_once(n_examples):
    rng = np.random.default_rng(0)
    layer = Conv2d(2, 3, size=3, rng=rng)
    x = rng.standard_normal((n_examples, 3, 2, 2)).astype(np.float32)
    padded = np.pad(x.astype(np.float64), ((0, 0), (1, 1), (1, 1), (0, 0)))
    expected = conv2d_by_loops(padded, layer.parameters["weight"], layer.parameters["bias"])
    np.testing.assert_allclose(layer.forward(x), expected, rtol=1e-5, atol=1e-5)
    check_layer(layer, x.astype(np.float64))


def test_conv1d_takes_a_strided_view_of_frames():
    rng = np.random.default_rng(0)
    layer = Conv1d(3, 2, size=5, stride=2, rng=rng)
    frames = rng.standard_normal((2, 12, 3)).astype(np.float32)
    assert np.array_equal(layer.forward(frames[:, ::2]), layer.forward(frames[:, ::2].copy()))


WINDOWS = pytest.mark.parametrize(
    ("shape", "size", "stride"),
    [
        ((3, 4), (3, 4), (1, 1)),
        ((6, 7), (4, 2), (1, 1)),
        ((5, 8), (5, 3), (1, 4)),
        ((7, 9), (2, 3), (3, 2)),
        ((8, 5), (1, 2), (2, 3)),
    ],
)


@WINDOWS
def test_valid_conv2d_is_its_definition(shape, size, stride):
    rng = np.random.default_rng(1)
    layer = ValidConv2d(2, 3, size=size, stride=stride, rng=rng)
    layer.parameters["bias"][:] = rng.standard_normal(3)
    x = rng.standard_normal((2, *shape, 2)).astype(np.float32)
    expected = conv2d_by_loops(x.astype(np.float64), layer.parameters["weight"], layer.parameters["bias"], stride)
    np.testing.assert_allclose(layer.forward(x), expected, rtol=1e-5, atol=1e-5)


@WINDOWS
def test_gradients_of_valid_conv2d(shape, size, stride):
    rng = np.random.default_rng(2)
    check_layer(ValidConv2d(2, 3, size=size, stride=stride, rng=rng), rng.standard_normal((2, *shape, 2)))


@WINDOWS
def test_valid_conv2d_of_one_channel_is_its_definition(shape, size, stride):
    rng = np.random.default_rng(1)
    layer = ValidConv2d(1, 3, size=size, stride=stride, rng=rng)
    x = rng.standard_normal((2, *shape)).astype(np.float32)[..., None]  # a view, as ToImage gives it
    expected = conv2d_by_loops(x.astype(np.float64), layer.parameters["weight"], layer.parameters["bias"], stride)
    np.testing.assert_allclose(layer.forward(x), expected, rtol=1e-5, atol=1e-5)
    check_layer(layer, x.astype(np.float64))


def test_conv2d_of_one_channel_is_its_definition():
    rng = np.random.default_rng(1)
    layer = Conv2d(1, 3, size=3, rng=rng)
    x = rng.standard_normal((2, 4, 5)).astype(np.float32)[..., None]
    padded = np.pad(x.astype(np.float64), ((0, 0), (1, 1), (1, 1), (0, 0)))
    expected = conv2d_by_loops(padded, layer.parameters["weight"], layer.parameters["bias"])
    np.testing.assert_allclose(layer.forward(x), expected, rtol=1e-5, atol=1e-5)
    check_layer(layer, x.astype(np.float64))


def test_multiply_adds_of_valid_conv2d_are_one_kernel_a_window():
    layer = ValidConv2d(2, 3, size=(4, 2), stride=(1, 2), rng=np.random.default_rng(0))
    assert layer.output_shape((6, 7, 2)) == (3, 3, 3)
    assert layer.multiply_adds((6, 7, 2)) == 3 * 3 * (4 * 2 * 2 * 3)
