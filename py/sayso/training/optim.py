"""Optimisers: each updates parameters in place and keeps its state as named arrays that a checkpoint can hold."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from sayso.arrays import Floats
from sayso.config import TrainConfig

Arrays = dict[str, Floats]


class _Optimizer:
    """Keeps its moments in flat arrays, one number for each parameter, so that a step is a few calls for all of them.

    Its `state` holds the moments by name, `moment.parameter`, as a checkpoint does.
    """

    def __init__(self, parameters: Arrays, *, weight_decay: float, moments: tuple[str, ...]) -> None:
        self.state: Arrays = {}
        self._moments = [self._flat(moment, parameters) for moment in moments]
        sizes = [parameter.size for parameter in parameters.values()]
        is_weight = [name.endswith(".weight") for name in parameters]  # biases, scales and shifts do not decay
        self._decay = np.repeat(is_weight, sizes).astype(self._moments[0].dtype) * weight_decay

    def _flat(self, moment: str, parameters: Arrays) -> Floats:
        """Zeros for all parameters in a row; `state` gets views of them, under the parameters' names."""
        flat = np.zeros(sum(parameter.size for parameter in parameters.values()), _type_of(parameters))
        for name, part in _parts(flat, parameters):
            self.state[f"{moment}.{name}"] = part
        return flat

    def step(self, parameters: Arrays, gradients: Arrays, *, rate: float) -> None:
        """Change the parameters in place, by gradients of the same names."""
        values = _joined(parameters, parameters)
        values *= 1 - rate * self._decay
        values -= self._change(_joined(parameters, gradients), rate)
        for name, part in _parts(values, parameters):
            parameters[name][...] = part

    def _change(self, gradient: Floats, rate: float) -> Floats:
        """How much to take off each parameter, weight decay aside."""
        raise NotImplementedError


class Sgd(_Optimizer):
    """Stochastic gradient descent with momentum: v = momentum v + g; w -= rate (v + decay w).

    Source
    ------
    torch.optim.SGD, with decoupled weight decay as in `AdamW`.
    """

    def __init__(self, parameters: Arrays, *, momentum: float, weight_decay: float) -> None:
        super().__init__(parameters, weight_decay=weight_decay, moments=("velocity",))
        self.momentum = momentum

    def _change(self, gradient: Floats, rate: float) -> Floats:
        (velocity,) = self._moments
        velocity *= self.momentum
        velocity += gradient
        return rate * velocity


class AdamW(_Optimizer):
    """Adam with decoupled weight decay.

    Source
    ------
    Loshchilov & Hutter 2019, "Decoupled weight decay regularization", algorithm 2; torch.optim.AdamW.
    """

    BETA_1, BETA_2, EPS = 0.9, 0.999, 1e-8

    def __init__(self, parameters: Arrays, *, weight_decay: float) -> None:
        super().__init__(parameters, weight_decay=weight_decay, moments=("first", "second"))
        self.state = {"n_steps": np.zeros(1)} | self.state

    def _change(self, gradient: Floats, rate: float) -> Floats:
        self.state["n_steps"] += 1
        n_steps = float(self.state["n_steps"][0])
        correction_1, correction_2 = 1 - self.BETA_1**n_steps, math.sqrt(1 - self.BETA_2**n_steps)
        first, second = self._moments
        first += (1 - self.BETA_1) * (gradient - first)
        second += (1 - self.BETA_2) * (gradient * gradient - second)
        change: Floats = (rate / correction_1) * first / (np.sqrt(second) / correction_2 + self.EPS)
        return change


def _type_of(parameters: Arrays) -> np.dtype[np.floating[Any]]:
    return next(iter(parameters.values())).dtype


def _joined(names: Iterable[str], arrays: Arrays) -> Floats:
    """The arrays of these names in a row, as a new flat array."""
    return np.concatenate([arrays[name].reshape(-1) for name in names])


def _parts(flat: Floats, parameters: Arrays) -> Iterator[tuple[str, Floats]]:
    """Views of a flat array, each in the shape of a parameter."""
    start = 0
    for name, parameter in parameters.items():
        stop = start + parameter.size
        yield name, flat[start:stop].reshape(parameter.shape)
        start = stop


def make_optimizer(config: TrainConfig, parameters: Arrays) -> AdamW | Sgd:
    """The optimiser that the configuration names, at rest, for these parameters."""
    if config.optimizer == "adamw":
        return AdamW(parameters, weight_decay=config.weight_decay)
    return Sgd(parameters, momentum=config.momentum, weight_decay=config.weight_decay)


def learning_rate(config: TrainConfig, iteration: int) -> float:
    """The rate of step `iteration` (from 0): linear warm-up, then constant or half a cosine down to 0.

    Source
    ------
    Loshchilov & Hutter 2017, "SGDR", eq. 5 without restarts.
    """
    n_warmup = round(config.warmup_share * config.n_iterations)
    if iteration < n_warmup:
        return config.learning_rate * (iteration + 1) / n_warmup
    if config.schedule == "constant":
        return config.learning_rate
    progress = (iteration - n_warmup) / max(1, config.n_iterations - n_warmup)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
