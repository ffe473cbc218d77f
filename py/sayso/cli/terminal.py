"""What the commands of the desk show: progress on standard error, results as text."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import TypeVar

from sayso.evaluation.metrics import Evaluation
from sayso.jobs import result_of

Result = TypeVar("Result")


def recall_table(evaluation: Evaluation) -> str:
    """Recall and confusion as text, a line for each label."""
    width = max(len(label) for label in evaluation.labels)
    lines = [f"{evaluation.n} windows, accuracy {evaluation.accuracy:.4f}, balanced {evaluation.balanced_accuracy:.4f}"]
    lines.append(" " * width + "  recall  taken for " + " ".join(f"{label:>8}" for label in evaluation.labels))
    for label, recall, row in zip(evaluation.labels, evaluation.recall, evaluation.confusion, strict=True):
        shown = "     -" if recall is None else f"{recall:6.3f}"
        lines.append(f"{label:>{width}}  {shown}            " + " ".join(f"{count:8}" for count in row))
    return "\n".join(lines)


def drain(job: Generator[tuple[int, int], None, Result], what: str) -> Result:
    """Run a job that yields (done, total) to its end, and return its result.

    Progress shows on standard error where that is a terminal, as `what: done of total`.
    """
    if not sys.stderr.isatty():
        return result_of(job)
    result = result_of(job, report=lambda done, total: status(f"{what}: {done} of {total}"))
    status("\n")
    return result


def status(text: str) -> None:
    """Overwrite the line of progress on standard error; a text of one line break ends the line."""
    sys.stderr.write(text if text == "\n" else f"\r\033[K{text}")
    sys.stderr.flush()
