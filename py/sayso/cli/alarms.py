"""`sayso alarms`: count false alarms in sound where no command is meant, and misses of commands said alone."""

from __future__ import annotations

import argparse
import json
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from sayso.cli.inputs import read_model, tell_left_out
from sayso.cli.terminal import drain
from sayso.data.clips import Rejected
from sayso.data.folders import WordFile, find_streams, find_words, read_audio
from sayso.errors import SaysoError
from sayso.evaluation.alarms import QUIET_DBFS, QUIET_S, AlarmScore
from sayso.evaluation.intervals import CONFIDENCE, require_scipy
from sayso.labels import OTHER, commands_of, label_of

HELP = "count false alarms in recordings without a command, and missed commands that are said alone"
TABLE_THRESHOLDS = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.996, 0.999)  # rows of the curve as text
KIND_WIDTH = 12  # columns that the name of a kind gets at least, as a command's does
RATE_WIDTH = 8  # columns that a rate of the curve gets at least

Job = Generator[tuple[int, int], None, list[Rejected]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, required=True, metavar="FILE")
    parser.add_argument(
        "--audio", type=Path, required=True, metavar="DIR",
        help="recordings in which no command is meant, at any depth, counted by the first folder on the way; one "
        "recording is in memory at a time",
    )  # fmt: skip
    parser.add_argument(
        "--words", type=Path, metavar="DIR",
        help="single words, one folder a word: how many of the commands among them are missed, each said with "
        f"{QUIET_S:g} s of quiet at {QUIET_DBFS:g} dBFS before and after it; none unless given",
    )  # fmt: skip
    parser.add_argument(
        "--part", choices=("all", "test"), default="all", help="all words, or those of test speakers; %(default)s"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="one object: model, part, confidence (of every interval), quiet, at_threshold, curve (the same at every "
        "threshold: false alarms an hour, misses of words, for each command, with exact intervals), rejected",
    )


def run(options: argparse.Namespace) -> None:
    require_scipy()  # checked first, since listening takes minutes
    model = read_model(options.model)
    streams = find_streams(options.audio)
    words = _words_of_commands(options, model.labels) if options.words else []
    score = AlarmScore(model)
    rejected = drain(_hear_streams(score, streams), "recordings heard")
    _check_heard(score.n_recordings, options.audio, rejected)
    if words:
        rejected_words = drain(_hear_words(score, words), "words heard")
        _check_heard(score.n_words, options.words, rejected_words)
        rejected += rejected_words
    tell_left_out(rejected)
    result = {
        "model": model.card(),
        "part": options.part,
        "confidence": CONFIDENCE,
        "quiet": {"before_s": QUIET_S, "after_s": QUIET_S, "level_dbfs": QUIET_DBFS},
        "at_threshold": score.at(model.detector.threshold),
        "curve": [score.at(threshold) for threshold in score.thresholds],
        "rejected": [vars(each) for each in rejected],
    }
    print(json.dumps(result) if options.json else _table(result))


def _words_of_commands(options: argparse.Namespace, labels: Sequence[str]) -> list[WordFile]:
    """The recordings to be heard: those of words that count as a command."""
    commands = commands_of(labels)
    found = find_words(options.words, of_test_speakers=options.part == "test")
    words = [each for each in found if label_of(each.word, commands) != OTHER]
    if not words:
        raise SaysoError("label_empty", f"{options.words}: 0 recordings of {', '.join(commands)} in part "
                         f"{options.part!r}")  # fmt: skip
    return words


def _hear_streams(score: AlarmScore, streams: Sequence[tuple[str, Path]]) -> Job:
    """Hear one recording after the other; returns what was left out."""
    rejected = []
    for done, (kind, path) in enumerate(streams, start=1):
        try:
            samples, rate_hz = read_audio(path)
            score.hear_stream(kind, samples, rate_hz=rate_hz)
        except SaysoError as error:
            rejected.append(Rejected(str(path), error.code, error.message))
        yield done, len(streams)
    return rejected


def _hear_words(score: AlarmScore, words: Sequence[WordFile]) -> Job:
    rejected = []
    for done, each in enumerate(words, start=1):
        try:
            samples, rate_hz = read_audio(each.path)
            score.hear_word(each.word, samples, rate_hz=rate_hz)
        except SaysoError as error:
            rejected.append(Rejected(str(each.path), error.code, error.message))
        yield done, len(words)
    return rejected


def _check_heard(n: int, folder: Path, rejected: Sequence[Rejected]) -> None:
    if not n:
        raise SaysoError("no_clips", f"{folder}: none of {len(rejected)} recordings can be used, the first by "
                         f"{rejected[0].code}: {rejected[0].message}")  # fmt: skip


def _table(result: dict[str, Any]) -> str:
    """What the model's own threshold costs as text, with intervals, then what other thresholds would."""
    at = result["at_threshold"]
    alarms, words = at["false_alarms"], at["words"]
    rows = [*alarms["kinds"].items(), ("all", alarms["total"])]
    width = max(KIND_WIDTH, *(len(kind) for kind, _ in rows))
    lines = [f"false alarms at the threshold {at['threshold']:g}, with {100 * result['confidence']:g} % intervals",
             f"{'':{width}}   hours    n  an hour"]  # fmt: skip
    for kind, row in rows:
        by_command = ", ".join(f"{command} {each['per_hour']:.1f}" for command, each in row["commands"].items())
        lines.append(f"{kind:{width}}  {row['hours']:6.2f} {row['n']:4}  {_interval(row['per_hour'], row['interval'])}"
                     f"  {by_command}")  # fmt: skip
    if words:
        lines.append(f"commands said alone, in quiet at {result['quiet']['level_dbfs']:g} dBFS: missed in per cent")
        for command, row in [*words["commands"].items(), ("all", words["total"])]:
            shown = "no recordings"
            if row["n"]:
                percent = _interval(100 * row["miss_rate"], [100 * bound for bound in row["interval"]])
                shown = f"{row['missed']:4} of {row['n']:<5} {percent}  another command: {row['wrong']}"
            lines.append(f"{command:{width}}  {shown}")
    return "\n".join([*lines, *_curve_lines(result["curve"])])


def _curve_lines(curve: Sequence[dict[str, Any]]) -> list[str]:
    """A row for each of TABLE_THRESHOLDS: false alarms an hour of each kind, and the share of words missed."""
    kinds = list(curve[0]["false_alarms"]["kinds"])
    columns = ["threshold", *kinds, "all", *(["missed, %"] if curve[0]["words"] else [])]
    header = [f"{name:>{RATE_WIDTH}}" for name in columns]
    lines = ["false alarms an hour at other thresholds", "  ".join(header)]
    for point in curve:
        if point["threshold"] not in TABLE_THRESHOLDS:
            continue
        alarms = point["false_alarms"]
        rates = [*(alarms["kinds"][kind]["per_hour"] for kind in kinds), alarms["total"]["per_hour"]]
        cells = [f"{point['threshold']:g}", *(f"{rate:.1f}" for rate in rates)]
        if point["words"]:
            cells.append(f"{100 * point['words']['total']['miss_rate']:.1f}")
        lines.append("  ".join(f"{cell:>{len(name)}}" for cell, name in zip(cells, header, strict=True)))
    return lines


def _interval(value: float, interval: Sequence[float]) -> str:
    low, high = interval
    return f"{value:7.1f} ({low:.1f} to {high:.1f})"
