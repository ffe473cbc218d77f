"""Writes frames.json: frames of a chirp as the 2017 demo and as librosa compute them, for tests that run in the tab.

Run from the repository's root, with sayso on the path: `python -m tests.golden.make_frames`
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from sayso.presets import CLASSIC, COMPACT

from ..parity.published_2017 import image
from ..parity.test_librosa import librosa_mel, librosa_pcen
from ..unit.synthetic import speech_like

EVERY = {"classic": 3, "classic-2017": 3, "compact": 11}  # frames kept
DIGITS = 6


def frames() -> dict[str, np.ndarray]:
    """Frames of each preset, (T, M) float64, none of them by Sayso."""
    samples = speech_like(0)
    mel = librosa_mel(samples, COMPACT)
    return {
        "classic": np.log(librosa_mel(samples, CLASSIC) + np.exp(-10)),
        "classic-2017": image(samples.astype(np.float64)),
        "compact": librosa_pcen(mel, COMPACT, mel[:10].mean(axis=0)),
    }


if __name__ == "__main__":
    kept = {
        preset: {"every": EVERY[preset], "frames": np.round(values[:: EVERY[preset]], DIGITS).tolist()}
        for preset, values in frames().items()
    }
    text = json.dumps(kept).replace("], [", "],\n[")
    Path(__file__).with_name("frames.json").write_text(text + "\n")
