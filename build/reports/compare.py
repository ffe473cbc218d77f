"""Trains every network alike and puts them side by side: `python3 build compare`.

Runs in the desk's Python: usage: python -m reports.compare, with py/ and build/ on its path.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from engine.console import BuildError
from sayso.models.formats import open_model
from sayso.models.model import Model
from sayso.models.networks import ARCHITECTURES
from sayso.models.plan import recogniser_of

from reports.package import run_sayso
from reports.paragraphs import filled

TRAIN_OPTIONS = "--batch-size 64 --other-weight 1.5 --silence-weight .5 --seed 1"
N_WINDOWS = 200  # windows that are timed, one by one

PAGE = """\
# The networks, compared

`python3 build compare` trains each, with its own features and learning rate, on the training part of the recordings
(`speech_commands`) and of the synthetic voices:

    python -m sayso train --iterations {iterations} {recipe}

The recordings' validation speakers then score it (`python -m sayso evaluate --part test`). One seed each, so a
percent more or less means little, and what learns slowly would gain from more iterations. Times are those of one thread
on the machine that made this page, without the loops that are compiled for the tab.

{table}

{others}
"""
OTHERS = '"Other" are clips of these words: {words}. A score on other words is another figure.'


@dataclass(frozen=True)
class Result:
    """A trained network and what `evaluate --json` said of it."""

    model: Model
    scores: dict[str, Any]
    window_ms: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, score, print the table and write the page; returns 1 when a command failed, which says why itself."""
    options = _parser().parse_args(arguments)
    results = []
    for name in options.networks:
        try:
            results.append(train_and_score(name, options.audio, n_iterations=options.iterations))
        except BuildError as error:
            print(f"The network {name}: {error}", file=sys.stderr)
            return 1
    text = table(results)
    print(text)
    page = PAGE.format(iterations=options.iterations, recipe=TRAIN_OPTIONS, table=text, others=others(results[0]))
    options.out.write_text(page)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 build compare", description="Train every network and compare them.")
    parser.add_argument(
        "--audio", type=Path, action="append", required=True, metavar="DIR",
        help="to train on; the test speakers of the first to score on",
    )  # fmt: skip
    parser.add_argument("--networks", nargs="+", choices=ARCHITECTURES, default=list(ARCHITECTURES), metavar="NAME")
    parser.add_argument("--iterations", type=int, default=1500, metavar="N", help="batches of 64 to train on")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the page to write")
    return parser


def train_and_score(name: str, audio: Sequence[Path], *, n_iterations: int) -> Result:
    """Train the network of that name on all folders and score it on the test speakers of the first.

    Raises
    ------
    BuildError : a command failed
    """
    folders = [part for folder in audio for part in ("--audio", folder)]
    with TemporaryDirectory() as folder:
        model = Path(folder) / f"{name}.safetensors"
        trained = ["--network", name, "--iterations", n_iterations, *TRAIN_OPTIONS.split()]
        run_sayso("train", *folders, "--out", model, *trained, shows_progress=True)
        scored = ["--audio", audio[0], "--part", "test", "--json"]
        scores = json.loads(run_sayso("evaluate", "--model", model, *scored, shows_progress=True))
        opened = open_model(model.read_bytes())
    return Result(opened, scores, window_ms(opened))


def window_ms(model: Model) -> float:
    """The median time from one window's frames to its posteriors, as when listening, in ms."""
    recognise = recogniser_of(model.network)
    window = np.random.default_rng(0).standard_normal(model.features.image_shape, dtype=np.float32)
    took_s = []
    for _ in range(N_WINDOWS):
        started_s = time.perf_counter()
        recognise(window)
        took_s.append(time.perf_counter() - started_s)
    return 1000 * float(np.median(took_s))


def table(results: Sequence[Result]) -> str:
    """The results as a Markdown table, the best first."""
    labels = results[0].scores["labels"]
    header = ["network", "features", "parameters", "multiply-adds", "training", "examples/s", "balanced accuracy"]
    rows = [[*header, *labels, "ms a window"], ["---", "---", *["--:"] * (6 + len(labels))]]
    rows += [_row(result) for result in sorted(results, key=lambda result: -result.scores["balanced_accuracy"])]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def others(result: Result) -> str:
    """A paragraph that names the other words which were scored, with how many clips there were of each."""
    words = ", ".join(f"{word} {row['n']:,}" for word, row in result.scores["words"].items())
    return filled(OTHERS, words=words)


def _row(result: Result) -> list[str]:
    network, provenance = result.model.network, result.model.provenance
    assert provenance.training  # a network that has just been trained tells how
    n_examples = provenance.iteration * provenance.training.batch_size
    confusion = result.scores["confusion"]
    return [
        network.name,
        result.model.features.preset,
        f"{network.n_parameters:,}",
        f"{network.n_multiply_adds:,}",
        f"{provenance.elapsed_s:.0f} s",
        f"{n_examples / provenance.elapsed_s:.0f}",
        f"{result.scores['balanced_accuracy']:.3f}",
        *(f"{row[i] / sum(row):.3f}" if any(row) else "-" for i, row in enumerate(confusion)),
        f"{result.window_ms:.2f}",
    ]


if __name__ == "__main__":
    sys.exit(main())
