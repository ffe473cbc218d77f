"""Optimisers: each updates parameters in place and keeps its state as named arrays that a checkpoint can hold."""

from __future__ import annotations

import math

import numpy as np

from sayso.arrays import Floats
from sayso.config import TrainConfig

Arrays = dict[str, Floats]


class Sgd:
    """Stochastic gradient descent with momentum: v = momentum v + g; w -= rate (v + decay w).

    Source
    ------
    torch.optim.SGD, with decoupled weight decay as in `AdamW`.
    """

    def __init__(self, parameters: Arrays, *, momentum: float, weight_decay: float) -> None:
        self.momentum, self.weight_decay = momentum, weight_decay
        self.state = _zeros("velocity", parameters)

    def step(self, parameters: Arrays, gradients: Arrays, *, rate: float) -> None:
        for name, parameter in parameters.items():
            velocity = self.state[f"velocity.{name}"]
            velocity *= self.momentum
            velocity += gradients[name]
            _decay(name, parameter, rate * self.weight_decay)
            parameter -= rate * velocity


class AdamW:
    """Adam with decoupled weight decay.

    Source
    ------
    Loshchilov & Hutter 2019, "Decoupled weight decay regularization", algorithm 2; torch.optim.AdamW.
    """

    BETA_1, BETA_2, EPS = 0.9, 0.999, 1e-8

    def __init__(self, parameters: Arrays, *, weight_decay: float) -> None:
        self.weight_decay = weight_decay
        self.state = {"n_steps": np.zeros(1)} | _zeros("first", parameters) | _zeros("second", parameters)

    def step(self, parameters: Arrays, gradients: Arrays, *, rate: float) -> None:
        self.state["n_steps"] += 1
        n_steps = float(self.state["n_steps"][0])
        correction_1, correction_2 = 1 - self.BETA_1**n_steps, math.sqrt(1 - self.BETA_2**n_steps)
        for name, parameter in parameters.items():
            gradient, first, second = gradients[name], self.state[f"first.{name}"], self.state[f"second.{name}"]
            first += (1 - self.BETA_1) * (gradient - first)
            second += (1 - self.BETA_2) * (gradient * gradient - second)
            _decay(name, parameter, rate * self.weight_decay)
            parameter -= (rate / correction_1) * first / (np.sqrt(second) / correction_2 + self.EPS)


def _zeros(moment: str, parameters: Arrays) -> Arrays:
    return {f"{moment}.{name}": np.zeros_like(parameter) for name, parameter in parameters.items()}


def _decay(name: str, parameter: Floats, share: float) -> None:
    """Shrink weights; biases, scales and shifts are left alone."""
    if name.endswith(".weight"):
        parameter *= 1 - share


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
