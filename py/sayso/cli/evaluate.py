"""`sayso evaluate`: a model's score on recordings."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from sayso.cli.inputs import read_clips, read_model
from sayso.cli.terminal import recall_table
from sayso.judge import judge

HELP = "score a model on a folder of recordings or a sprite pack"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, required=True, metavar="FILE")
    parser.add_argument("--audio", type=Path, required=True, metavar="DIR")
    parser.add_argument("--part", choices=("all", "test"), default="all", help="all clips, or those of test speakers")
    parser.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> None:
    model = read_model(options.model)
    evaluation = judge(model, read_clips([options.audio]), part=options.part)
    print(json.dumps({"model": model.card()} | evaluation.to_dict()) if options.json else recall_table(evaluation))
