"""The quick answer to one window is the network's own, and where there is none, that shows."""

import numpy as np
import pytest
from sayso.features.presets import COMPACT, PRESETS
from sayso.models.model import Model, new_model
from sayso.models.networks import ARCHITECTURES, Network, build_network
from sayso.models.plan import Plan, UnplannedError, inference_of, is_planned, recogniser_of
from sayso.nn.convolution import Conv1d
from sayso.nn.layers import BatchNorm, Dense, Layer, MeanOverTime, ReLU, Standardise
from sayso.nn.stack import Residual, Stack

PLANNED = {"compact", "residual", "classic"}
LABELS = ("yes", "no", "other", "silence")


class Unheard(Layer):
    """A layer that no plan has heard of."""

    def forward(self, x, rng=None):
        return 2 * x


def network_of(**body):
    """A network of (9, 8) frames whose body is these layers, then the mean over time."""
    stack = Stack({**body, "mean": MeanOverTime()})
    (n_embedding,) = stack.output_shape((9, 8))
    head = Dense(n_embedding, len(LABELS), np.random.default_rng(1))
    return Network("homemade", Standardise(8), stack, head, input_shape=(9, 8))


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


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_model_s_card_tells_whether_its_network_is_planned(name):
    features = PRESETS[ARCHITECTURES[name].preset]
    model = new_model("", features=features, labels=LABELS, network=name, seed=None)
    assert model.card()["planned"] is (name in PLANNED)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"first": Unheard()}, "Unheard"),
        ({"first": BatchNorm(8)}, "BatchNorm"),
        ({"first": Conv1d(8, 5, size=7, stride=1, rng=None), "norm": BatchNorm(5)}, "Conv1d"),
        ({"first": Residual(Stack({"relu": ReLU(), "unheard": Unheard()}))}, "Residual"),
    ],
    ids=["unheard", "no convolution before it", "too long a kernel", "unheard inside"],
)
def test_a_network_with_a_layer_that_no_plan_knows_is_reported_by_its_layer_and_answers_all_the_same(body, named):
    network = network_of(**body)
    assert not is_planned(network)
    with pytest.raises(UnplannedError, match=f"no plan knows an? {named}"):
        Plan(network)
    assert Model("", COMPACT, LABELS, network).card()["planned"] is False
    (window,) = windows(network, 1)
    np.testing.assert_array_equal(inference_of(network)(window), network.forward(window[None])[0])


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
