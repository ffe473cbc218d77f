"""False alarms and misses, counted in sound made of tones, against counts made by hand and by other paths."""

import dataclasses
import json

import numpy as np
import pytest
from sayso.evaluation.alarms import QUIET_DBFS, QUIET_S, AlarmScore, in_quiet
from sayso.evaluation.intervals import binomial_interval, poisson_interval
from sayso.evaluation.stream_score import OPERATING_THRESHOLDS, operating_points
from sayso.listening.replay import hear

from .errors import refused
from .generators import finish
from .synthetic import noise, word

OWN = 0.615  # not one of OPERATING_THRESHOLDS


def talk(*names, seed=7):
    """Words a second apart, in faint noise."""
    parts = [noise(seed, amplitude=0.003)]
    for i, name in enumerate(names):
        parts += [word(name, 31_000 + 100 * seed + i), noise(seed + i + 1, amplitude=0.003)]
    return np.concatenate(parts)


@pytest.fixture(scope="module")
def model(tone_model):
    return dataclasses.replace(tone_model, detector=dataclasses.replace(tone_model.detector, threshold=OWN))


@pytest.fixture(scope="module")
def heard(model):
    score = AlarmScore(model)
    score.hear_stream("talk", talk("yes", "no", "up", "yes"), rate_hz=16_000)
    score.hear_stream("talk", talk("yes", seed=8), rate_hz=16_000)
    score.hear_stream("hiss", noise(9, n_samples=160_000, amplitude=0.01), rate_hz=16_000)
    for i, name in enumerate(("yes", "yes", "no", "know", "up")):
        score.hear_word(name, word(name.replace("know", "no"), 52_000 + i), rate_hz=16_000)
    score.hear_word("no", word("up", 52_010), rate_hz=16_000)
    score.hear_word("no", word("yes", 52_011), rate_hz=16_000)
    return score


def test_every_detection_is_a_false_alarm_of_its_kind_and_command(heard):
    alarms = heard.at(OWN)["false_alarms"]
    assert list(alarms["kinds"]) == ["hiss", "talk"]
    assert heard.n_recordings == alarms["total"]["n_recordings"] == 3
    talked, hissed, total = alarms["kinds"]["talk"], alarms["kinds"]["hiss"], alarms["total"]
    assert (talked["n_recordings"], talked["hours"]) == (2, pytest.approx(12 / 3600))
    assert (talked["n"], talked["per_hour"]) == (4, pytest.approx(1200))
    assert talked["interval"] == poisson_interval(4, exposure=12 / 3600)
    assert {command: row["n"] for command, row in talked["commands"].items()} == {"yes": 3, "no": 1}
    assert talked["commands"]["no"]["per_hour"] == pytest.approx(300)
    assert (hissed["n"], hissed["hours"], hissed["interval"][0]) == (0, pytest.approx(10 / 3600), 0)
    assert (total["n"], total["hours"]) == (4, pytest.approx(22 / 3600))


def test_a_word_is_missed_where_its_command_is_not_detected_and_wrong_where_another_is(heard):
    words = heard.at(OWN)["words"]
    assert heard.n_words == words["total"]["n"] == 6  # "up" is no command
    rows = {command: (row["n"], row["missed"], row["wrong"]) for command, row in words["commands"].items()}
    assert rows == {"yes": (2, 0, 0), "no": (4, 2, 1)}  # "know" sounds as "no" does
    assert words["commands"]["no"]["miss_rate"] == 0.5
    assert words["commands"]["no"]["interval"] == binomial_interval(2, 4)
    assert (words["total"]["missed"], words["total"]["wrong"]) == (2, 1)


def test_at_every_threshold_it_counts_what_the_curve_of_a_stream_does(model):
    score = AlarmScore(model)
    samples = talk("yes", "up", "no")
    score.hear_stream("talk", samples, rate_hz=16_000)
    _, stream = finish(hear(model, samples, rate_hz=16_000))
    _, points = finish(operating_points(stream, [], labels=model.labels, config=model.detector))
    assert set(score.thresholds) == {*OPERATING_THRESHOLDS, OWN}
    assert list(score.thresholds) == sorted(score.thresholds)
    rates = [score.at(point.threshold)["false_alarms"]["total"]["per_hour"] for point in points]
    assert rates == pytest.approx([point.false_alarms_per_hour for point in points])
    assert len(set(rates)) > 1


def test_a_higher_threshold_misses_more_and_alarms_less(heard):
    low, high = heard.at(0.02), heard.at(0.999)
    assert low["false_alarms"]["total"]["n"] > high["false_alarms"]["total"]["n"]
    assert low["words"]["total"]["missed"] < high["words"]["total"]["missed"]


def test_nothing_heard_is_told_as_none(model):
    assert AlarmScore(model).at(OWN) == {
        "threshold": OWN, "false_alarms": {"total": None, "kinds": {}}, "words": None,
    }  # fmt: skip


def test_a_command_without_recordings_has_no_rate(model):
    score = AlarmScore(model)
    score.hear_word("yes", word("yes", 1), rate_hz=16_000)
    no = score.at(OWN)["words"]["commands"]["no"]
    assert (no["n"], no["miss_rate"], no["interval"]) == (0, None, (0.0, 1.0))


def test_it_is_json(heard):
    assert json.loads(json.dumps(heard.at(OWN), allow_nan=False))["threshold"] == OWN


def test_a_threshold_that_was_not_decided_at_is_refused(heard):
    with refused("bad_config", "threshold=0.123"):
        heard.at(0.123)


@pytest.mark.parametrize(
    ("samples", "rate_hz", "code"),
    [
        (noise(1, n_samples=15_999), 16_000, "audio_too_short"),
        (noise(1, n_samples=0), 16_000, "audio_too_short"),
        (noise(1), 0, "audio_too_short"),
        (np.full(16_000, np.nan, np.float32), 16_000, "audio_not_finite"),
    ],
)
def test_a_stream_that_cannot_be_heard_is_refused_and_not_counted(model, samples, rate_hz, code):
    score = AlarmScore(model)
    with refused(code):
        score.hear_stream("talk", samples, rate_hz=rate_hz)
    assert score.n_recordings == 0


@pytest.mark.parametrize(
    ("n_samples", "amplitude", "code"), [(1000, 0.1, "audio_too_short"), (16_000, 0.0, "audio_silent")]
)
def test_a_word_that_is_no_clip_is_refused_and_not_counted(model, n_samples, amplitude, code):
    score = AlarmScore(model)
    with refused(code):
        score.hear_word("yes", noise(1, n_samples=n_samples, amplitude=amplitude), rate_hz=16_000)
    assert score.n_words == 0


@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
def test_a_word_in_quiet_has_two_seconds_of_faint_noise_before_and_after_it(rate_hz):
    clip = noise(3, n_samples=rate_hz)
    placed = in_quiet(clip, rate_hz=rate_hz)
    n_quiet = int(QUIET_S * rate_hz)
    assert placed.dtype == np.float32
    assert placed.size == clip.size + 2 * n_quiet
    for quiet in (placed[:n_quiet], placed[-n_quiet:]):
        assert 10 * np.log10(np.mean(quiet.astype(float) ** 2)) == pytest.approx(QUIET_DBFS, abs=0.2)
    middle = slice(rate_hz // 10, -rate_hz // 10)
    np.testing.assert_allclose(placed[n_quiet:-n_quiet][middle], clip[middle], atol=0.002)
    assert abs(placed[n_quiet]) < 0.01
    assert np.array_equal(placed, in_quiet(clip, rate_hz=rate_hz))
