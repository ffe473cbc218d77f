"""What other words are taken for, and threshold curves, against counts made by hand."""

import json

import numpy as np
import pytest
from sayso.evaluation.clip_score import Judgement

POSTERIORS = np.array(
    [[0.9, 0.1, 0, 0], [0.4, 0.6, 0, 0], [0.2, 0.7, 0.1, 0], [0, 0.8, 0.2, 0], [0, 0, 0.9, 0.1], [0, 0.5, 0.4, 0.1]],
    np.float32,
)


@pytest.fixture
def judgement():
    words = ("yes", "yes", "yes", "go", "go", "tree")
    return Judgement(("yes", "no", "other", "silence"), POSTERIORS, np.array([0, 0, 0, 2, 2, 2]), words)


def test_every_other_word_tells_what_it_was_taken_for(judgement):
    assert judgement.other_words() == {
        "go": {"n": 2, "taken_for": {"yes": 0, "no": 1, "other": 1, "silence": 0}},
        "tree": {"n": 1, "taken_for": {"yes": 0, "no": 1, "other": 0, "silence": 0}},
    }


def test_curves_tell_what_share_reaches_each_threshold(judgement):
    curves = judgement.threshold_curves()
    assert list(curves) == ["yes", "no"]
    points = {point["threshold"]: point for point in curves["yes"]}
    assert list(points) == pytest.approx(np.arange(0.05, 0.96, 0.05).tolist())
    assert points[0.4]["recall"] == pytest.approx(2 / 3)  # a posterior of .4 reaches the threshold .4
    assert points[0.45]["recall"] == pytest.approx(1 / 3)
    assert points[0.05]["false_positive_rate"] == 0.0
    rates = {point["threshold"]: point["false_positive_rate"] for point in curves["no"]}
    assert (rates[0.05], rates[0.65], rates[0.75], rates[0.85]) == pytest.approx((5 / 6, 2 / 6, 1 / 6, 0))
    assert {point["recall"] for point in curves["no"]} == {None}


def test_the_desk_gets_recall_by_label_in_plain_values(judgement):
    scores = json.loads(json.dumps(judgement.to_dict()))
    assert scores["recall"] == {"yes": pytest.approx(1 / 3), "no": None, "other": pytest.approx(1 / 3), "silence": None}
    assert scores["confusion"] == [[1, 2, 0, 0], [0, 0, 0, 0], [0, 2, 1, 0], [0, 0, 0, 0]]
    assert scores["n"] == 6
    assert scores["balanced_accuracy"] == pytest.approx(1 / 3)
    assert set(scores["threshold"]) == {"yes", "no"}
    assert set(scores["words"]) == {"go", "tree"}
