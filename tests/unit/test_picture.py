"""Frames as images: their shades, their orientation, and plain power in decibels."""

import dataclasses
import math

import numpy as np
import pytest
from sayso.features.picture import DB_RANGE, LOG_HIGH, LOG_LOW, PCEN_RANGE, picture_of
from sayso.features.presets import CLASSIC, COMPACT, LIBROSA, TF

DECIBELS = dataclasses.replace(LIBROSA, linear=False, db_floor=1e-10)


@pytest.mark.parametrize(
    ("config", "low", "high"),
    [
        (CLASSIC, math.log(CLASSIC.log_offset), LOG_HIGH),
        (TF, LOG_LOW / 2, LOG_HIGH / 2),  # the logarithm of a magnitude is half that of the power
        (COMPACT, *PCEN_RANGE),
        (DECIBELS, *DB_RANGE),
    ],
)
def test_quiet_is_black_and_loud_is_white_and_beyond_does_not_wrap_around(config, low, high):
    levels = np.array([[low - 99, low, (low + high) / 2, high, high + 99]], np.float32)
    picture = picture_of(levels, config)
    assert list(picture.intensities[::-1]) == pytest.approx([0, 0, 127, 255, 255], abs=1)


def test_a_frame_is_a_column_and_the_lowest_band_the_bottom_row():
    frames = np.zeros((3, 2), np.float32)
    frames[1, 0] = 99  # the second frame's lowest band
    picture = picture_of(frames, COMPACT)
    assert (picture.width, picture.height) == (3, 2)
    assert list(picture.intensities) == [0, 0, 0, 0, 255, 0]


def test_plain_mel_power_is_shown_in_decibels():
    levels_db = np.linspace(-80, 40, 25, dtype=np.float32)[None]
    linear = picture_of(10 ** (levels_db / 10), LIBROSA)
    assert list(linear.intensities) == pytest.approx(list(picture_of(levels_db, DECIBELS).intensities), abs=1)
    assert not any(picture_of(np.zeros((1, 128), np.float32), LIBROSA).intensities)
