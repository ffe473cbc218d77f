"""What is measured inside the tab's Python, where no message reaches."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import numpy as np
from sayso.features import StreamingLogMel
from sayso.presets import PRESETS
from sayso.weights import load_model

ROUNDS, WINDOWS, COLUMNS = 20, 50, 200


def inference_ms(model_file: bytes) -> float:
    """One window, in a model's listening."""
    model, _ = load_model(model_file)
    window = np.random.default_rng(0).standard_normal((1, *model.features.image_shape)).astype(np.float32)
    return 1000 * _median_s(lambda: model.posteriors(window), WINDOWS)


def column_us(preset: str) -> float:
    """One new column of the features, as the samples of one hop arrive."""
    config = PRESETS[preset]
    rng = np.random.default_rng(0)
    stream = StreamingLogMel(config)
    stream.accept(rng.standard_normal(config.sample_rate_hz, np.float32))
    hop = rng.standard_normal(config.hop_samples, np.float32)
    return 1e6 * _median_s(lambda: stream.accept(hop), COLUMNS)


def _median_s(work: Callable[[], object], times: int) -> float:
    """The median of some rounds; seconds for one of `times`."""

    def once() -> float:
        began = time.perf_counter()
        for _ in range(times):
            work()
        return (time.perf_counter() - began) / times

    return median(once() for _ in range(ROUNDS))
