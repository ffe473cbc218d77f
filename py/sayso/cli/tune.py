"""`sayso tune`: choose a trained model's temperature and detector on recordings that it was not trained on."""

from __future__ import annotations

import argparse
from pathlib import Path

from sayso.cli.inputs import check_folder_of, read_clips, read_model, read_stream
from sayso.cli.terminal import drain
from sayso.evaluation.clip_score import judge
from sayso.evaluation.tuning import apply_temperature, choose_detector, fit_temperature
from sayso.listening.replay import hear
from sayso.models.model_file import save_model

HELP = "choose a model's temperature and its detector's settings"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, required=True, metavar="FILE")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the model file to write")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="clips: those of their test speakers decide the temperature"
    )
    parser.add_argument("--stream", type=Path, action="append", required=True, metavar="WAV",
                        help="a recording with its truth beside it; may be repeated")  # fmt: skip
    parser.add_argument("--false-alarms-per-hour", type=float, default=10.0, metavar="N",
                        help="how many the detector may give in the streams")  # fmt: skip


def run(options: argparse.Namespace) -> None:
    check_folder_of(options.out)
    model = read_model(options.model)
    if options.data:
        judgement = judge(model, read_clips([options.data]), part="test")
        temperature = fit_temperature(judgement.posteriors, judgement.targets)
        apply_temperature(model, temperature)
        print(f"temperature {temperature:.2f}")
    streams = []
    for path in options.stream:
        samples, rate_hz, truth = read_stream(path, path.with_suffix(".csv"))
        streams.append((drain(hear(model, samples, rate_hz=rate_hz), "seconds heard"), truth))
    choice = choose_detector(model, streams, false_alarms_per_hour=options.false_alarms_per_hour)
    model.detector = drain(choice, "settings tried")
    options.out.write_bytes(save_model(model))
    print(f"{model.detector}\nwrote {options.out}")
