"""Optimisers against their papers' formulas written out number by number, and the schedule."""

import math

import numpy as np
import pytest
from sayso.config import TrainConfig
from sayso.training.optim import learning_rate, make_optimizer

RATE, DECAY, N_STEPS = 0.1, 0.02, 7
GRADIENTS = np.random.default_rng(0).standard_normal((N_STEPS, 2)) * [1.0, 30.0]
START = [0.7, -1.3]


def config(**changes):
    return TrainConfig("compact", weight_decay=DECAY, momentum=0.8, **changes)


def train(settings, parameter, name="dense.weight"):
    optimizer = make_optimizer(settings, {name: parameter})
    for gradient in GRADIENTS:
        optimizer.step({name: parameter}, {name: gradient.astype(parameter.dtype)}, rate=RATE)
    return optimizer


def adamw_by_formula(w, decay):
    """Loshchilov & Hutter 2019, algorithm 2, for one number."""
    m = v = 0.0
    for t, g in enumerate(w[1], start=1):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        w[0] -= RATE * (m / (1 - 0.9**t) / (math.sqrt(v / (1 - 0.999**t)) + 1e-8) + decay * w[0])
    return w[0]


def sgd_by_formula(w, decay):
    velocity = 0.0
    for g in w[1]:
        velocity = 0.8 * velocity + g
        w[0] -= RATE * (velocity + decay * w[0])
    return w[0]


FORMULAS = {"adamw": adamw_by_formula, "sgd": sgd_by_formula}


@pytest.mark.parametrize("name", FORMULAS)
def test_steps_follow_the_formula(name):
    expected = [FORMULAS[name]([w, GRADIENTS[:, i]], DECAY) for i, w in enumerate(START)]
    parameter = np.array(START)
    train(config(optimizer=name), parameter)
    np.testing.assert_allclose(parameter, expected, rtol=1e-13)


@pytest.mark.parametrize("parameter_name", ["dense.bias", "norm1.scale", "norm1.shift"])
@pytest.mark.parametrize("name", FORMULAS)
def test_only_weights_decay(name, parameter_name):
    expected = [FORMULAS[name]([w, GRADIENTS[:, i]], 0.0) for i, w in enumerate(START)]
    parameter = np.array(START)
    train(config(optimizer=name), parameter, parameter_name)
    np.testing.assert_allclose(parameter, expected, rtol=1e-13)


@pytest.mark.parametrize("name", FORMULAS)
def test_single_precision_stays_single(name):
    parameter = np.array(START, np.float32)
    optimizer = train(config(optimizer=name), parameter)
    expected = [FORMULAS[name]([w, GRADIENTS[:, i]], DECAY) for i, w in enumerate(START)]
    assert parameter.dtype == np.float32
    assert {a.dtype for key, a in optimizer.state.items() if key != "n_steps"} == {np.dtype(np.float32)}
    np.testing.assert_allclose(parameter, expected, rtol=1e-5)


@pytest.mark.parametrize("name", FORMULAS)
def test_parameters_are_updated_in_place(name):
    parameter = np.array(START)
    view = parameter[:]
    train(config(optimizer=name), parameter)
    assert np.array_equal(view, parameter)
    assert not np.array_equal(view, START)


def test_warm_up_is_linear_and_the_cosine_ends_at_nothing():
    settings = TrainConfig("compact", learning_rate=0.4, n_iterations=100, warmup_share=0.1)
    rates = [learning_rate(settings, i) for i in range(101)]
    np.testing.assert_allclose(rates[:10], 0.04 * np.arange(1, 11), rtol=1e-13)
    cosine = 0.2 * (1 + np.cos(np.pi * np.arange(91) / 90))
    np.testing.assert_allclose(rates[10:], cosine, rtol=1e-12, atol=1e-16)


def test_a_constant_schedule_only_warms_up():
    settings = TrainConfig("compact", learning_rate=0.4, n_iterations=100, warmup_share=0.05, schedule="constant")
    rates = [learning_rate(settings, i) for i in range(100)]
    assert rates[4:] == [0.4] * 96
    assert rates[:4] == pytest.approx([0.08, 0.16, 0.24, 0.32])


@pytest.mark.parametrize("schedule", ["cosine", "constant"])
def test_without_warm_up_the_first_step_has_the_full_rate(schedule):
    settings = TrainConfig("compact", learning_rate=0.4, n_iterations=1, warmup_share=0, schedule=schedule)
    assert learning_rate(settings, 0) == 0.4
