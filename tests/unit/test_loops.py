"""Compiled loops against the plain versions, and these against their definitions."""

import sys

import numpy as np
import pytest
from sayso.nn import loops

C = 6  # channels: one and a half of a vector's four


@pytest.fixture
def rng():
    return np.random.default_rng(8)


@pytest.fixture
def both(monkeypatch):
    """Calls a function with the compiled loops, where there are any, and without; returns what each gives."""

    def call(function):
        there = function()
        monkeypatch.setattr(loops, "compiled", None)
        plain = function()
        monkeypatch.undo()
        return there, plain

    return call


def test_there_are_none_compiled_on_the_desk():  # tests/site checks that the page has them
    assert loops.compiled is None or sys.platform == "emscripten"


def test_rectify_and_its_gradient(both, rng):
    x, dy = rng.standard_normal((2, 3, 5, 7)).astype(np.float32)
    largest = np.finfo(np.float32).max
    x[0, 0] = [np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0, -largest]
    dy[0, 1, :2] = np.inf, np.nan
    there, plain = both(lambda: loops.rectify(x))
    assert np.array_equal(there, plain, equal_nan=True)
    assert np.array_equal(plain, np.where(np.isnan(x) | (x > 0), x, 0), equal_nan=True)
    there, plain = both(lambda: loops.rectify_backward(plain, dy))
    assert np.array_equal(there, plain, equal_nan=True)
    assert np.array_equal(plain, dy * (x > 0), equal_nan=True)


@pytest.mark.parametrize("channels", [1, 4, C])
@pytest.mark.parametrize("n_more", [0, 2])
def test_max_pool(channels, n_more, both, rng):
    x = rng.standard_normal((2, 5, 4 + n_more, channels)).astype(np.float32)
    x[0, 1, 1, 0], x[1, 4, 0, 0] = np.nan, np.inf  # NaN passes, to show that a training diverges
    bias = rng.standard_normal((3, channels)).astype(np.float32)

    def pooled():
        y = np.full((2, 4, 3, channels), np.nan, np.float32)
        loops.max_pool(x, bias, y)
        return y

    there, plain = both(pooled)
    assert np.array_equal(there, plain, equal_nan=True)
    assert np.isnan(plain).sum() == 4
    corner = x[1, 2:4, 1:3].max(axis=(0, 1)) + bias[1]
    assert np.array_equal(plain[1, 2, 1], np.maximum(corner, 0))


@pytest.mark.parametrize("channels", [1, 4, C])
@pytest.mark.parametrize("shape", [(2, 2), (5, 4), (4, 7), (1, 4), (4, 1)])
def test_max_pool_backward_with_ties(channels, shape, both, rng):
    x = rng.integers(0, 3, (3, *shape, channels)).astype(np.float32)
    dy = rng.standard_normal((3, shape[0] - 1, shape[1] - 1, channels)).astype(np.float32)
    dy.reshape(-1)[::7] = np.inf
    there, plain = both(lambda: loops.max_pool_backward(x, dy))
    assert np.array_equal(there, plain)


@pytest.mark.parametrize("channels", [1, 4, C])
@pytest.mark.parametrize("n_images", [1, 2])
def test_image_windows_leave_the_rest_of_the_room_alone(channels, n_images, both, rng):
    images = rng.standard_normal((n_images, 7, 4, channels)).astype(np.float32)

    def copied():
        room = np.full((2, 5, 6, 3, channels), np.nan, np.float32)
        loops.image_windows(images, room)
        return room

    there, plain = both(copied)
    assert np.array_equal(there, plain, equal_nan=True)
    assert np.array_equal(plain[n_images - 1, 2, 1], images[n_images - 1, 2:5, 1])
    assert np.isnan(plain[n_images:]).all()
    assert np.isnan(plain[:, :, 4:]).all()


@pytest.mark.parametrize("n_out", [8, 16, C])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 3), (5, 4), (4, 9), (3, 13)])
@pytest.mark.parametrize(("size", "channels", "margin"), [(5, 1, 2), (3, 4, 0), (5, 8, 1)])
def test_pooled_convolution(size, channels, margin, height, width, n_out, both, rng):
    around = size // 2
    image = rng.standard_normal((height, width, channels)).astype(np.float32)
    x = np.pad(image, [(around, around), (around, around), (0, 0)])
    kernel = rng.standard_normal((size, size, channels, n_out)).astype(np.float32)
    bias = rng.standard_normal(n_out).astype(np.float32)

    def pooled():
        y = np.full((height - 1 + 2 * margin, width - 1 + 2 * margin, n_out), -1, np.float32)
        loops.pooled_convolution(x, kernel, bias, y)
        return y

    expected = np.full((height - 1 + 2 * margin, width - 1 + 2 * margin, n_out), -1.0)
    for h in range(height - 1):
        for w in range(width - 1):
            windows = [x[h + i : h + i + size, w + j : w + j + size].astype(np.float64) for i in (0, 1) for j in (0, 1)]
            sums = [np.tensordot(window, kernel, 3) + bias for window in windows]
            expected[margin + h, margin + w] = np.maximum(0, np.max(sums, axis=0))
    for found in both(pooled):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", [(4, C), (3, 5, 48)])
def test_loops_over_channels(shape, both, rng):
    x, dy = (3 + 2 * rng.standard_normal(shape).astype(np.float32) for _ in range(2))
    mean, a, b, c = rng.standard_normal((4, shape[-1])).astype(np.float32)

    def outcomes():
        return [
            *loops.channel_moments(x),
            loops.normalise(x, mean, a, b),
            *loops.channel_sums(dy, x, mean),
            loops.channel_combination(dy, x, mean, of_dy=a, of_x=b, summand=c),
        ]

    there, plain = both(outcomes)
    flat, dflat = (array.reshape(-1, shape[-1]).astype(np.float64) for array in (x, dy))
    expected = [
        flat.mean(axis=0),
        flat.var(axis=0),
        (x.astype(np.float64) - mean) * a + b,
        dflat.sum(axis=0),
        (dflat * (flat - mean)).sum(axis=0),
        dy.astype(np.float64) * a + (x.astype(np.float64) - mean) * b + c,
    ]
    for found, also, exact in zip(there, plain, expected, strict=True):
        np.testing.assert_allclose(found, exact, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(also, exact, rtol=1e-5, atol=1e-5)


def test_arrays_that_the_compiled_loops_cannot_read_take_the_plain_way(rng):
    x = rng.standard_normal((4, 3, C))
    turned = x.astype(np.float32).transpose(1, 0, 2)
    for array in (x, turned):
        mean, variance = loops.channel_moments(array)
        np.testing.assert_allclose(mean, array.mean(axis=(0, 1)), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(variance, array.var(axis=(0, 1)), rtol=1e-5, atol=1e-6)


def test_what_cannot_be_written_or_does_not_fit_is_refused():
    x, bias, y = (np.zeros(shape, np.float32) for shape in ((1, 3, 3, 1), (2, 1), (1, 2, 2, 1)))
    for misfit in (y[:, :1].copy(), np.zeros((1, 2, 3, 1), np.float32), y[0]):
        with pytest.raises(AssertionError):
            loops.max_pool(x, bias, misfit)
    with pytest.raises(AssertionError):
        loops.max_pool_backward(x, x)
    with pytest.raises(AssertionError):
        loops.rectify_backward(x, y)
    image, kernel, eight = np.zeros((4, 4, 1), np.float32), np.zeros((3, 3, 1, 8), np.float32), np.zeros(8, np.float32)
    for misfit in (np.zeros(shape, np.float32) for shape in ((1, 2, 8), (2, 1, 8), (2, 2, 8), (1, 1, 4))):
        with pytest.raises(AssertionError):
            loops.pooled_convolution(image, kernel, eight, misfit)
    for misfit in (image[:2], image[..., None], image[..., [0, 0]]):
        with pytest.raises(AssertionError):
            loops.pooled_convolution(misfit, kernel, eight, np.zeros((1, 1, 8), np.float32))
    y.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        loops.max_pool(x, bias, y)
