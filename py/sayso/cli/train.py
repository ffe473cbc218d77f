"""`sayso train`: train a model on recordings, and write it to a file."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from sayso.cli.inputs import check_folder_of, read_background, read_clips
from sayso.cli.terminal import drain, recall_table, status
from sayso.config import AugmentConfig, DetectorConfig, TrainConfig
from sayso.errors import SaysoError
from sayso.features.presets import EMBEDDING, PRESETS, find_preset
from sayso.models.embedding_file import read_embedding
from sayso.models.heads import HEADS
from sayso.models.model_file import save_model
from sayso.models.networks import ARCHITECTURES
from sayso.training.dataset import Dataset, prepare
from sayso.training.trainer import Trainer
from sayso.training.vector_dataset import AUGMENT_ON_BASE, new_model_on_base, prepare_vectors

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
    parser.add_argument("--network", metavar="NAME",
                        help=f"one of {', '.join(ARCHITECTURES)} (compact unless given); on a base one of "
                        f"{', '.join(HEADS)} (temporal unless given)")  # fmt: skip
    parser.add_argument("--preset", choices=PRESETS, help="features; those made for the network unless given")
    parser.add_argument("--base", type=Path, metavar="FILE", help="a speech embedding for the network to stand on")
    parser.add_argument("--background", type=Path, metavar="DIR",
                        help="on a base: recordings in which no command is said, in folders named as the label that "
                        "they count as: other or silence")  # fmt: skip
    parser.add_argument("--background-share", type=float, default=TrainConfig.background_share, metavar="P")
    parser.add_argument("--scenes", type=int, default=TrainConfig.n_scenes, metavar="N",
                        help="how many scenes a base hears before training")  # fmt: skip
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
    on_base = options.base is not None
    network = options.network or ("temporal" if on_base else "compact")
    if network not in (HEADS if on_base else ARCHITECTURES):
        expected = ", ".join(HEADS if on_base else ARCHITECTURES)
        raise SaysoError("unknown_network", f"--network {network}: expected one of {expected} "
                         f"with{'' if on_base else 'out'} --base")  # fmt: skip
    config = _config(options, network)
    clips = read_clips(options.audio)
    preset = options.preset or (EMBEDDING.preset if on_base else ARCHITECTURES[network].preset)
    dataset = drain(prepare(clips, features=find_preset(preset), commands=options.commands), "features")
    describe(dataset)
    name = options.name or options.out.stem
    trainer = _trainer_on_base(options, dataset, config, name) if on_base else Trainer(dataset, config, name=name)
    trainer.model.detector = dataclasses.replace(trainer.model.detector, threshold=options.threshold)
    diverged = run_to_end(trainer)
    evaluation = drain(trainer.evaluate(), "testing")
    trainer.model.provenance = dataclasses.replace(trainer.model.provenance, note=options.note)
    options.out.write_bytes(save_model(trainer.model))
    if evaluation:
        print(recall_table(evaluation))
    print(f"wrote {options.out}")
    if diverged:
        raise diverged


def _config(options: argparse.Namespace, network: str) -> TrainConfig:
    """What the options ask for; where they are silent, what suits the network."""
    suited = HEADS.get(network) or ARCHITECTURES[network]
    return TrainConfig(
        network,
        learning_rate=suited.learning_rate if options.learning_rate is None else options.learning_rate,
        batch_size=options.batch_size,
        n_iterations=suited.n_iterations if options.iterations is None else options.iterations,
        seed=options.seed,
        other_weight=options.other_weight,
        silence_weight=options.silence_weight,
        n_scenes=options.scenes,
        background_share=options.background_share,
        augment=AUGMENT_ON_BASE if network in HEADS else AugmentConfig(),
    )


def _trainer_on_base(options: argparse.Namespace, dataset: Dataset, config: TrainConfig, name: str) -> Trainer:
    base = read_embedding(options.base.read_bytes())
    background = read_background(options.background, base, dataset.features) if options.background else {}
    vectors = drain(prepare_vectors(dataset, base, config, background), "scenes")
    return Trainer(vectors, config, model=new_model_on_base(vectors, base, config, name=name))


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
