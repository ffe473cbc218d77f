"""Times the matrix products of a training step, and the quickest the same products can be; runs in the tab.

`products.py` makes a copy of Sayso that calls `matmul` here for every product.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Shape = tuple[int, int, int]  # m, k and n of a product (m, k) times (k, n)
Strides = tuple[int, ...]  # byte strides of both operands, one after the other

TRIALS, TRIAL_S = 3, 0.005  # a trial lasts 5 ms at least, since the clock ticks every .1 ms


@dataclass
class Calls:
    """How often products of one shape and layout were computed, and how long that took in all."""

    n: int = 0
    seconds: float = 0.0


_calls: dict[tuple[Shape, Strides], Calls] = {}


def matmul(a: Any, b: Any, **options: Any) -> Any:
    """np.matmul, timed."""
    began = time.perf_counter()
    product = np.matmul(a, b, **options)
    took_s = time.perf_counter() - began
    if a.ndim == b.ndim == 2:
        shape = a.shape[0], a.shape[1], b.shape[1]
        calls = _calls.setdefault((shape, a.strides + b.strides), Calls())
        calls.n += 1
        calls.seconds += took_s
    return product


def watch(train: Callable[[int], float], n_steps: int) -> dict[str, Any]:
    """The seconds that a training step takes, and each product in it, on average over `n_steps`."""
    _calls.clear()
    step_s = train(n_steps) / n_steps
    products = [
        {"shape": list(shape), "strides": list(strides), "calls": calls.n / n_steps, "seconds": calls.seconds / n_steps}
        for (shape, strides), calls in _calls.items()
    ]  # fmt: skip
    return {"stepS": step_s, "products": products}


def peak_s(m: int, k: int, n: int, *strides: int) -> float:
    """The least seconds that a float32 product of this shape takes, operands hot, in the layout that suits it best.

    That may be the one given: windows of a signal overlap, and so take less memory than any matrix of their shape.
    """
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((m, k), np.float32), rng.standard_normal((k, n), np.float32)
    out = np.empty((m, n), np.float32)
    layouts = [(x, y) for x in (a, np.asfortranarray(a)) for y in (b, np.asfortranarray(b))]
    if strides:
        layouts.append((_laid_out((m, k), strides[:2]), _laid_out((k, n), strides[2:])))
    return min(_least_s(x, y, out) for x, y in layouts)


def _laid_out(shape: tuple[int, ...], strides: Strides) -> Any:
    """A matrix of random numbers with these strides in bytes."""
    n_bytes = 4 + sum((length - 1) * stride for length, stride in zip(shape, strides, strict=True))
    numbers = np.random.default_rng(1).standard_normal(n_bytes // 4, np.float32)
    return np.ndarray(shape, np.float32, numbers, 0, strides)


def _least_s(a: Any, b: Any, out: Any) -> float:
    def run(times: int) -> float:
        began = time.perf_counter()
        for _ in range(times):
            np.matmul(a, b, out=out)
        return time.perf_counter() - began

    times = 1
    while run(times) < TRIAL_S:
        times *= 2
    return min(run(times) for _ in range(TRIALS)) / times
