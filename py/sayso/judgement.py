"""What a model made of labelled recordings: scores, what other words were taken for, threshold curves."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

from sayso.arrays import F32, I64
from sayso.evaluation import Evaluation, evaluate
from sayso.labels import OTHER, commands_of

THRESHOLDS = tuple(round(0.05 * i, 2) for i in range(1, 20))


@dataclass(frozen=True)
class Judgement:
    """The posteriors, (B, L), of the windows with these targets, (B,), and words.

    `words` are the folders' names: of "other" they tell which word it was.
    """

    labels: tuple[str, ...]
    posteriors: F32
    targets: I64
    words: tuple[str, ...]

    @property
    def evaluation(self) -> Evaluation:
        return evaluate(self.posteriors, self.targets, self.labels)

    def other_words(self) -> dict[str, dict[str, Any]]:
        """Of every other word how many windows there were and, label by label, what they were taken for."""
        taken: dict[str, Counter[str]] = defaultdict(Counter)
        other = self.labels.index(OTHER)
        for word, target, best in zip(self.words, self.targets, self.posteriors.argmax(axis=1), strict=True):
            if target == other:
                taken[word][self.labels[best]] += 1
        return {
            word: {"n": counts.total(), "taken_for": {label: counts[label] for label in self.labels}}
            for word, counts in sorted(taken.items())
        }

    def threshold_curves(self) -> dict[str, list[dict[str, float | None]]]:
        """Of every command, at each threshold of its posterior, the share of windows that reach it.

        `recall` is the share of the command's own windows, `false_positive_rate` that of all others; None where there
        are none.
        """
        curves = {}
        for command in commands_of(self.labels):
            index = self.labels.index(command)
            own, others = (np.sort(self.posteriors[is_in, index]) for is_in in
                           (self.targets == index, self.targets != index))  # fmt: skip
            curves[command] = [
                {
                    "threshold": threshold,
                    "recall": _share_from(own, threshold),
                    "false_positive_rate": _share_from(others, threshold),
                }
                for threshold in THRESHOLDS
            ]
        return curves

    def to_dict(self) -> dict[str, Any]:
        """Plain values, with recall by label."""
        scores = self.evaluation.to_dict()
        scores["recall"] = dict(zip(self.labels, self.evaluation.recall, strict=True))
        return scores | {"words": self.other_words(), "threshold": self.threshold_curves()}


def _share_from(ascending: F32, threshold: float) -> float | None:
    if not ascending.size:
        return None
    return float(1 - np.searchsorted(ascending, np.float32(threshold)) / ascending.size)
