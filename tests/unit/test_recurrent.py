"""The GRU: forward frame by frame with scalars, backward by central differences."""

from math import exp, tanh

import numpy as np
import pytest
from sayso.nn.recurrent import Gru

from .layer_checks import check_layer

N_IN, N_UNITS = 3, 4


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def gru(rng):
    layer = Gru(N_IN, N_UNITS, rng)
    for name in ("input.bias", "state.bias"):
        layer.parameters[name][:] = rng.standard_normal(3 * N_UNITS)
    return layer


def states_by_scalars(frames, parameters):
    """One example, (T, N_IN): every state of every unit by the equations of torch.nn.GRU's documentation."""

    def affine(kind, values, gate, unit):
        column = gate * N_UNITS + unit
        weight, bias = parameters[f"{kind}.weight"][:, column], parameters[f"{kind}.bias"][column]
        return sum(float(w) * float(v) for w, v in zip(weight, values, strict=True)) + float(bias)

    state, states = [0.0] * N_UNITS, []
    for frame in frames:
        following = []
        for unit in range(N_UNITS):
            reset, update = (
                1 / (1 + exp(-affine("input", frame, gate, unit) - affine("state", state, gate, unit)))
                for gate in (0, 1)
            )
            candidate = tanh(affine("input", frame, 2, unit) + reset * affine("state", state, 2, unit))
            following.append((1 - update) * candidate + update * state[unit])
        state = following
        states.append(state)
    return states


def test_states_follow_the_equations(gru, rng):
    frames = rng.standard_normal((2, 6, N_IN)).astype(np.float32)
    expected = [states_by_scalars(example, gru.parameters) for example in frames]
    np.testing.assert_allclose(gru.forward(frames), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("n_frames", [1, 2, 5])
def test_gradients_through_time(n_frames, gru, rng):
    check_layer(gru, rng.standard_normal((3, n_frames, N_IN)))


def test_a_later_frame_changes_no_earlier_state(gru, rng):
    frames = rng.standard_normal((2, 5, N_IN)).astype(np.float32)
    before = gru.forward(frames).copy()
    frames[:, 3] += 1
    after = gru.forward(frames)
    assert np.array_equal(before[:, :3], after[:, :3])
    assert not np.isclose(before[:, 3:], after[:, 3:]).any()


def test_gates_saturate_without_overflow(gru):
    states = gru.forward(np.array([[[1e4] * N_IN, [-1e4] * N_IN]], np.float32))
    assert np.abs(states).max() <= 1


def test_initial_weights_are_uniform_within_the_root_of_the_units(rng):
    weights = Gru(50, 100, rng).parameters["state.weight"]
    assert weights.dtype == np.float32
    assert 0.099 < np.abs(weights).max() <= 0.1
    assert abs(weights.std() - 0.1 / np.sqrt(3)) < 0.001


def test_multiply_adds_are_those_of_both_products_in_every_frame(gru):
    assert gru.output_shape((7, N_IN)) == (7, N_UNITS)
    assert gru.multiply_adds((7, N_IN)) == 7 * 3 * N_UNITS * (N_IN + N_UNITS)
