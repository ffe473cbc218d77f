"""Exact confidence intervals of rates that were counted; they need the package SciPy."""

from __future__ import annotations

from typing import Any

from sayso.config import require
from sayso.errors import SaysoError

CONFIDENCE = 0.95


def poisson_interval(n_events: int, *, exposure: float = 1.0, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The rates of a Poisson process that a count of its events leaves plausible.

    Each side errs with a probability of at most (1 - confidence) / 2, whatever the true rate is.

    Parameters
    ----------
    n_events : 0 or more
    exposure : how long, or how much, was watched, over 0; the rate is told per unit of it
    confidence : over 0, under 1

    Returns
    -------
    lowest and highest rate; the lowest is 0 where nothing was counted

    Raises
    ------
    SaysoError : `bad_config`; `scipy_missing`

    Source
    ------
    F. Garwood 1936, "Fiducial limits for the Poisson distribution", Biometrika 28.
    """
    stats = require_scipy()
    require(n_events >= 0, "n_events", n_events, "0 or more")
    require(exposure > 0, "exposure", exposure, "over 0")
    tail = _tail(confidence)
    low = stats.chi2.ppf(tail, 2 * n_events) / 2 if n_events else 0.0
    high = stats.chi2.ppf(1 - tail, 2 * (n_events + 1)) / 2
    return float(low / exposure), float(high / exposure)


def binomial_interval(n_successes: int, n_trials: int, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The probabilities that so many successes in so many independent trials leave plausible.

    Each side errs with a probability of at most (1 - confidence) / 2, whatever the true probability is.

    Parameters
    ----------
    n_successes : 0 to n_trials
    n_trials : 0 or more; without a trial every probability is plausible
    confidence : over 0, under 1

    Returns
    -------
    lowest and highest probability

    Raises
    ------
    SaysoError : `bad_config`; `scipy_missing`

    Source
    ------
    C. J. Clopper and E. S. Pearson 1934, "The use of confidence or fiducial limits illustrated in the case of the
    binomial", Biometrika 26.
    """
    stats = require_scipy()
    require(0 <= n_successes <= n_trials, "n_successes", n_successes, f"0 to n_trials, {n_trials}")
    tail = _tail(confidence)
    n_failures = n_trials - n_successes
    low = stats.beta.ppf(tail, n_successes, n_failures + 1) if n_successes else 0.0
    high = stats.beta.ppf(1 - tail, n_successes + 1, n_failures) if n_failures else 1.0
    return float(low), float(high)


def require_scipy() -> Any:
    """SciPy's distributions; imported on demand, because the tab and a plain installation do without SciPy.

    Raises
    ------
    SaysoError : `scipy_missing`
    """
    try:
        from scipy import stats
    except ImportError as error:
        raise SaysoError("scipy_missing", "exact intervals need `pip install scipy`") from error
    return stats


def _tail(confidence: float) -> float:
    require(0 < confidence < 1, "confidence", confidence, "over 0, under 1")
    return (1 - confidence) / 2
