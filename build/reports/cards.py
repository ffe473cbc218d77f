"""Writes the cards of the models that come with the page; `experiments.md` tells what was tried on the way."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from engine.console import BuildError

from reports.paragraphs import filled
from reports.recordings import counted

Scores = dict[str, Any]  # what `shipped.py` collects for one seed
NEAR_MISS, TAKEN_FOR = "go", "no"  # the word that is most easily taken for a command, and that command

CARD = """\
# yes / no (`{file}`)

Recognises "yes" and "no", tells them from other words and from silence. {n_parameters:,} parameters,
{n_multiply_adds:,} multiply-adds a window of one second; network `{network}`, features `{preset}`.

## Data

{training}

## Recipe

`python3 build models`: `python -m sayso train --audio speech_commands {recipe}`, then `python -m sayso
tune`, which calibrates posteriors on the validation speakers' clips and chooses the detector on a stream made of them
(smoothing {smoothing_ms:g} ms, thresholds {thresholds}).

## Figures

Of validation speakers, in noise that training leaves out: `evaluate --part test` on {n:,} clips; a stream of two hours
with 700 other words and 240 commands an hour at 10 to 15 dB, other than the one the detector was chosen on; an hour of
background noise alone. The file is that of seed {seed}; the other seeds tell how much luck there is in it.

{scored}

{table}

The validation list also served to choose the recipe, so these figures are slightly flattering. Missed "at 40 (10, .5)
an hour" sweeps the threshold on the scored stream itself. "{near_miss}" has {n_near_miss} clips.

## Limits

English, mostly adult voices, close to a microphone. Not for anything where a missed or a false "yes" does harm.

Other networks side by side: `networks.md`. What was tried on the way: `experiments.md`. What a few recordings of one's
own add: `adaptation.md`.
"""

TRAINING = """\
{attribution}. Trained on the training part of the recordings; no speaker of the validation list was trained on. The
synthetic voices, tried beside them, did not help. The recordings are of {n_words} words: {words}."""
SCORED = """\
The clips are {labels}; "other", there and in the stream, are clips of these words: {others}. A score on other words is
another figure."""


def _at(rate: str) -> Callable[[Scores], float]:
    def miss_rate(scores: Scores) -> float:
        point = scores["dense"]["at_false_alarms_per_hour"][rate]
        return 1.0 if point is None else float(point["miss_rate"])

    return miss_rate


def _near_miss(scores: Scores) -> dict[str, Any]:
    """How often the near miss was scored, and what it was taken for."""
    words: dict[str, dict[str, Any]] = scores["clean"]["words"]
    if NEAR_MISS not in words:
        raise BuildError(f'No clip of "{NEAR_MISS}" was scored, which the card tells of: there are {", ".join(words)}')
    return words[NEAR_MISS]


def _taken_for_no(scores: Scores) -> float:
    near_miss = _near_miss(scores)
    return float(near_miss["taken_for"][TAKEN_FOR] / near_miss["n"])


ROWS: tuple[tuple[str, Callable[[Scores], float]], ...] = (
    ("balanced accuracy", lambda s: s["clean"]["balanced_accuracy"]),
    ("recall yes", lambda s: s["clean"]["recall"]["yes"]),
    ("recall no", lambda s: s["clean"]["recall"]["no"]),
    ("recall other", lambda s: s["clean"]["recall"]["other"]),
    ("recall silence", lambda s: s["clean"]["recall"]["silence"]),
    (f'"{NEAR_MISS}" taken for "{TAKEN_FOR}"', _taken_for_no),
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


def write_card(
    path: Path, *, file: str, recipe: str, attribution: str, words: Sequence[str], scores: Sequence[Scores]
) -> None:
    """Write the card of a model whose first seed is shipped.

    Parameters
    ----------
    path : the card
    file : the name of the model's file
    recipe : the options it was trained with
    attribution : the collections its training recordings are from, with their licences
    words : the words that the recordings hold
    scores : one for each seed

    Raises
    ------
    BuildError : the word whose confusions the card tells of was not scored
    """
    first = scores[0]
    clean, model = first["clean"], first["clean"]["model"]
    detector = model["detector"]
    offsets = detector["offsets"] or [0.0] * (len(model["labels"]) - 2)
    thresholds = [f"{label} {detector['threshold'] + offset:.2f}"
                  for label, offset in zip(model["labels"], offsets, strict=False)]  # fmt: skip
    n_by_label = {label: sum(row) for label, row in zip(clean["labels"], clean["confusion"], strict=True)}
    n_by_word = {word: row["n"] for word, row in clean["words"].items()}
    path.write_text(
        CARD.format(
            file=file, recipe=recipe, table=_table(scores), seed=first["seed"], n=clean["n"],
            training=filled(TRAINING, attribution=attribution, n_words=len(words), words=", ".join(words)),
            scored=filled(SCORED, labels=counted(n_by_label), others=counted(n_by_word)),
            near_miss=NEAR_MISS, n_near_miss=_near_miss(first)["n"], network=model["network"],
            preset=model["preset"], n_parameters=model["n_parameters"], n_multiply_adds=model["n_multiply_adds"],
            smoothing_ms=detector["smoothing_ms"], thresholds=", ".join(thresholds),
        )
    )  # fmt: skip


def _table(scores: Sequence[Scores]) -> str:
    """A Markdown table with a column for each seed, then their mean and range."""
    heads = ["", *(f"seed {each['seed']}" for each in scores), "mean", "range"]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for title, figure in ROWS:
        figures = [figure(each) for each in scores]
        spread = f"{min(figures):.3f} to {max(figures):.3f}"
        cells = [title, *(f"{each:.3f}" for each in figures), f"{statistics.fmean(figures):.3f}", spread]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
