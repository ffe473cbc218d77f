"""Posteriors against the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sayso.arrays import F32, I64


@dataclass(frozen=True)
class Evaluation:
    """`confusion[i][j]` counts windows of label i that were taken for label j."""

    labels: tuple[str, ...]
    confusion: I64

    @property
    def n(self) -> int:
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        return float(np.trace(self.confusion) / self.n)

    @property
    def recall(self) -> list[float | None]:
        """Share of each label's windows that were recognised; None where there were no windows."""
        totals = self.confusion.sum(axis=1)
        return [float(self.confusion[i, i] / total) if total else None for i, total in enumerate(totals)]

    @property
    def balanced_accuracy(self) -> float:
        """The mean of the recalls."""
        return float(np.mean([recall for recall in self.recall if recall is not None]))

    def to_dict(self) -> dict[str, Any]:
        return {
            "labels": list(self.labels),
            "n": self.n,
            "accuracy": self.accuracy,
            "balanced_accuracy": self.balanced_accuracy,
            "recall": self.recall,
            "confusion": self.confusion.tolist(),
        }


def evaluate(posteriors: F32, targets: I64, labels: Sequence[str]) -> Evaluation:
    """Compare the most probable labels of (B, L) posteriors with (B,) targets."""
    confusion = np.zeros((len(labels), len(labels)), np.int64)
    np.add.at(confusion, (targets, posteriors.argmax(axis=1)), 1)
    return Evaluation(tuple(labels), confusion)
