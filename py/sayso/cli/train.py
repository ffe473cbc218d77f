"""`sayso train`: train a model on recordings, and write it to a file."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from sayso.cli.inputs import check_folder_of, read_clips
from sayso.cli.terminal import drain, recall_table, status
from sayso.config import DetectorConfig, TrainConfig
from sayso.errors import SaysoError
from sayso.features.presets import PRESETS, find_preset
from sayso.models.model_file import save_model
from sayso.models.networks import ARCHITECTURES
from sayso.training.dataset import Dataset, prepare
from sayso.training.trainer import Trainer

HELP = "train a model on folders of recordings or sprite packs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--audio", type=Path, action="append", required=True, metavar="DIR",
                        help="one folder a word, or a sprite pack; may be repeated")  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the model file to write")
    parser.add_argument("--commands", nargs="+", default=["yes", "no"], metavar="WORD", help="words to recognise")
    parser.add_argument("--name", default="", help="name of the model; that of the file unless given")
    parser.add_argument(
        "--note", default="", help="text to keep in the model file, such as whose recordings it learnt from"
    )
    parser.add_argument("--network", default="compact", choices=ARCHITECTURES)
    parser.add_argument("--preset", choices=PRESETS, help="features; those made for the network unless given")
    parser.add_argument("--iterations", type=int, metavar="N")
    parser.add_argument("--learning-rate", type=float, metavar="RATE")
    parser.add_argument("--batch-size", type=int, default=64, metavar="N")
    parser.add_argument("--other-weight", type=float, default=TrainConfig.other_weight, metavar="W")
    parser.add_argument("--silence-weight", type=float, default=TrainConfig.silence_weight, metavar="W")
    parser.add_argument("--threshold", type=float, default=DetectorConfig.threshold, metavar="P",
                        help="posterior at which the detector fires")  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, metavar="N")


def run(options: argparse.Namespace) -> None:
    check_folder_of(options.out)
    architecture = ARCHITECTURES[options.network]
    features = find_preset(options.preset or architecture.preset)
    clips = read_clips(options.audio)
    dataset = drain(prepare(clips, features=features, commands=options.commands), "features")
    describe(dataset)
    config = TrainConfig(
        options.network,
        learning_rate=architecture.learning_rate if options.learning_rate is None else options.learning_rate,
        batch_size=options.batch_size,
        n_iterations=architecture.n_iterations if options.iterations is None else options.iterations,
        seed=options.seed,
        other_weight=options.other_weight,
        silence_weight=options.silence_weight,
    )
    trainer = Trainer(dataset, config, name=options.name or options.out.stem)
    trainer.model.detector = DetectorConfig(threshold=options.threshold)
    diverged = run_to_end(trainer)
    evaluation = drain(trainer.evaluate(), "testing")
    trainer.model.provenance = dataclasses.replace(trainer.model.provenance, note=options.note)
    options.out.write_bytes(save_model(trainer.model))
    if evaluation:
        print(recall_table(evaluation))
    print(f"wrote {options.out}")
    if diverged:
        raise diverged


def describe(dataset: Dataset) -> None:
    """Print how many clips there are of each label, and what training will have to do without."""
    for row in dataset.summary()["labels"]:
        print(f"{row['label']:>12}  {row['n_train']:5} training clips  {row['n_test']:5} test clips")
    for warning in dataset.warnings:
        print(warning)


def run_to_end(trainer: Trainer) -> SaysoError | None:
    """Train to the end, or until training diverges: then returns the error, and the last good weights are kept."""
    try:
        for progress in trainer.run():
            if progress.iteration % trainer.config.evaluate_every == 0:
                accuracy = "" if progress.accuracy is None else f"accuracy {progress.accuracy:.3f}  "
                status(
                    f"iteration {progress.iteration} of {progress.n_iterations}  loss {progress.loss:.3f}  "
                    f"{accuracy}{progress.examples_per_second:.0f} examples/s"
                )
    except SaysoError as error:
        return error
    finally:
        status("\n")
    return None
