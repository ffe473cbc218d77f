"""What is written of the models that come with the page: a card each, and what was tried."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Scores = dict[str, Any]  # of one seed, as `shipped.py` collects them

CARD = """\
# yes / no (`{file}`)

Recognises "yes" and "no", tells them from other words and from silence. {n_parameters:,} parameters,
{n_multiply_adds:,} multiply-adds a window of one second; network `{network}`, features `{preset}`.

## Data

{attribution}. Trained on the training part of the recordings; no speaker of the validation list was trained on. The
synthetic voices, tried beside them, did not help.

## Recipe

`python3 build models`: `python -m sayso train --audio speech_commands {recipe}`, then `python -m sayso
tune`, which calibrates posteriors on the validation speakers' clips and chooses the detector on a stream made of them
(smoothing {smoothing_ms:g} ms, thresholds {thresholds}).

## Figures

Of validation speakers, in noise that training leaves out: `evaluate --part test` on {n:,} clips; a stream of two hours
with 700 other words and 240 commands an hour at 10 to 15 dB, other than the one the detector was chosen on; an hour of
background noise alone. The file is that of seed {seed}; the other seeds tell how much luck there is in it.

{table}

The validation list also served to choose the recipe, so these figures are slightly flattering. Missed "at 40 (10, .5)
an hour" sweeps the threshold on the scored stream itself. "go" has {n_go} clips.

## Limits

English, mostly adult voices, close to a microphone. Not for anything where a missed or a false "yes" does harm.

Other networks side by side: `networks.md`. What was tried on the way: `experiments.md`. What a few recordings of one's
own add: `adaptation.md`.
"""

TRIED = (Path(__file__).parent / "experiments.md").read_text(encoding="utf-8")


def _at(rate: str) -> Callable[[Scores], float]:
    def miss_rate(scores: Scores) -> float:
        point = scores["dense"]["at_false_alarms_per_hour"][rate]
        return 1.0 if point is None else float(point["miss_rate"])

    return miss_rate


def _taken_for_no(scores: Scores) -> float:
    go = scores["clean"]["words"]["go"]
    return float(go["taken_for"]["no"] / go["n"])


ROWS: tuple[tuple[str, Callable[[Scores], float]], ...] = (
    ("balanced accuracy", lambda s: s["clean"]["balanced_accuracy"]),
    ("recall yes", lambda s: s["clean"]["recall"]["yes"]),
    ("recall no", lambda s: s["clean"]["recall"]["no"]),
    ("recall other", lambda s: s["clean"]["recall"]["other"]),
    ("recall silence", lambda s: s["clean"]["recall"]["silence"]),
    ('"go" taken for "no"', _taken_for_no),
    ("balanced accuracy at 10 dB SNR", lambda s: s["noisy"]["balanced_accuracy"]),
    ("dense stream: missed", lambda s: s["dense"]["miss_rate"]),
    ("dense stream: false alarms an hour", lambda s: s["dense"]["false_alarms_per_hour"]),
    ("dense stream: missed at 40 an hour", _at("40")),
    ("dense stream: missed at 10 an hour", _at("10")),
    ("dense stream: missed at .5 an hour", _at("0.5")),
    ("dense stream: seconds from a word's end, median", lambda s: s["dense"]["delay_s"]["median"]),
    (
        "background alone: false alarms an hour",
        lambda s: len(s["background"]["detections"]) * 3600 / s["background"]["duration_s"],
    ),
)


def write_card(path: Path, *, file: str, recipe: str, attribution: str, scores: Sequence[Scores]) -> None:
    """The card of a model whose first seed is shipped.

    Parameters
    ----------
    path : the card
    file, recipe, attribution : of the model
    scores : of each seed
    """
    first = scores[0]
    model = first["clean"]["model"]
    detector = model["detector"]
    offsets = detector["offsets"] or [0.0] * (len(model["labels"]) - 2)
    thresholds = [f"{label} {detector['threshold'] + offset:.2f}"
                  for label, offset in zip(model["labels"], offsets, strict=False)]  # fmt: skip
    path.write_text(
        CARD.format(
            file=file, recipe=recipe, attribution=attribution, table=_table(scores), seed=first["seed"],
            n=first["clean"]["n"], n_go=first["clean"]["words"]["go"]["n"], network=model["network"],
            preset=model["preset"], n_parameters=model["n_parameters"], n_multiply_adds=model["n_multiply_adds"],
            smoothing_ms=detector["smoothing_ms"], thresholds=", ".join(thresholds),
        )
    )  # fmt: skip


def _table(scores: Sequence[Scores]) -> str:
    """A column a seed, and the mean with the range."""
    heads = ["", *(f"seed {each['seed']}" for each in scores), "mean", "range"]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for title, figure in ROWS:
        figures = [figure(each) for each in scores]
        spread = f"{min(figures):.3f} to {max(figures):.3f}"
        cells = [title, *(f"{each:.3f}" for each in figures), f"{statistics.fmean(figures):.3f}", spread]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
