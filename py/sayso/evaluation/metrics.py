"""Posteriors against the right labels: confusion, recall, accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sayso.arrays import F32, I64


@dataclass(frozen=True)
class Evaluation:
    """How often each label was recognised: `confusion[i, j]`, (L, L), counts windows of label i taken for label j."""

    labels: tuple[str, ...]
    confusion: I64

    @property
    def n(self) -> int:
        """How many windows were recognised."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Share of all windows that were recognised rightly."""
        return float(np.trace(self.confusion) / self.n)

    @property
    def recall(self) -> list[float | None]:
        """Share of each label's windows that were recognised rightly; None for a label without windows."""
        totals = self.confusion.sum(axis=1)
        return [float(self.confusion[i, i] / total) if total else None for i, total in enumerate(totals)]

    @property
    def balanced_accuracy(self) -> float:
        """Mean of the labels' recalls, those without windows left out."""
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
    """Count what windows were taken for: the most probable label of each.

    Parameters
    ----------
    posteriors : (B, L)
    targets : (B,) indices of the right labels
    labels : names of the L labels
    """
    confusion = np.zeros((len(labels), len(labels)), np.int64)
    np.add.at(confusion, (targets, posteriors.argmax(axis=1)), 1)
    return Evaluation(tuple(labels), confusion)
