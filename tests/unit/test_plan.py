"""The quick answer to one window is the network's own."""

import numpy as np
import pytest
from sayso.features.presets import PRESETS
from sayso.models.networks import ARCHITECTURES, build_network
from sayso.models.plan import Plan, inference_of, recogniser_of

PLANNED = {"compact", "residual", "classic"}


def trained(name, *, shape=None, seed=0):
    """A network with weights and statistics unlike those that it starts with."""
    network = build_network(
        name, input_shape=shape or PRESETS[ARCHITECTURES[name].preset].image_shape, n_labels=5, seed=seed
    )
    rng = np.random.default_rng(seed)
    for key, tensor in network.tensors.items():
        part = key.rsplit(".", 1)[1]
        if part in ("mean", "shift", "bias"):
            tensor[:] = 0.3 * rng.standard_normal(tensor.shape)
        if part in ("std", "scale", "variance"):
            tensor[:] = rng.uniform(0.5, 1.5, tensor.shape)
    return network


def windows(network, n, seed=1):
    return np.random.default_rng(seed).standard_normal((n, *network.input_shape), dtype=np.float32)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_logits_are_those_of_the_forward_pass(name, seed):
    network = trained(name, seed=seed)
    infer = inference_of(network)
    assert isinstance(infer, Plan) == (name in PLANNED)
    for window in windows(network, 3):
        expected = network.forward(window[None])[0]
        np.testing.assert_allclose(infer(window), expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("shape", [(8, 8), (9, 7), (30, 20), (98, 40), (97, 41)])
@pytest.mark.parametrize("name", sorted(PLANNED))
def test_windows_of_any_shape_are_planned(name, shape):
    network = trained(name, shape=shape)
    (window,) = windows(network, 1)
    expected = network.forward(window[None])[0]
    np.testing.assert_allclose(inference_of(network)(window), expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_answer_is_not_overwritten_by_the_next_nor_changed_by_it(name):
    network = trained(name)
    infer = inference_of(network)
    one, other = windows(network, 2)
    first = infer(one)
    kept = first.copy()
    infer(other)
    assert np.array_equal(first, kept)
    assert np.array_equal(infer(one), kept)


def test_a_window_may_be_any_view():
    network = trained("compact")
    frames = windows(network, 2).reshape(-1, 40)
    infer = inference_of(network)
    assert np.array_equal(infer(frames[::2]), infer(frames[::2].copy()))


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_later_changes_of_the_weights_do_not_change_answers(name):
    network = trained(name)
    (window,) = windows(network, 1)
    infer = inference_of(network)
    before = infer(window)
    for tensor in network.tensors.values():
        tensor += 1
    assert np.array_equal(infer(window), before)


def test_posteriors_are_those_of_the_logits():
    network = trained("compact")
    (window,) = windows(network, 1)
    posteriors = recogniser_of(network)(window)
    exponentials = np.exp(inference_of(network)(window).astype(np.float64))
    np.testing.assert_allclose(posteriors, exponentials / exponentials.sum(), rtol=1e-5)


def test_a_window_of_another_shape_is_refused():
    network = trained("compact")
    (window,) = windows(network, 1)
    with pytest.raises(AssertionError):
        inference_of(network)(window[:1])
