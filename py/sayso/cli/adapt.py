"""`sayso adapt`: teach a model other words from a few recordings, or fine-tune it on its own words."""

from __future__ import annotations

import argparse
from pathlib import Path

from sayso.cli.inputs import check_folder_of, read_clips, read_model
from sayso.cli.terminal import drain, recall_table
from sayso.cli.train import describe, run_to_end
from sayso.labels import OTHER
from sayso.models.model_file import require_same_features, save_model
from sayso.training.adapt import RECIPE, adapt, adapt_config, evaluate_before
from sayso.training.dataset import Dataset, prepare
from sayso.training.trainer import Trainer
from sayso.training.vector_dataset import examples_for

HELP = "teach a model other words from a few recordings, or fine-tune it on its own words"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, required=True, metavar="FILE",
                        help="the model to start from; the weights of the 2017 demo will do")  # fmt: skip
    parser.add_argument("--audio", type=Path, action="append", required=True, metavar="DIR",
                        help="your own recordings, one folder a word; may be repeated")  # fmt: skip
    parser.add_argument("--bank", type=Path, action="append", default=[], metavar="DIR",
                        help="recordings of many words, lest the model forget any; may be repeated")  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the model file to write")
    parser.add_argument(
        "--commands", nargs="+", metavar="WORD", help="words to recognise; every word of --audio unless given"
    )
    parser.add_argument("--name", default="", help="name of the model; that of the file unless given")
    parser.add_argument("--iterations", type=int, default=RECIPE.n_iterations, metavar="N")
    parser.add_argument("--learning-rate", type=float, default=RECIPE.learning_rate, metavar="RATE")
    parser.add_argument("--seed", type=int, default=RECIPE.seed, metavar="N")


def run(options: argparse.Namespace) -> None:
    check_folder_of(options.out)
    base = read_model(options.model)
    clips = read_clips(options.audio, bank=options.bank)
    own_words = {clip.word for clip in clips.clips if clip.source not in clips.bank} - {OTHER}
    commands = options.commands or sorted(own_words)
    dataset = drain(prepare(clips, features=base.features, commands=commands), "features")
    describe(dataset)
    _warn_of_untested(dataset)
    config = adapt_config({
        "network": base.network.name, "n_iterations": options.iterations, "learning_rate": options.learning_rate,
        "seed": options.seed,
    })  # fmt: skip
    require_same_features(base.features, dataset.features)
    examples = drain(examples_for(base.network, dataset, config), "scenes")
    trainer = Trainer(examples, config, model=adapt(base, examples, config, name=options.name or options.out.stem))
    diverged = run_to_end(trainer)
    after = drain(trainer.evaluate(), "testing")
    options.out.write_bytes(save_model(trainer.model))
    if after and (before := evaluate_before(base, examples)):
        print(f"before: {recall_table(before)}")
        print(f"after:  {recall_table(after)}")
    print(f"wrote {options.out}")
    if diverged:
        raise diverged


def _warn_of_untested(dataset: Dataset) -> None:
    if not (dataset.is_own & dataset.is_test).any():
        tested = "what follows tests the bank's speakers alone" if dataset.n_test else "nothing is tested"
        print(f"All {int(dataset.is_own.sum())} of your own recordings are trained on: {tested}.")
