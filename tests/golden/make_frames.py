"""Writes frames.json: frames of a chirp as librosa and published formulas have them, for tests that run in the tab.

Run from the repository's root, with sayso on the path: `python -m tests.golden.make_frames`
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from sayso.features.presets import CLASSIC, COMPACT, LIBROSA

from ..parity.librosa_calls import librosa_mel, librosa_pcen
from ..parity.published_2017 import image
from ..parity.published_chains import SPEECH_EMBEDDING, TF_SIGNAL, VGGISH
from ..unit.synthetic import speech_like

# Of each preset's frames only every n-th is kept, so that the file stays small.
EVERY = {"classic": 7, "classic-2017": 7, "compact": 20, "librosa": 12, "audioset": 40, "tf": 10, "embedding": 20}
DIGITS = 7


def frames() -> dict[str, np.ndarray]:
    """Frames of each preset, (T, M) float64, none of them by Sayso."""
    samples = speech_like(0)
    mel = librosa_mel(samples, COMPACT)
    return {
        "classic": np.log(librosa_mel(samples, CLASSIC) + np.exp(-10)),
        "classic-2017": image(samples.astype(np.float64)),
        "compact": librosa_pcen(mel, COMPACT.pcen, mel[:10].mean(axis=0)),
        "librosa": librosa_mel(samples, LIBROSA),
        "audioset": VGGISH.log_mel(samples),
        "tf": TF_SIGNAL.log_mel(samples),
        "embedding": SPEECH_EMBEDDING.log_mel(samples),
    }


def kept(values: np.ndarray, every: int) -> list[list[float]]:
    """Every n-th frame, n being `every`, in DIGITS significant digits."""
    return [[float(f"{value:.{DIGITS}g}") for value in frame] for frame in values[::every]]


if __name__ == "__main__":
    golden = {
        preset: {"every": EVERY[preset], "frames": kept(values, EVERY[preset])} for preset, values in frames().items()
    }
    text = json.dumps(golden).replace("], [", "],\n[").replace('}, "', '},\n"')
    Path(__file__).with_name("frames.json").write_text(text + "\n")
