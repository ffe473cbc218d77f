"""Exact intervals against published tables, against their definition, and against simulated counts."""

import sys
from functools import partial

import numpy as np
import pytest
from sayso.evaluation.intervals import binomial_interval, poisson_interval
from scipy import stats

from .errors import refused


@pytest.mark.parametrize(
    ("n_events", "low", "high"),
    [(0, 0.0, 3.689), (1, 0.0253, 5.572), (2, 0.2422, 7.225), (10, 4.795, 18.390), (50, 37.11, 65.92)],
)
def test_poisson_limits_are_those_of_garwood_s_table(n_events, low, high):
    assert poisson_interval(n_events) == (pytest.approx(low, rel=2e-3), pytest.approx(high, rel=2e-4))


@pytest.mark.parametrize(
    ("n_successes", "n_trials", "low", "high"),
    [
        (0, 10, 0.0, 0.3085),
        (1, 10, 0.0025, 0.4450),
        (5, 10, 0.1871, 0.8129),
        (10, 10, 0.6915, 1.0),
        (0, 1, 0.0, 0.975),
        (0, 0, 0.0, 1.0),
    ],
)
def test_binomial_limits_are_those_of_clopper_and_pearson(n_successes, n_trials, low, high):
    assert binomial_interval(n_successes, n_trials) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.99])
def test_at_a_limit_what_was_counted_or_more_extreme_has_the_probability_of_one_tail(confidence):
    tail = pytest.approx((1 - confidence) / 2)
    low, high = poisson_interval(7, exposure=3.0, confidence=confidence)
    assert (stats.poisson.sf(6, 3 * low), stats.poisson.cdf(7, 3 * high)) == (tail, tail)
    low, high = binomial_interval(7, 30, confidence=confidence)
    assert (stats.binom.sf(6, 30, low), stats.binom.cdf(7, 30, high)) == (tail, tail)


def test_the_rate_is_told_for_a_unit_of_exposure():
    assert poisson_interval(10, exposure=4.0) == pytest.approx([bound / 4 for bound in poisson_interval(10)])


@pytest.mark.parametrize("rate", [0.4, 3.0, 25.0])
def test_the_true_rate_lies_outside_a_poisson_interval_no_oftener_than_promised(rate):
    counts = np.random.default_rng(1).poisson(2 * rate, 20_000).tolist()
    intervals = {n: poisson_interval(n, exposure=2.0) for n in set(counts)}
    assert np.mean([intervals[n][0] <= rate <= intervals[n][1] for n in counts]) >= 0.95


@pytest.mark.parametrize("probability", [0.02, 0.3, 0.97])
def test_the_true_probability_lies_outside_a_binomial_interval_no_oftener_than_promised(probability):
    counts = np.random.default_rng(2).binomial(60, probability, 20_000).tolist()
    intervals = {n: binomial_interval(n, 60) for n in set(counts)}
    assert np.mean([intervals[n][0] <= probability <= intervals[n][1] for n in counts]) >= 0.95


@pytest.mark.parametrize(
    ("interval", "named"),
    [
        (partial(poisson_interval, -1), "n_events=-1"),
        (partial(poisson_interval, 1, exposure=0.0), "exposure=0"),
        (partial(poisson_interval, 1, confidence=1.0), "confidence=1"),
        (partial(binomial_interval, 3, 2), "n_successes=3"),
        (partial(binomial_interval, -1, 2), "n_successes=-1"),
        (partial(binomial_interval, 1, 2, confidence=0.0), "confidence=0"),
    ],
)
def test_counts_that_cannot_be_are_refused(interval, named):
    with refused("bad_config", named):
        interval()


@pytest.mark.parametrize("interval", [partial(poisson_interval, 1), partial(binomial_interval, 1, 2)])
def test_without_scipy_it_says_what_to_install(monkeypatch, interval):
    monkeypatch.setitem(sys.modules, "scipy", None)
    with refused("scipy_missing", "pip install scipy"):
        interval()
