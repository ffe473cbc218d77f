"""Accuracy, recall and confusion, against counts made by hand."""

import numpy as np
import pytest
from sayso.evaluation.metrics import evaluate

LABELS = ("yes", "no", "other", "silence")
POSTERIORS = np.array(
    [[0.9, 0.1, 0, 0], [0.4, 0.6, 0, 0], [0.2, 0.7, 0.1, 0], [0, 0.1, 0.2, 0.7], [0, 0, 0.9, 0.1], [0, 0, 0.6, 0.4]],
    np.float32,
)
TARGETS = np.array([0, 0, 1, 2, 2, 2])


def test_rows_are_what_was_said_and_columns_what_was_understood():
    evaluation = evaluate(POSTERIORS, TARGETS, LABELS)
    assert evaluation.confusion.tolist() == [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 2, 1], [0, 0, 0, 0]]
    assert evaluation.n == 6
    assert evaluation.accuracy == pytest.approx(4 / 6)
    assert evaluation.recall == [0.5, 1.0, pytest.approx(2 / 3), None]
    assert evaluation.balanced_accuracy == pytest.approx((0.5 + 1 + 2 / 3) / 3)


def test_the_page_gets_plain_values():
    values = evaluate(POSTERIORS, TARGETS, LABELS).to_dict()
    assert values["confusion"] == [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 2, 1], [0, 0, 0, 0]]
    assert values["labels"] == list(LABELS)
    assert values["recall"][3] is None
    assert type(values["n"]) is int
