"""`sayso features`: write the frames of a recording."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from sayso.audio.resample import resample
from sayso.data.folders import read_audio
from sayso.features.log_mel import log_mel
from sayso.features.presets import PRESETS, find_preset

HELP = "write the frames of a recording as a .npy file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--preset", required=True, choices=PRESETS)
    parser.add_argument("--audio", type=Path, required=True, metavar="FILE")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")


def run(options: argparse.Namespace) -> None:
    config = find_preset(options.preset)
    samples, rate_hz = read_audio(options.audio)
    np.save(options.out, log_mel(resample(samples, from_hz=rate_hz, to_hz=config.sample_rate_hz), config=config))
