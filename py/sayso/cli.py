"""The façade for the desk: `python -m sayso COMMAND`."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from sayso.clips import ClipSet
from sayso.config import DetectorConfig, TrainConfig
from sayso.dataset import prepare
from sayso.desk import add_folder, read_audio
from sayso.detector import Detection
from sayso.errors import SaysoError
from sayso.evaluation import Evaluation
from sayso.features import log_mel
from sayso.judge import judge
from sayso.listener import Listener
from sayso.model import Model
from sayso.model_file import open_model
from sayso.networks import ARCHITECTURES
from sayso.presets import PRESETS, find_preset
from sayso.resample import resample
from sayso.trainer import Trainer
from sayso.weights import save_model

Result = TypeVar("Result")
STREAM_BLOCK_SAMPLES = 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0, or 1 with the error on standard error."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except SaysoError as error:
        print(f"sayso: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"sayso: file_unreadable: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sayso", description="Teach a network spoken commands, and use it.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    train = commands.add_parser("train", help="train a model on folders of recordings or sprite packs")
    train.add_argument("--audio", type=Path, action="append", required=True, metavar="DIR", help="may be repeated")
    train.add_argument("--out", type=Path, required=True, metavar="FILE", help="the model file to write")
    train.add_argument("--commands", nargs="+", default=["yes", "no"], metavar="WORD")
    train.add_argument("--name", default="", help="of the model; the file's name unless given")
    train.add_argument("--note", default="", help="kept in the model file: data, attribution")
    train.add_argument("--network", default="compact", choices=ARCHITECTURES)
    train.add_argument("--preset", choices=PRESETS, help="of the features; the network's own unless given")
    train.add_argument("--iterations", type=int, metavar="N")
    train.add_argument("--learning-rate", type=float, metavar="RATE")
    train.add_argument("--batch-size", type=int, default=64, metavar="N")
    train.add_argument("--other-weight", type=float, default=TrainConfig.other_weight, metavar="W")
    train.add_argument("--threshold", type=float, default=DetectorConfig.threshold, metavar="P", help="of its detector")
    train.add_argument("--seed", type=int, default=1, metavar="N")
    train.set_defaults(command=_train)

    evaluate = commands.add_parser("evaluate", help="score a model on a folder of recordings or a sprite pack")
    evaluate.add_argument("--model", type=Path, required=True, metavar="FILE")
    evaluate.add_argument("--audio", type=Path, required=True, metavar="DIR")
    evaluate.add_argument("--part", choices=("all", "test"), default="all", help="all clips, or those of test speakers")
    evaluate.add_argument("--json", action="store_true")
    evaluate.set_defaults(command=_evaluate)

    stream = commands.add_parser("stream", help="listen to a recording as the page listens to a microphone")
    stream.add_argument("--model", type=Path, required=True, metavar="FILE")
    stream.add_argument("--audio", type=Path, required=True, metavar="FILE")
    stream.add_argument("--json", action="store_true")
    stream.set_defaults(command=_stream)

    features = commands.add_parser("features", help="write the frames of a recording as a .npy file")
    features.add_argument("--preset", required=True, choices=PRESETS)
    features.add_argument("--audio", type=Path, required=True, metavar="FILE")
    features.add_argument("--out", type=Path, required=True, metavar="FILE")
    features.set_defaults(command=_features)
    return parser


def _train(options: argparse.Namespace) -> None:
    if not options.out.parent.is_dir():
        raise SaysoError("file_unreadable", f"{options.out.parent} is not there: expected a folder to write to")
    architecture = ARCHITECTURES[options.network]
    features = find_preset(options.preset or architecture.preset)
    clips = _read_clips(options.audio)
    dataset = _drain(prepare(clips, features=features, commands=options.commands), "features")
    for row in dataset.summary()["labels"]:
        print(f"{row['label']:>12}  {row['n_train']:5} training clips  {row['n_test']:5} test clips")
    for warning in dataset.warnings:
        print(warning)
    config = TrainConfig(
        options.network,
        learning_rate=architecture.learning_rate if options.learning_rate is None else options.learning_rate,
        batch_size=options.batch_size,
        n_iterations=architecture.n_iterations if options.iterations is None else options.iterations,
        seed=options.seed,
        other_weight=options.other_weight,
    )
    trainer = Trainer(dataset, config, name=options.name or options.out.stem)
    trainer.model.detector = DetectorConfig(threshold=options.threshold)
    diverged = _run(trainer)
    evaluation = _drain(trainer.evaluate(), "testing")
    trainer.model.provenance = dataclasses.replace(trainer.model.provenance, note=options.note)
    options.out.write_bytes(save_model(trainer.model))
    if evaluation:
        print(_table(evaluation))
    print(f"wrote {options.out}")
    if diverged:
        raise diverged


def _run(trainer: Trainer) -> SaysoError | None:
    """Train to the end, or to where it diverges: the error, with the last good weights worth keeping all the same."""
    try:
        for progress in trainer.run():
            if progress.iteration % trainer.config.evaluate_every == 0:
                accuracy = "" if progress.accuracy is None else f"accuracy {progress.accuracy:.3f}  "
                _status(
                    f"iteration {progress.iteration} of {progress.n_iterations}  loss {progress.loss:.3f}  "
                    f"{accuracy}{progress.examples_per_second:.0f} examples/s"
                )
    except SaysoError as error:
        return error
    finally:
        _status("\n")
    return None


def _evaluate(options: argparse.Namespace) -> None:
    model = _read_model(options.model)
    evaluation = judge(model, _read_clips([options.audio]), part=options.part)
    print(json.dumps({"model": model.card()} | evaluation.to_dict()) if options.json else _table(evaluation))


def _stream(options: argparse.Namespace) -> None:
    samples, rate_hz = read_audio(options.audio)
    listener = Listener(_read_model(options.model), sample_rate_hz=rate_hz)
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


def _features(options: argparse.Namespace) -> None:
    config = find_preset(options.preset)
    samples, rate_hz = read_audio(options.audio)
    np.save(options.out, log_mel(resample(samples, from_hz=rate_hz, to_hz=config.sample_rate_hz), config=config))


def _read_clips(folders: Sequence[Path]) -> ClipSet:
    clips = ClipSet()
    for folder in folders:
        add_folder(clips, folder)
    for rejected in clips.rejected:
        print(f"left out {rejected.path}: {rejected.code}: {rejected.message}", file=sys.stderr)
    return clips


def _read_model(path: Path) -> Model:
    return open_model(path.read_bytes())


def _table(evaluation: Evaluation) -> str:
    """Recall and confusion as text."""
    width = max(len(label) for label in evaluation.labels)
    lines = [f"{evaluation.n} windows, accuracy {evaluation.accuracy:.4f}, balanced {evaluation.balanced_accuracy:.4f}"]
    lines.append(" " * width + "  recall  taken for " + " ".join(f"{label:>8}" for label in evaluation.labels))
    for label, recall, row in zip(evaluation.labels, evaluation.recall, evaluation.confusion, strict=True):
        shown = "     -" if recall is None else f"{recall:6.3f}"
        lines.append(f"{label:>{width}}  {shown}            " + " ".join(f"{count:8}" for count in row))
    return "\n".join(lines)


def _drain(job: Generator[tuple[int, int], None, Result], what: str) -> Result:
    """Run a generator of (done, total) to its result, with progress on standard error."""
    while True:
        try:
            done, total = next(job)
        except StopIteration as finished:
            _status("\n")
            result: Result = finished.value
            return result
        _status(f"{what}: {done} of {total}")


def _status(text: str) -> None:
    sys.stderr.write(text if text == "\n" else f"\r\033[K{text}")
    sys.stderr.flush()
