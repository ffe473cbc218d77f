"""The golden frames are what their script makes."""

import json
from pathlib import Path

import numpy as np

from ..golden.make_frames import frames

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "frames.json").read_text())


def test_golden_frames_are_up_to_date():
    references = frames()
    assert references.keys() == GOLDEN.keys()
    for preset, kept in GOLDEN.items():
        np.testing.assert_allclose(kept["frames"], references[preset][:: kept["every"]], rtol=1e-6)
