"""Frames that librosa and published formulas give, wherever the package runs: on a desk and in the tab."""

import json
from pathlib import Path

import numpy as np
import pytest
from sayso.features.log_mel import log_mel
from sayso.features.presets import PRESETS

from .synthetic import speech_like

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "frames.json").read_text())


@pytest.mark.parametrize("preset", GOLDEN)
def test_frames_are_those_of_the_reference(preset):
    expected = np.array(GOLDEN[preset]["frames"])
    found = log_mel(speech_like(0), config=PRESETS[preset])[:: GOLDEN[preset]["every"]]
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-12 if PRESETS[preset].linear else 1e-5)
