"""Gradients by central differences, held against those that layers compute."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

STEP = 1e-5  # how far values are moved up and down
TOLERANCE = 1e-7  # allowed error as a share of the largest gradient; central differences are good to about 1e-10


def numeric_gradient(loss: Callable[[], float], values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Slopes of the loss at the chosen flat indices of `values`, which are changed in place and put back."""
    flat = values.reshape(-1)
    assert np.shares_memory(flat, values), "expected contiguous values"
    slopes = []
    for i in chosen:
        kept = flat[i]
        flat[i] = kept + STEP
        above = loss()
        flat[i] = kept - STEP
        below = loss()
        flat[i] = kept
        slopes.append((above - below) / (2 * STEP))
    return np.array(slopes)


def check_gradient(
    name: str, analytic: np.ndarray, loss: Callable[[], float], values: np.ndarray, *, n_checked: int = 60
) -> None:
    """Fail, printing analytic and numeric values side by side, where a gradient is not the loss's slope.

    Parameters
    ----------
    name : str, which the message gives
    analytic : the gradient at `values`, of the same shape
    loss : () -> float, evaluated anew for every change of `values`
    values : float64, contiguous
    n_checked : int, the most values that are checked; they are spread evenly
    """
    assert analytic.shape == values.shape, f"{name}: gradient {analytic.shape} of values {values.shape}"
    assert values.dtype == analytic.dtype == np.float64, f"{name}: {values.dtype}, gradient {analytic.dtype}"
    chosen = np.unique(np.linspace(0, values.size - 1, n_checked).round().astype(int))
    numeric = numeric_gradient(loss, values, chosen)
    found = analytic.reshape(-1)[chosen]
    scale = max(np.abs(numeric).max(), np.abs(found).max(), 1e-3)
    wrong = np.abs(found - numeric) > TOLERANCE * scale
    rows = [
        f"  {np.unravel_index(i, values.shape)}: analytic {a:+.9e}  numeric {n:+.9e}"
        for i, a, n in zip(chosen[wrong][:12], found[wrong], numeric[wrong], strict=False)
    ]
    assert not wrong.any(), "\n".join([f"{name}: {wrong.sum()} of {len(chosen)} gradients differ", *rows])
