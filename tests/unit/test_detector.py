"""Posteriors to detections: threshold, smoothing, refractory time, and words that last."""

import numpy as np
import pytest
from sayso.config import DetectorConfig
from sayso.listening.detector import Detector

from .errors import refused

LABELS = ("yes", "no", "other", "silence")
YES, NO, OTHER, SILENCE = np.eye(4, dtype=np.float32)


def detector_of(**changes):
    settings = {"threshold": 0.7, "smoothing_ms": 300.0, "refractory_ms": 500.0, "hop_ms": 100.0}
    return Detector(LABELS, DetectorConfig(**(settings | changes)))


def fired(detector, posteriors):
    """(label, window number) of every detection; windows end .1 s apart."""
    found = [detector.accept(p, i / 10) for i, p in enumerate(posteriors)]
    return [(d.label, round(10 * d.time_s)) for d in found if d]


def test_a_command_fires_when_its_mean_reaches_the_threshold():
    detector = detector_of()
    assert fired(detector, [SILENCE, SILENCE, SILENCE, YES, YES]) == []  # the mean is 2 / 3
    detection = detector.accept(YES, 0.5)
    assert (detection.label, detection.confidence, detection.time_s) == ("yes", 1.0, 0.5)


def test_confidence_is_the_smoothed_posterior():
    detector = detector_of(threshold=0.6)
    assert fired(detector, [SILENCE, YES]) == []
    assert detector.accept(YES, 0.2).confidence == pytest.approx(2 / 3)
    np.testing.assert_allclose(detector.smoothed(), [2 / 3, 0, 0, 1 / 3], rtol=1e-6)


def test_without_smoothing_a_single_window_fires():
    assert fired(detector_of(smoothing_ms=0.0), [SILENCE, YES, SILENCE]) == [("yes", 1)]


def test_a_glimpse_does_not_fire():
    assert fired(detector_of(), [SILENCE] * 3 + [YES] + [SILENCE] * 3) == []


@pytest.mark.parametrize("posterior", [OTHER, SILENCE, np.full(4, 0.25, np.float32)])
def test_only_commands_fire(posterior):
    assert fired(detector_of(threshold=0.2), [posterior] * 30) == ([] if posterior.max() == 1 else [("yes", 2)])


def test_a_word_that_lasts_is_one_detection():
    assert fired(detector_of(smoothing_ms=0.0), [YES] * 50) == [("yes", 0)]


def test_a_word_that_is_said_again_fires_again():
    assert fired(detector_of(smoothing_ms=0.0), ([YES] * 3 + [SILENCE] * 5) * 2) == [("yes", 0), ("yes", 8)]


def test_a_mean_that_only_sags_does_not_release_the_word():
    weaker = np.array([0.4, 0, 0.3, 0.3], np.float32)  # .4 is over half the threshold
    assert fired(detector_of(smoothing_ms=0.0), [YES] + [weaker] * 10 + [YES] * 5) == [("yes", 0)]


def test_nothing_fires_within_the_refractory_time():
    assert fired(detector_of(smoothing_ms=0.0), [YES, SILENCE, NO, NO, SILENCE, NO]) == [("yes", 0), ("no", 5)]


def test_another_command_fires_after_the_refractory_time_though_the_first_was_not_released():
    both = np.array([0.45, 0.55, 0, 0], np.float32)
    assert fired(detector_of(smoothing_ms=0.0, threshold=0.5), [YES] * 8 + [both]) == [("yes", 0), ("no", 8)]


def test_the_more_probable_of_two_commands_fires():
    assert fired(detector_of(threshold=0.3), [np.array([0.4, 0.6, 0, 0], np.float32)] * 3) == [("no", 2)]


def test_nothing_fires_before_the_mean_has_its_number_of_windows():
    assert fired(detector_of(), [YES, YES]) == []
    assert fired(detector_of(), [YES, YES, YES]) == [("yes", 2)]


def test_a_command_that_was_not_released_stays_held_while_another_fires():
    both = [np.array([p, 1 - p, 0, 0], np.float32) for p in (0.55, 0.45, 0.55)]
    found = fired(detector_of(smoothing_ms=0.0, threshold=0.5), [p for p in both for _ in range(12)])
    assert [label for label, _ in found] == ["yes", "no"]


def test_before_the_first_window_everything_is_nothing():
    assert detector_of().smoothed().tolist() == [0, 0, 0, 0]


def test_after_a_gap_nothing_of_before_counts():
    detector = detector_of(threshold=0.6)
    fired(detector, [SILENCE, YES])
    detector.forget()
    assert detector.smoothed().tolist() == [0, 0, 0, 0]
    assert [bool(detector.accept(NO, 2.0 + i / 10)) for i in range(3)] == [False, False, True]


def test_after_a_gap_the_refractory_time_still_runs():
    detector = detector_of(smoothing_ms=0.0)
    fired(detector, [YES])
    detector.forget()
    assert detector.accept(YES, 0.4) is None
    assert detector.accept(YES, 0.5).label == "yes"


def test_settings_changed_on_the_way_hold_from_the_next_window_on():
    detector = detector_of()
    assert fired(detector, [SILENCE, YES, YES]) == []
    detector.config = DetectorConfig(threshold=0.7, smoothing_ms=100.0)
    assert detector.accept(YES, 0.3).label == "yes"


def test_posteriors_that_are_no_numbers_fire_nothing():
    assert fired(detector_of(smoothing_ms=0.0), [np.full(4, np.nan, np.float32)] * 3) == []


def test_many_windows_hold_no_more_than_those_that_are_smoothed():
    detector = detector_of()
    fired(detector, [SILENCE] * 1000)
    assert len(detector._posteriors) == 3


def test_every_command_has_its_own_threshold():
    weak_yes, weak_no = np.array([0.6, 0, 0.4, 0], np.float32), np.array([0, 0.6, 0.4, 0], np.float32)
    strict_with_no = {"threshold": 0.65, "offsets": (-0.1, 0.1), "smoothing_ms": 0.0, "refractory_ms": 0.0}
    assert fired(detector_of(**strict_with_no), [weak_no, weak_yes, SILENCE, NO]) == [("yes", 1), ("no", 3)]


def test_the_command_furthest_over_its_threshold_fires():
    both = np.array([0.5, 0.45, 0.05, 0], np.float32)
    assert fired(detector_of(threshold=0.4, smoothing_ms=0.0), [both]) == [("yes", 0)]
    assert fired(detector_of(threshold=0.4, offsets=(0.05, -0.1), smoothing_ms=0.0), [both]) == [("no", 0)]


@pytest.mark.parametrize(("threshold", "offset"), [(0.9, 0.5), (0.1, -0.5)])
def test_offsets_never_make_a_command_impossible_or_unavoidable(threshold, offset):
    settings = {"threshold": threshold, "offsets": (offset, offset), "smoothing_ms": 0.0}
    assert fired(detector_of(**settings), [OTHER, YES]) == [("yes", 1)]


def test_offsets_for_another_number_of_commands_are_refused():
    with refused("bad_config", "offsets", "2 commands"):
        detector_of(offsets=(0.1,))


def test_other_settings_are_in_force_from_the_next_posteriors_on():
    detector = detector_of(threshold=0.9, smoothing_ms=0.0)
    weak = np.array([0.6, 0, 0.4, 0], np.float32)
    assert detector.accept(weak, 0.0) is None
    detector.tune(DetectorConfig(threshold=0.5, smoothing_ms=0.0))
    assert detector.accept(weak, 0.1).label == "yes"
