"""Layers: forward by its definition, backward by central differences."""

import numpy as np
import pytest
from sayso.nn.layers import (
    BatchNorm,
    Dense,
    Dropout,
    Flatten,
    MeanOverTime,
    ReLU,
    Standardise,
    ToImage,
    UnitLength,
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


def test_gradients_of_unit_length(rng):
    check_layer(UnitLength(), rng.standard_normal((4, 5)))


def test_unit_length_keeps_directions_and_leaves_nothing_at_zero(rng):
    x = rng.standard_normal((3, 5))
    np.testing.assert_allclose(UnitLength().forward(x), x / np.linalg.norm(x, axis=1)[:, None], rtol=1e-12)
    assert not UnitLength().forward(np.zeros((1, 5))).any()


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
    x[0, :6] = [0.0, -0.0, np.finfo(dtype).tiny, -np.finfo(dtype).max, np.nan, -np.nan]
    assert np.array_equal(ReLU().forward(x), np.maximum(x, 0), equal_nan=True)


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
    np.testing.assert_allclose(y, [[3.5, 2.0]], rtol=1e-4)  # EPS changes the last digits
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
