"""Trains, tunes and scores the models that come with the page, and writes their cards: `python3 build models`."""

from __future__ import annotations

import json
import os
import shutil
import statistics
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from engine.console import BuildError, say
from engine.desk import recordings_folder
from engine.npm import WEB

from reports.cards import write_card
from reports.package import run_sayso
from reports.recordings import attribution_of, words_in

MODELS = WEB / "models"
SEEDS = (1, 2, 3)  # the first seed's model is shipped; the others tell how much luck there is in a seed
DENSE = "--minutes 120 --snr-db 10 --snr-max-db 15 --others-per-hour 700 --commands-per-hour 240"
BACKGROUND = "--minutes 60 --snr-db 10 --others-per-hour 0 --commands-per-hour 0"


@dataclass(frozen=True)
class Shipped:
    """A model that comes with the page, and how it is trained."""

    file: str
    name: str
    recipe: str

    @property
    def card(self) -> str:
        return self.file.replace(".safetensors", ".md")


# The first is the one in force when somebody visits the page for the first time.
SHIPPED = (
    Shipped(
        "yes-no.safetensors", "yes / no",
        "--network residual --iterations 8000 --learning-rate 2e-3 --other-weight 3 --silence-weight .5",
    ),
    Shipped(
        "yes-no-small.safetensors", "yes / no, small",
        "--network compact --iterations 15000 --learning-rate 3e-3 --other-weight 3 --silence-weight .5",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Streams:
    """Recordings made of validation speakers' clips in noise that training leaves out."""

    tuning: Path  # stream of commands and other words that the detector is chosen on
    dense: Path  # another stream as long, on which the detector is scored
    background: Path  # an hour of noise alone, to count false alarms in


def train_models() -> None:
    """Make every model anew; overwrites the models and cards of web/models/.

    Raises
    ------
    BuildError : the recordings are absent or of an unknown collection, or a command failed
    """
    recordings = recordings_folder() / "speech_commands"
    if not recordings.is_dir():
        raise BuildError(f"{recordings} is not there.\nSet SAYSO_SHARED to a folder that holds speech_commands.")
    attribution, words = attribution_of(recordings), words_in(recordings)
    MODELS.mkdir(exist_ok=True)
    with TemporaryDirectory() as scratch, ThreadPoolExecutor(max(1, (os.cpu_count() or 1))) as pool:
        folder = Path(scratch)
        streams = _make_streams(recordings, folder)

        def make(shipped: Shipped, seed: int) -> dict[str, Any]:
            return _make(shipped, seed, recordings, streams, folder / f"{seed}-{shipped.file}")

        made = {shipped: [pool.submit(make, shipped, seed) for seed in SEEDS] for shipped in SHIPPED}
        for shipped, runs in made.items():
            scores = [run.result() for run in runs]
            shutil.copyfile(folder / f"{SEEDS[0]}-{shipped.file}", MODELS / shipped.file)
            write_card(
                MODELS / shipped.card, file=shipped.file, recipe=shipped.recipe, attribution=attribution,
                words=words, scores=scores,
            )  # fmt: skip
    index = [
        {"file": each.file, "name": each.name, "card": Path(each.file).with_suffix(".md").name} for each in SHIPPED
    ]
    (MODELS / "index.json").write_text(json.dumps(index, indent=2) + "\n")


def _make_streams(recordings: Path, folder: Path) -> Streams:
    streams = Streams(*(folder / f"{name}.wav" for name in ("tuning", "dense", "background")))
    made_of = ["--data", recordings, "--noise", recordings / "_background_noise_", "--part", "test"]
    for path, options in (
        (streams.tuning, f"{DENSE} --seed 1"), (streams.dense, f"{DENSE} --seed 2"), (streams.background, BACKGROUND),
    ):  # fmt: skip
        run_sayso("synth-stream", *made_of, "--out", path, *options.split())
    return streams


def _make(shipped: Shipped, seed: int, recordings: Path, streams: Streams, model: Path) -> dict[str, Any]:
    """Train, tune and score a model with one seed; returns the scores that its card tells."""
    names = ["--name", shipped.name, "--note", attribution_of(recordings)]
    run_sayso("train", "--audio", recordings, "--out", model, "--seed", seed, *shipped.recipe.split(), *names)
    run_sayso("tune", "--model", model, "--data", recordings, "--stream", streams.tuning, "--out", model)
    judge = ["evaluate", "--model", model, "--data", recordings, "--part", "test", "--json"]
    listen = ["stream", "--model", model, "--json"]
    scores = {
        "seed": seed,
        "clean": json.loads(run_sayso(*judge)),
        "noisy": json.loads(run_sayso(*judge, "--snr-db", 10)),
        "dense": json.loads(run_sayso(*listen, "--audio", streams.dense, "--truth", streams.dense.with_suffix(".csv"))),
        "background": json.loads(run_sayso(*listen, "--audio", streams.background)),
    }
    balanced = statistics.fmean(scores[key]["balanced_accuracy"] for key in ("clean", "noisy"))
    say(f"{shipped.file}, seed {seed}: balanced {balanced:.3f}, clean and at 10 dB on average")
    return scores
