"""Pooling: forward by its definition, backward by central differences."""

import numpy as np
import pytest
from sayso.nn.pooling import MaxPool, MaxPool2x2, StatisticsPooling

from .layer_checks import check_layer


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (4, 5), (7, 6)])
def test_gradients_of_max_pooling_at_odd_and_even_sizes(shape, rng):
    check_layer(MaxPool2x2(), rng.random((2, *shape, 3)))


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
    check_layer(MaxPool((1, 3)), rng.random((2, 4, n_bands, 2)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_max_pooling_over_bands_takes_the_largest_of_each_three_and_drops_the_rest(dtype, rng):
    x = rng.random((2, 4, 8, 3)).astype(dtype)
    expected = np.stack([x[:, :, :3].max(axis=2), x[:, :, 3:6].max(axis=2)], axis=2)
    assert np.array_equal(MaxPool((1, 3)).forward(x), expected)


def test_max_pooling_over_bands_gives_the_gradient_of_a_tie_to_one_band():
    layer = MaxPool((1, 3))
    layer.forward(np.zeros((1, 1, 4, 1), np.float32))
    dx, _ = layer.backward(np.full((1, 1, 1, 1), 5, np.float32))
    assert dx.reshape(-1).tolist() == [5, 0, 0, 0]


@pytest.mark.parametrize("shape", [(2, 2), (5, 4), (6, 7)])
def test_max_pooling_side_by_side_is_its_definition(shape, rng):
    x = rng.random((2, *shape, 3))
    expected = np.empty((2, shape[0] // 2, shape[1] // 2, 3))
    for row in range(expected.shape[1]):
        for band in range(expected.shape[2]):
            expected[:, row, band] = x[:, 2 * row : 2 * row + 2, 2 * band : 2 * band + 2].max(axis=(1, 2))
    assert np.array_equal(MaxPool((2, 2)).forward(x), expected)
    check_layer(MaxPool((2, 2)), x)


@pytest.mark.parametrize("n_frames", [1, 2, 7])
def test_gradients_of_statistics_pooling(n_frames, rng):
    check_layer(StatisticsPooling(), rng.standard_normal((3, n_frames, 4)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_statistics_pooling_is_mean_maximum_and_deviation(dtype, rng):
    x = (5 + rng.standard_normal((2, 9, 3))).astype(dtype)
    expected = np.concatenate([x.mean(axis=1), x.max(axis=1), x.std(axis=1)], axis=1)
    np.testing.assert_allclose(StatisticsPooling().forward(x), expected, rtol=1e-5)


def test_statistics_pooling_has_gradients_where_nothing_changes():
    layer = StatisticsPooling()
    layer.forward(np.ones((1, 4, 2)))
    dx, _ = layer.backward(np.ones((1, 6)))
    assert np.isfinite(dx).all()
    assert dx.sum() == pytest.approx(4)  # of each mean and each maximum
