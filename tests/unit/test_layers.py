"""Layers: forward by its definition, backward by central differences."""

import numpy as np
import pytest
from sayso.layers import (
    BatchNorm,
    Dense,
    Dropout,
    Flatten,
    MaxPool2x2,
    MaxPoolBands,
    MeanOverTime,
    ReLU,
    Standardise,
    ToImage,
    he_normal,
)

from .layer_checks import check_layer


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def test_gradients_of_a_dense_layer(rng):
    check_layer(Dense(5, 3, rng), rng.standard_normal((4, 5)))


def test_gradients_of_standardisation(rng):
    layer = Standardise(4)
    layer.state["mean"][:], layer.state["std"][:] = rng.random(4), 0.5 + rng.random(4)
    check_layer(layer, rng.standard_normal((2, 3, 4)))


@pytest.mark.parametrize(
    "layer", [ToImage(), Flatten(), ReLU(), MeanOverTime()], ids=lambda layer: type(layer).__name__
)
def test_gradients_of_layers_without_parameters(layer, rng):
    check_layer(layer, rng.standard_normal((2, 5, 3)))


@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (4, 5), (7, 6)])
def test_gradients_of_max_pooling_at_odd_and_even_sizes(shape, rng):
    check_layer(MaxPool2x2(), rng.random((2, *shape, 3)))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(4, 3), (3, 5, 4)])
def test_gradients_of_batch_norm(shape, training, rng):
    layer = BatchNorm(shape[-1])
    layer.parameters["scale"][:] = 0.5 + rng.random(shape[-1])
    layer.parameters["shift"][:] = rng.standard_normal(shape[-1])
    layer.state["mean"][:], layer.state["variance"][:] = rng.random(shape[-1]), 0.5 + rng.random(shape[-1])
    check_layer(layer, 3 + 2 * rng.standard_normal(shape), training=training)


@pytest.mark.parametrize("training", [True, False])
def test_gradients_of_dropout(training, rng):
    check_layer(Dropout(0.3), rng.standard_normal((6, 7)), training=training)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_relu_is_the_maximum_with_zero(dtype, rng):
    x = rng.standard_normal((4, 9)).astype(dtype)
    x[0, :4] = [0.0, -0.0, np.finfo(dtype).tiny, -np.finfo(dtype).max]
    assert np.array_equal(ReLU().forward(x), np.maximum(x, 0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_max_pooling_takes_the_largest_of_each_neighbourhood(dtype, rng):
    x = rng.random((2, 5, 4, 3)).astype(dtype)
    expected = np.empty((2, 4, 3, 3), dtype)
    for row in range(4):
        for column in range(3):
            expected[:, row, column] = x[:, row : row + 2, column : column + 2].max(axis=(1, 2))
    assert np.array_equal(MaxPool2x2().forward(x), expected)


def test_max_pooling_reads_a_strided_view(rng):
    x = np.maximum(rng.standard_normal((3, 6, 5, 2)), 0).astype(np.float32)
    turned = x.transpose(0, 2, 1, 3)
    pooled = MaxPool2x2().forward(turned)
    assert np.array_equal(pooled, MaxPool2x2().forward(x).transpose(0, 2, 1, 3))


def test_max_pooling_gives_the_gradient_of_a_tie_to_one_corner():
    layer = MaxPool2x2()
    layer.forward(np.zeros((1, 2, 2, 1), np.float32))
    dx, _ = layer.backward(np.full((1, 1, 1, 1), 5, np.float32))
    assert dx.reshape(-1).tolist() == [5, 0, 0, 0]


@pytest.mark.parametrize("n_bands", [3, 7, 8, 9])
def test_gradients_of_max_pooling_over_bands(n_bands, rng):
    check_layer(MaxPoolBands(3), rng.random((2, 4, n_bands, 2)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_max_pooling_over_bands_takes_the_largest_of_each_three_and_drops_the_rest(dtype, rng):
    x = rng.random((2, 4, 8, 3)).astype(dtype)
    expected = np.stack([x[:, :, :3].max(axis=2), x[:, :, 3:6].max(axis=2)], axis=2)
    assert np.array_equal(MaxPoolBands(3).forward(x), expected)


def test_max_pooling_over_bands_gives_the_gradient_of_a_tie_to_one_band():
    layer = MaxPoolBands(3)
    layer.forward(np.zeros((1, 1, 4, 1), np.float32))
    dx, _ = layer.backward(np.full((1, 1, 1, 1), 5, np.float32))
    assert dx.reshape(-1).tolist() == [5, 0, 0, 0]


def test_batch_norm_normalises_each_channel_of_a_training_batch(rng):
    x = (5 + 3 * rng.standard_normal((8, 10, 4))).astype(np.float32)
    y = BatchNorm(4).forward(x, rng)
    np.testing.assert_allclose(y.mean(axis=(0, 1)), 0, atol=1e-6)
    np.testing.assert_allclose(y.var(axis=(0, 1)), 1, atol=1e-5)


def test_batch_norm_keeps_running_statistics_with_the_unbiased_variance(rng):
    layer = BatchNorm(3)
    x = rng.standard_normal((6, 5, 3)).astype(np.float32)
    flat = x.reshape(-1, 3).astype(np.float64)
    layer.forward(x, rng)
    np.testing.assert_allclose(layer.state["mean"], 0.1 * flat.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(layer.state["variance"], 0.9 + 0.1 * flat.var(axis=0, ddof=1), rtol=1e-6)


def test_batch_norm_infers_by_its_running_statistics_and_leaves_them_alone(rng):
    layer = BatchNorm(2)
    layer.state["mean"][:], layer.state["variance"][:] = [1, -2], [4, 0.25]
    layer.parameters["scale"][:], layer.parameters["shift"][:] = [3, 1], [0.5, 0]
    y = layer.forward(np.array([[3.0, -1.0]], np.float32))
    np.testing.assert_allclose(y, [[3.5, 2.0]], rtol=1e-4)  # EPS under the root
    assert layer.state["mean"].tolist() == [1, -2]


def test_dropout_zeroes_its_share_and_keeps_the_mean():
    y = Dropout(0.25).forward(np.ones((200, 500), np.float32), np.random.default_rng(0))
    assert set(np.unique(y)) == {np.float32(0), np.float32(1) / np.float32(0.75)}
    assert abs((y == 0).mean() - 0.25) < 0.005


def test_dropout_passes_everything_at_inference(rng):
    x = rng.standard_normal((3, 4)).astype(np.float32)
    assert np.array_equal(Dropout(0.5).forward(x), x)


def test_initial_weights_have_the_variance_of_he(rng):
    weights = he_normal(rng, (400, 300), 400)
    assert weights.dtype == np.float32
    assert abs(weights.std() / np.sqrt(2 / 400) - 1) < 0.01
