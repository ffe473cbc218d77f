"""The choice of a temperature and of a detector, on posteriors made for the purpose."""

import numpy as np
import pytest
from sayso.config import DetectorConfig
from sayso.evaluation.stream_score import score_stream
from sayso.evaluation.truth import Event
from sayso.evaluation.tuning import (
    SMOOTHINGS_MS,
    TRIED_THRESHOLDS,
    _eventful,
    apply_temperature,
    choose_detector,
    fit_temperature,
)
from sayso.features.presets import COMPACT
from sayso.listening.replay import Heard, decide_again
from sayso.models.model import new_model
from sayso.nn.losses import softmax

from .errors import refused
from .generators import finish

LABELS = ("yes", "no", "other", "silence")


@pytest.fixture
def model():
    return new_model("tuned", features=COMPACT, labels=LABELS, network="compact", seed=1)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_the_temperature_that_posteriors_lack_is_found(temperature):
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (40_000, 4))
    targets = (softmax(logits).cumsum(axis=1) < rng.random((len(logits), 1))).sum(axis=1)
    told = softmax(logits * temperature).astype(np.float32)
    assert fit_temperature(told, targets) == pytest.approx(temperature, rel=0.05)


def test_a_temperature_divides_the_logits(model):
    frames = np.random.default_rng(0).random((3, *COMPACT.image_shape), dtype=np.float32)
    before = model.network.forward(frames)
    apply_temperature(model, 0.5)
    np.testing.assert_allclose(model.network.forward(frames), 2 * before, rtol=1e-5, atol=1e-6)


def stream_of(model, *, yes, no, word_yes, word_no):
    """Ten minutes in which commands reach the posteriors `yes` and `no`.

    Between them come other words that the model takes for a command, at `word_yes` and `word_no`.
    """
    heard, truth = Heard(600.0), []
    for second in range(0, 600, 6):
        kind, level = (("yes", yes), ("other", word_yes), ("no", no), ("other", word_no))[second // 6 % 4]
        command = 0 if level in (yes, word_yes) else 1
        truth.append(Event(float(second), second + 1.0, kind))
        for i in range(60):
            posteriors = np.array([0, 0, 0.5, 0.5], np.float32)
            if 8 <= i < 16:
                posteriors = np.array([0, 0, 1 - level, 0], np.float32)
                posteriors[command] = level
            heard.posteriors.append(posteriors)
            heard.times_s.append(second + 0.1 * i)
    return heard, truth


def test_each_command_gets_the_threshold_that_it_needs(model):
    heard, truth = stream_of(model, yes=0.55, no=0.95, word_yes=0.31, word_no=0.81)
    _, config = finish(choose_detector(model, [(heard, truth)], false_alarms_per_hour=0))
    score = score_stream(decide_again(heard, LABELS, config), truth, commands=LABELS[:2], duration_s=600)
    assert (score.count("hit"), score.count("false alarm"), len(score.missed)) == (50, 0, 0)
    yes, no = (config.threshold + offset for offset in config.offsets)
    assert 0.31 < yes <= 0.56
    assert 0.81 < no <= 0.96


def test_a_budget_of_false_alarms_is_kept_to(model):
    heard, truth = stream_of(model, yes=0.55, no=0.7, word_yes=0.31, word_no=0.75)
    _, strict = finish(choose_detector(model, [(heard, truth)], false_alarms_per_hour=100))
    _, lax = finish(choose_detector(model, [(heard, truth)], false_alarms_per_hour=150))
    found = [
        score_stream(decide_again(heard, LABELS, config), truth, commands=LABELS[:2], duration_s=600)
        for config in (strict, lax)
    ]
    assert [(score.count("hit"), score.count("false alarm")) for score in found] == [(25, 0), (50, 25)]


def test_the_windows_left_out_change_no_decision(model):
    rng = np.random.default_rng(3)
    heard = Heard(2000 * 0.1)
    for i in range(2000):
        level = rng.random() if i // 20 % 7 == 0 else 0.02
        heard.posteriors.append(np.array([level, 0.03 * rng.random(), 1 - level, 0], np.float32))
        heard.times_s.append(0.1 * i)
    few = _eventful(heard, LABELS, 100.0)
    assert len(few.posteriors) < len(heard.posteriors)
    for smoothing_ms in SMOOTHINGS_MS:
        for threshold in TRIED_THRESHOLDS:
            config = DetectorConfig(threshold=threshold, smoothing_ms=smoothing_ms)
            assert decide_again(few, LABELS, config) == decide_again(heard, LABELS, config)


@pytest.mark.parametrize("n_windows", [0, 1, 4])
def test_a_stream_shorter_than_the_longest_smoothing_keeps_what_there_is(n_windows):
    posteriors = [np.array([0.9, 0, 0.1, 0], np.float32)] * n_windows
    few = _eventful(Heard(1.0, [], [0.1 * i for i in range(n_windows)], posteriors), LABELS, 100.0)
    assert len(few.posteriors) == len(few.times_s) == n_windows


def test_streams_without_commands_are_refused(model):
    with refused("no_clips", "yes, no"):
        finish(choose_detector(model, [(Heard(10.0), [])], false_alarms_per_hour=10))


def test_the_rest_of_the_detector_stays(model):
    model.detector = DetectorConfig(refractory_ms=1234.0, hop_ms=100.0)
    stream = stream_of(model, yes=0.9, no=0.9, word_yes=0.1, word_no=0.1)
    _, config = finish(choose_detector(model, [stream], false_alarms_per_hour=10))
    assert (config.refractory_ms, config.hop_ms) == (1234.0, 100.0)
