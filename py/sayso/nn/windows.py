"""Windows of a signal as the rows of a matrix, where neighbours share most of their values in memory."""

from __future__ import annotations

import sys

import numpy as np
import numpy.typing as npt

from sayso.arrays import Floats
from sayso.nn.loops import image_windows

# The NumPy of build/toolchain/numpy_wasm multiplies matrices with overlapping rows where they lie. Others first copy
# them, value by value.
READS_OVERLAPS = sys.platform == "emscripten"


def overlapping_rows(flat: Floats, n_rows: int, size: int, step: int) -> Floats:
    """Overlapping rows as a matrix for a product, (n_rows, size): row i begins at flat[i step]."""
    assert (n_rows - 1) * step + size <= flat.size
    # `as_strided` gives the same view, but takes four times as long
    rows: Floats = np.ndarray((n_rows, size), flat.dtype, flat, 0, (step * flat.itemsize, flat.itemsize))
    rows.flags.writeable = False
    return rows if READS_OVERLAPS else np.ascontiguousarray(rows)


def spread(x: Floats, *, before: int, pitch: int, after: int) -> Floats:
    """(B, T, C) as flat rows of C values: `before` rows of zeros, `pitch` rows for each example, `after` of zeros."""
    batch, n_frames, channels = x.shape
    flat = np.zeros((before + batch * pitch + after) * channels, x.dtype)
    flat[before * channels :][: batch * pitch * channels].reshape(batch, pitch, channels)[:, :n_frames] = x
    return flat


class ImageWindows:
    """The windows, (size, size, C), of a few images with zeros around them.

    Memory holds, for each row of windows and each column of the image, that column's part of the window: (size, C).
    Between two rows of windows lie size // 2 columns of zeros, right of the one and left of the other. So any `size`
    neighbouring columns are a window, and all of them the rows of a matrix whose step is one column. The size // 2
    rows of the matrix that begin between two rows of windows are no windows.

    Parameters
    ----------
    n_images : int, the most images that fit
    shape : (H, W, C) of an image, without the zeros around it
    size : int, odd
    dtype : that of the images
    """

    def __init__(self, n_images: int, shape: tuple[int, ...], size: int, dtype: npt.DTypeLike) -> None:
        self.height, self.width, channels = shape
        self.pitch = self.width + size // 2  # columns from a row of windows to the next
        self.size, self._step = size, size * channels
        n_columns = n_images * self.height * self.pitch
        self._flat = np.zeros((size // 2 + n_columns + size // 2) * self._step, dtype)
        inside = self._flat[size // 2 * self._step :][: n_columns * self._step]
        self._inside = inside.reshape(n_images, self.height, self.pitch, size, channels)

    def of(self, images: Floats) -> Floats:
        """The matrix, (n H pitch, size size C), of images with zeros above and below, (n, H + size - 1, W, C).

        The images are contiguous. A row of the matrix holds a window column by column: (column, row, channel).
        """
        image_windows(images, self._inside)
        return overlapping_rows(self._flat, len(images) * self.height * self.pitch, self.size * self._step, self._step)
