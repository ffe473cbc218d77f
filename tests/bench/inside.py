"""Measures parts of Sayso inside the tab's Python, for which the page's messages have no request."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from sayso.features.log_mel import StreamingLogMel
from sayso.features.presets import PRESETS
from sayso.models.model_file import load_model
from sayso.models.plan import recogniser_of

TRIALS, WINDOWS, COLUMNS = 20, 50, 200


def inference_ms(model_file: bytes) -> float:
    """Milliseconds to recognise one window as when listening."""
    model, _ = load_model(model_file)
    recognise = recogniser_of(model.network)
    window = np.random.default_rng(0).standard_normal(model.features.image_shape, np.float32)
    return 1000 * _median_s(lambda: recognise(window), WINDOWS)


def column_us(preset: str) -> float:
    """Microseconds to compute one new column of features when the samples of one hop arrive."""
    config = PRESETS[preset]
    rng = np.random.default_rng(0)
    stream = StreamingLogMel(config)
    stream.accept(rng.standard_normal(config.sample_rate_hz, np.float32))
    hop = rng.standard_normal(config.hop_samples, np.float32)
    return 1e6 * _median_s(lambda: stream.accept(hop), COLUMNS)


def _median_s(work: Callable[[], object], times: int) -> float:
    """Seconds for one call of `work`: the mean over `times` calls, and of such means the median."""

    def once() -> float:
        began = time.perf_counter()
        for _ in range(times):
            work()
        return (time.perf_counter() - began) / times

    return float(np.median([once() for _ in range(TRIALS)]))
