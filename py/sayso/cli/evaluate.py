"""`sayso evaluate`: score a model on recordings."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from sayso.arrays import F32
from sayso.cli.inputs import noise_of, read_model, tell_left_out
from sayso.cli.terminal import recall_table
from sayso.config import MAX_DB, require
from sayso.data.clips import ClipSet, Rejected
from sayso.data.folders import add_folder, read_noise
from sayso.errors import SaysoError
from sayso.evaluation.clip_score import Conditions, Judgement, judge
from sayso.labels import BACKGROUND_NOISE, commands_of

HELP = "score a model on a folder of recordings or a sprite pack"
N_CONFUSED_WORDS = 10  # how many of the words that are taken for a command the table lists


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, required=True, metavar="FILE")
    parser.add_argument(
        "--data", "--audio", dest="recordings", type=Path, required=True, metavar="DIR",
        help="one folder a label: a model's labels, any other words, silence, _background_noise_; or a sprite pack",
    )  # fmt: skip
    parser.add_argument(
        "--part",
        choices=("all", "test"),
        default="all",
        help="all clips, or those of test speakers, with the part of the noise that training leaves out",
    )
    parser.add_argument(
        "--snr-db", type=float, metavar="X",
        help="mix noise in, at a mean power this far below each clip's; silence gets noise of the same level",
    )  # fmt: skip
    parser.add_argument(
        "--noise", type=Path, metavar="DIR",
        help=f"recordings of noise, there or one folder down; those in {BACKGROUND_NOISE} of --data unless given",
    )  # fmt: skip
    parser.add_argument("--gain-db", type=float, default=0.0, metavar="X", help="amplify what is heard, with clipping")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="decides which noise is drawn")
    parser.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> None:
    _check(options)
    model = read_model(options.model)
    clips = ClipSet()
    silence: list[F32] = []
    add_folder(clips, options.recordings, silence=silence)
    noise, rejected_noise = _noise(options, clips)
    rejected = clips.rejected + rejected_noise
    tell_left_out(rejected)
    conditions = Conditions(options.snr_db, noise, options.gain_db, options.seed)
    judgement = judge(model, clips, part=options.part, silence=silence, conditions=conditions)
    if not options.json:
        print(_table(judgement))
        return
    heard = {name: getattr(options, name) for name in ("part", "snr_db", "gain_db", "seed")}
    scores = {"model": model.card()} | heard | judgement.to_dict() | {"rejected": [vars(each) for each in rejected]}
    print(json.dumps(scores))


def _check(options: argparse.Namespace) -> None:
    for name, level_db in (("--snr-db", options.snr_db), ("--gain-db", options.gain_db)):
        require(level_db is None or -MAX_DB <= level_db <= MAX_DB, name, level_db, f"-{MAX_DB:g} to {MAX_DB:g}")
    require(options.seed >= 0, "--seed", options.seed, "0 or more")
    if options.noise and options.snr_db is None:
        raise SaysoError("snr_missing", f"--noise {options.noise} without --snr-db: expected how much to mix in")


def _noise(options: argparse.Namespace, clips: ClipSet) -> tuple[list[F32], list[Rejected]]:
    """The noise to mix in, and the recordings of noise that were left out."""
    if options.snr_db is None:
        return [], []
    if options.noise:
        recordings, rejected = read_noise(options.noise)
    else:
        recordings, rejected = [recording.read() for recording in clips.noise], []
    if not recordings:
        raise SaysoError("no_noise", f"--snr-db without --noise: {options.recordings} has no {BACKGROUND_NOISE} to use")
    return noise_of(recordings, options.part), rejected


def _table(judgement: Judgement) -> str:
    """Recall and confusion as text, and the other words that are most often taken for a command."""
    commands = commands_of(judgement.labels)
    confused = []
    for word, row in judgement.other_words().items():
        taken = {command: row["taken_for"][command] for command in commands if row["taken_for"][command]}
        if taken:
            confused.append((sum(taken.values()) / row["n"], word, row["n"], taken))
    lines = [recall_table(judgement.evaluation)]
    if confused:
        lines.append("other words most often taken for a command")
    width = max((len(word) for _, word, _, _ in confused), default=0)
    for share, word, n, taken in sorted(confused, reverse=True)[:N_CONFUSED_WORDS]:
        as_what = ", ".join(f"{command} {count}" for command, count in taken.items())
        lines.append(f"{word:>{width}}  {share:6.3f}  of {n}: {as_what}")
    return "\n".join(lines)
