"""Frames as images."""

import math

import numpy as np
import pytest
from sayso.picture import LOG_HIGH, PCEN_RANGE, picture_of
from sayso.presets import CLASSIC, COMPACT


@pytest.mark.parametrize(
    ("config", "low", "high"), [(CLASSIC, math.log(CLASSIC.log_offset), LOG_HIGH), (COMPACT, *PCEN_RANGE)]
)
def test_quiet_is_black_and_loud_is_white_and_beyond_does_not_wrap_around(config, low, high):
    levels = np.array([[low - 99, low, (low + high) / 2, high, high + 99]], np.float32)
    picture = picture_of(levels, config)
    assert list(picture.intensities[::-1]) == pytest.approx([0, 0, 127, 255, 255], abs=1)


def test_a_frame_is_a_column_and_the_lowest_band_the_bottom_row():
    frames = np.zeros((3, 2), np.float32)
    frames[1, 0] = 99  # second frame, lowest band
    picture = picture_of(frames, COMPACT)
    assert (picture.width, picture.height) == (3, 2)
    assert list(picture.intensities) == [0, 0, 0, 0, 255, 0]
