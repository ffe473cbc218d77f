"""Per-channel energy normalisation: each band against its own smoothed level."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from sayso.arrays import F32
from sayso.config import PcenConfig

BLOCK_FRAMES = 128  # frames that one product smooths: its matrix grows with their square


@lru_cache(maxsize=8)
def _smoother_matrices(smoothing: float, n_frames: int) -> tuple[F32, F32]:
    """The smoother as a linear map of a block of frames, (T, T), and of the state before it, (T, 1)."""
    steps = np.arange(n_frames)
    age = steps[:, None] - steps
    newest = np.where(age >= 0, smoothing * (1 - smoothing) ** np.maximum(age, 0), 0.0)
    return newest.astype(np.float32), ((1 - smoothing) ** (steps + 1.0))[:, None].astype(np.float32)


def smooth(mel: F32, state: F32, *, smoothing: float, step: int = 1) -> F32:
    """First-order smoothing over time, S[t] = (1 - smoothing) S[t-1] + smoothing E[t], as matrix products.

    Parameters
    ----------
    mel : (..., T, M) float32
    state : (..., M) float32, the smoother S before the first frame
    smoothing : float in (0, 1]
    step : int, only S[0], S[step], S[2 step] ... are returned

    Returns
    -------
    (..., ceil(T / step), M) float32

    Source
    ------
    librosa.pcen, which can also compute the smoothing, its `b`, from a time constant of t frames:
    (sqrt(1 + 4 t**2) - 1) / (2 t**2).
    """
    n_frames = mel.shape[-2]
    if step == 1 and n_frames <= BLOCK_FRAMES:  # a shortcut for streams, which bring few frames at a time
        newest, carried = _smoother_matrices(smoothing, n_frames)
        smoothed = newest @ mel
        smoothed += carried * state[..., None, :]
        return smoothed
    smoothed = np.empty((*mel.shape[:-2], -(-n_frames // step), mel.shape[-1]), mel.dtype)
    for start in range(0, n_frames, BLOCK_FRAMES):
        block = mel[..., start : start + BLOCK_FRAMES, :]
        newest, carried = _smoother_matrices(smoothing, block.shape[-2])
        wanted = slice(-start % step, None, step)
        first = -(-start // step)
        part = smoothed[..., first : first + len(carried[wanted]), :]
        np.matmul(newest[wanted], block, out=part)
        part += carried[wanted] * state[..., None, :]
        if start + BLOCK_FRAMES < n_frames:
            state = smooth_to_end(block, state, smoothing=smoothing)
    return smoothed


def smooth_to_end(mel: F32, state: F32, *, smoothing: float) -> F32:
    """The smoother S after the last frame, (..., M), with which `smooth` ends.

    It makes a matrix of (T, T), and so is meant for some hundred frames at most.
    """
    newest, carried = _smoother_matrices(smoothing, mel.shape[-2])
    return newest[-1] @ mel + carried[-1] * state  # type: ignore[no-any-return]  # NumPy's stub: Any


def start_state(mel: F32, *, config: PcenConfig) -> F32:
    """The smoother before the first frame, (..., M): start_level, or the mean of the first n_start_frames.

    librosa.pcen starts from a level of 1: it filters with `zi` of scipy.signal.lfilter_zi, which is (1 - b) S[-1] of a
    filter that has seen nothing but ones.
    """
    if config.start_level is not None:
        return np.full_like(mel[..., 0, :], config.start_level)
    return mel[..., : config.n_start_frames, :].mean(axis=-2)  # type: ignore[no-any-return]  # NumPy's stub: Any


def pcen(mel: F32, smoothed: F32, *, config: PcenConfig) -> F32:
    """Per-channel energy normalisation: mel frames, divided by what `smooth` made of them and compressed.

    Parameters
    ----------
    mel, smoothed : (..., T, M) float32
    config : PcenConfig, which has the formula

    Returns
    -------
    (..., T, M) float32

    Source
    ------
    Wang et al. 2017, "Trainable frontend for robust and far-field keyword spotting", eq. 1; librosa.pcen.

    Examples
    --------
    A tone at a steady level, and 20 dB louder: nearly the same.

    >>> import numpy as np
    >>> from sayso.config import PcenConfig
    >>> from sayso.features.pcen import pcen, smooth, start_state
    >>> config = PcenConfig()
    >>> mel = np.full((30, 1), 1e4, np.float32)
    >>> for loud in (mel, 100 * mel):
    ...     level = smooth(loud, start_state(loud, config=config), smoothing=config.smoothing)
    ...     print(f"{pcen(loud, level, config=config)[-1, 0]:.2f}")
    0.38
    0.41
    """
    # exp(-gain log x) is x ** -gain at half the cost of `power`; Python's floats leave float32 as it is
    gained = smoothed + config.eps
    np.log(gained, out=gained)
    gained *= -config.gain
    np.exp(gained, out=gained)
    gained *= mel
    bias, power = config.bias, config.power
    compressed: F32
    # (gained + bias)**power - bias**power, in forms that keep the digits which a difference of near equals would lose
    if bias == 0:
        compressed = gained ** np.float32(power)
    elif power == 0.5:
        divisor = gained + bias
        np.sqrt(divisor, out=divisor)
        divisor += math.sqrt(bias)
        compressed = np.divide(gained, divisor, out=gained)
    else:
        compressed = np.expm1(np.float32(power) * np.log1p(gained / np.float32(bias))) * np.float32(bias**power)
    return compressed
