"""`sayso stream`: tell what a model recognises in a recording."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

from sayso.cli.inputs import read_model, read_stream
from sayso.cli.terminal import drain
from sayso.evaluation.stream_score import FALSE_ALARM_RATES, best_within, operating_points, score_stream
from sayso.evaluation.truth import Event
from sayso.labels import commands_of
from sayso.listening.replay import Heard, hear
from sayso.models.model import Model

HELP = "listen to a recording as the page listens to a microphone"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, required=True, metavar="FILE")
    parser.add_argument("--audio", type=Path, required=True, metavar="FILE")
    parser.add_argument(
        "--truth",
        type=Path,
        metavar="CSV",
        help="what was said, as start_s,end_s,label or start_s,label: counts hits, misses, swaps, false alarms",
    )
    parser.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> None:
    samples, rate_hz, truth = read_stream(options.audio, options.truth)
    model = read_model(options.model)
    heard = drain(hear(model, samples, rate_hz=rate_hz), "seconds heard")
    rows = [dataclasses.asdict(detection) for detection in heard.detections]
    result: dict[str, Any] = {"duration_s": heard.duration_s, "detections": rows}
    if options.truth:
        score = score_stream(heard.detections, truth, commands=commands_of(model.labels), duration_s=heard.duration_s)
        for row, outcome in zip(rows, score.outcomes, strict=True):
            row |= {"outcome": outcome.kind, "said": outcome.event and (outcome.event.word or outcome.event.label)}
        result |= score.to_dict() | _operating_points(model, heard, truth)
    print(json.dumps(result) if options.json else _table(result))


def _operating_points(model: Model, heard: Heard, truth: list[Event]) -> dict[str, Any]:
    points = drain(operating_points(heard, truth, labels=model.labels, config=model.detector), "thresholds")
    best = {f"{rate:g}": best_within(points, rate) for rate in FALSE_ALARM_RATES}
    return {
        "threshold": model.detector.threshold,
        "operating_points": [dataclasses.asdict(point) for point in points],
        "at_false_alarms_per_hour": {rate: point and dataclasses.asdict(point) for rate, point in best.items()},
    }


def _table(result: dict[str, Any]) -> str:
    """The detections in the order of time as text, then the score where there is one."""
    lines = []
    for row in result["detections"]:
        outcome = f"  {row['outcome']}" if "outcome" in row else ""
        said = f" ({row['said']} was said)" if row.get("outcome") not in (None, "hit") and row["said"] else ""
        lines.append(f"{row['time_s']:9.2f} s  {row['confidence']:.2f}  {row['label']:<12}{outcome}{said}".rstrip())
    if not lines:
        lines.append(f"nothing recognised in {result['duration_s']:.1f} s")
    if "n_commands" in result:
        lines += _score_lines(result)
    return "\n".join(lines)


def _score_lines(result: dict[str, Any]) -> list[str]:
    lines = [
        f"{result['n_commands']} commands in {result['duration_s']:.1f} s: {result['hits']} hits, {result['misses']} "
        f"misses, {result['swaps']} swaps, {result['false_alarms']} false alarms "
        f"({result['false_alarms_per_hour']:.1f} an hour) at the threshold {result['threshold']:g}"
    ]
    if result["hits"]:
        delay = result["delay_s"]
        lines.append(
            f"delay behind the word's end: median {delay['median']:.2f} s, 90th percentile "
            f"{delay['percentile_90']:.2f} s"
        )
    for rate, point in result["at_false_alarms_per_hour"].items():
        if point and point["miss_rate"] is not None:
            lines.append(
                f"at most {rate} false alarms an hour: {100 * point['miss_rate']:.1f} % missed "
                f"(threshold {point['threshold']:g})"
            )
    return lines
