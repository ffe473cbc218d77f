"""Hits, misses, swaps and false alarms, against counts made by hand."""

import numpy as np
import pytest
from sayso.config import DetectorConfig
from sayso.evaluation.stream_score import (
    OPERATING_THRESHOLDS,
    TOLERANCE_S,
    OperatingPoint,
    best_within,
    operating_points,
    score_stream,
)
from sayso.evaluation.truth import Event
from sayso.listening.detector import Detection
from sayso.listening.replay import Heard

from .generators import finish

LABELS = ("yes", "no", "other", "silence")


def score(detections, events):
    """Score detections, (label, time), against events, (label, start, end), in a recording of six minutes."""
    return score_stream(
        [Detection(label, 0.9, time_s) for label, time_s in detections],
        [Event(start_s, end_s, label) for label, start_s, end_s in events],
        commands=("yes", "no"),
        duration_s=360.0,
    )


def kinds(result):
    return [outcome.kind for outcome in result.outcomes]


@pytest.mark.parametrize("time_s", [1.0, 1.4, 1.5, 1.5 + TOLERANCE_S])
def test_a_detection_from_the_start_to_a_second_after_the_end_is_a_hit(time_s):
    result = score([("yes", time_s)], [("yes", 1.0, 1.5)])
    assert kinds(result) == ["hit"]
    assert result.missed == []
    assert result.delays_s == [pytest.approx(time_s - 1.5)]


@pytest.mark.parametrize("time_s", [0.99, 1.51 + TOLERANCE_S])
def test_one_before_or_later_is_a_false_alarm_and_a_miss(time_s):
    result = score([("yes", time_s)], [("yes", 1.0, 1.5)])
    assert kinds(result) == ["false alarm"]
    assert (result.n_commands, result.miss_rate, result.false_alarms_per_hour) == (1, 1.0, 10.0)


def test_a_second_detection_of_one_event_is_a_false_alarm():
    result = score([("yes", 1.5), ("yes", 2.4)], [("yes", 1.0, 1.5)])
    assert kinds(result) == ["hit", "false alarm"]


def test_each_event_is_hit_once_where_two_are_close():
    result = score([("yes", 1.6), ("yes", 2.6)], [("yes", 1.0, 1.5), ("yes", 1.8, 2.2)])
    assert kinds(result) == ["hit", "hit"]
    assert [outcome.event.start_s for outcome in result.outcomes] == [1.0, 1.8]


def test_one_command_taken_for_another_is_a_swap_and_a_miss_but_no_false_alarm():
    result = score([("no", 1.6)], [("yes", 1.0, 1.5)])
    assert kinds(result) == ["swap"]
    assert (len(result.missed), result.miss_rate, result.false_alarms_per_hour) == (1, 1.0, 0.0)


def test_a_command_that_is_hit_is_not_swapped_too():
    result = score([("no", 1.4), ("yes", 2.4)], [("yes", 1.0, 1.5)])
    assert kinds(result) == ["false alarm", "hit"]
    assert result.missed == []


def test_a_detection_of_a_word_that_is_no_command_is_a_false_alarm_that_names_it():
    result = score([("no", 1.4), ("yes", 9.0)], [("go", 1.0, 1.5), ("other", 5.0, 5.5)])
    assert kinds(result) == ["false alarm", "false alarm"]
    assert [outcome.event and outcome.event.label for outcome in result.outcomes] == ["go", None]
    assert (result.n_commands, result.miss_rate, result.false_alarms_per_hour) == (0, None, 20.0)


def test_the_summary_counts_and_tells_the_delay():
    events = [("yes", float(start), start + 0.5) for start in range(0, 100, 5)]
    result = score([("yes", start + 0.5 + 0.01 * i) for i, (_, start, _) in enumerate(events[:11])], events).to_dict()
    assert (result["n_commands"], result["hits"], result["misses"], result["miss_rate"]) == (20, 11, 9, 0.45)
    assert result["delay_s"] == {"median": pytest.approx(0.05), "percentile_90": pytest.approx(0.09)}
    assert result["missed"][0] == {"start_s": 55.0, "end_s": 55.5, "label": "yes", "word": "", "speaker": ""}
    assert score([], [])
    assert score([], []).to_dict()["delay_s"] == {"median": None, "percentile_90": None}


def test_a_sweep_trades_misses_for_false_alarms():
    """The posteriors are .95 and .35 for two times "yes", and .7 for another word between them."""
    heard = Heard(duration_s=36.0)
    for window in range(360):
        time_s = window / 10
        at = {1: 0.95, 10: 0.7, 20: 0.35}.get(int(time_s), 0.0)
        heard.times_s.append(time_s)
        heard.posteriors.append(np.array([at, 0, 1 - at, 0], np.float32))
    truth = [Event(1.0, 1.5, "yes"), Event(10.0, 10.5, "other"), Event(20.0, 20.5, "yes")]
    config = DetectorConfig(smoothing_ms=100.0)
    yielded, points = finish(operating_points(heard, truth, labels=LABELS, config=config))
    assert len(yielded) == len(OPERATING_THRESHOLDS)
    found = {point.threshold: (point.miss_rate, point.false_alarms_per_hour) for point in points}
    assert (found[0.2], found[0.5], found[0.8], found[0.97]) == ((0.0, 100.0), (0.5, 100.0), (0.5, 0.0), (1.0, 0.0))
    assert best_within(points, 99.0).miss_rate == 0.5
    assert best_within(points, 100.0).miss_rate == 0.0


def test_the_best_point_has_no_more_false_alarms_than_asked_for():
    points = [OperatingPoint(0.1, 0.0, 50.0, 0), OperatingPoint(0.2, 0.1, 41.0, 0), OperatingPoint(0.3, 0.2, 12.0, 0),
              OperatingPoint(0.4, 0.2, 9.0, 0)]  # fmt: skip
    assert best_within(points, 45.0) == points[1]
    assert best_within(points, 40.0) == points[3]
    assert best_within(points, 5.0) is None
