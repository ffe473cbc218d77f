"""Windows as rows that overlap, against copies of the windows one by one."""

import numpy as np
import pytest
from sayso.nn.windows import ImageWindows, overlapping_rows, spread


@pytest.fixture(params=[True, False], ids=["read where they lie", "copied first"])
def reads_overlaps(request, monkeypatch):
    monkeypatch.setattr("sayso.nn.windows.READS_OVERLAPS", request.param)


@pytest.mark.parametrize("size", [1, 3, 5])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("n_images", [1, 2])
@pytest.mark.usefixtures("reads_overlaps")
def test_windows_of_images_are_those_of_the_padded_images(n_images, channels, size):
    rng = np.random.default_rng(size)
    height, width, pad = 4, 3, size // 2
    windows = ImageWindows(2, (height, width, channels), size, np.float32)
    for _ in range(2):  # the second time over the first images
        images = rng.standard_normal((n_images, height, width, channels)).astype(np.float32)
        padded = np.pad(images, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
        rows = windows.of(np.ascontiguousarray(padded[:, :, pad : pad + width]))
        rows = rows.reshape(n_images, height, windows.pitch, size, size, channels)
        for y in range(height):
            for x in range(width):
                expected = padded[:, y : y + size, x : x + size].transpose(0, 2, 1, 3)  # (n, column, row, C)
                assert np.array_equal(rows[:, y, x], expected)


@pytest.mark.usefixtures("reads_overlaps")
def test_rows_overlap_by_as_much_as_the_step_is_shorter():
    flat = np.arange(10, dtype=np.float32)
    assert overlapping_rows(flat, 3, 4, 2).tolist() == [[0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6, 7]]


def test_examples_are_spread_with_zeros_around_them():
    x = np.array([[[1, 2]], [[3, 4]]], np.float32)
    rows = spread(x, before=1, pitch=2, after=1).reshape(-1, 2)
    assert rows.tolist() == [[0, 0], [1, 2], [0, 0], [3, 4], [0, 0], [0, 0]]
