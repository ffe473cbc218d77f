"""`sayso stream`: what a model recognises in a recording."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

import numpy as np

from sayso.cli.inputs import read_model
from sayso.desk import read_audio
from sayso.detector import Detection
from sayso.listener import Listener

HELP = "listen to a recording as the page listens to a microphone"
STREAM_BLOCK_SAMPLES = 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, required=True, metavar="FILE")
    parser.add_argument("--audio", type=Path, required=True, metavar="FILE")
    parser.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> None:
    samples, rate_hz = read_audio(options.audio)
    listener = Listener(read_model(options.model), sample_rate_hz=rate_hz)
    duration_s = samples.size / rate_hz
    samples = np.concatenate([samples, np.zeros(rate_hz, np.float32)])  # so that a word at the very end is heard out
    detections = []
    for sequence, start in enumerate(range(0, samples.size, STREAM_BLOCK_SAMPLES)):
        events = listener.accept(samples[start : start + STREAM_BLOCK_SAMPLES], sequence=sequence)
        detections += [dataclasses.asdict(event) for event in events if isinstance(event, Detection)]
    if options.json:
        print(json.dumps({"duration_s": duration_s, "detections": detections}))
    elif not detections:
        print(f"nothing recognised in {duration_s:.1f} s")
    else:
        for detection in detections:
            print(f"{detection['time_s']:9.2f} s  {detection['confidence']:.2f}  {detection['label']}")
