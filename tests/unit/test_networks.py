"""The networks: gradients from logits to every parameter, sizes, and single precision throughout."""

import numpy as np
import pytest
from sayso.errors import SaysoError
from sayso.losses import softmax_cross_entropy
from sayso.networks import ARCHITECTURES, build_network
from sayso.presets import CLASSIC, COMPACT, FINE

from .gradcheck import check_gradient
from .layer_checks import as_float64


@pytest.mark.parametrize("shape", [(9, 6), (8, 5)], ids=["odd", "even"])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_gradients_of_every_parameter(name, shape):
    network = build_network(name, input_shape=shape, n_labels=3, seed=2)
    as_float64(network.stack)
    rng = np.random.default_rng(4)
    frames, targets = rng.standard_normal((4, *shape)), np.array([0, 1, 2, 1])

    def forward():
        return network.forward(frames, np.random.default_rng(5))

    def loss():
        return softmax_cross_entropy(forward(), targets, label_smoothing=0.1)[0]

    gradients = network.backward(softmax_cross_entropy(forward(), targets, label_smoothing=0.1)[1])
    assert gradients.keys() == network.parameters.keys()
    for key, parameter in network.parameters.items():
        check_gradient(key, gradients[key], loss, parameter, n_checked=40)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_single_precision_stays_single(name):
    network = build_network(name, input_shape=(10, 8), n_labels=4, seed=0)
    logits = network.forward(np.ones((2, 10, 8), np.float32), np.random.default_rng(0))
    loss, dlogits = softmax_cross_entropy(logits, np.array([0, 3]), label_smoothing=0.1)
    gradients = network.backward(dlogits)
    assert isinstance(loss, float)
    assert {array.dtype for array in [logits, dlogits, *gradients.values(), *network.tensors.values()]} == {
        np.dtype(np.float32)
    }


@pytest.mark.parametrize(
    ("name", "shape", "n_parameters", "n_multiply_adds"),
    [
        ("classic", CLASSIC.image_shape, 35_684, 1.9e6),
        ("compact", COMPACT.image_shape, 37_060, 0.6e6),
        ("residual", FINE.image_shape, 202_308, 5.9e6),
    ],
)
def test_sizes_are_those_of_the_design(name, shape, n_parameters, n_multiply_adds):
    network = build_network(name, input_shape=shape, n_labels=4, seed=0)
    assert network.n_parameters == n_parameters
    assert abs(network.n_multiply_adds / n_multiply_adds - 1) < 0.05


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_seed_gives_the_same_weights_again_and_another_seed_others(name):
    first, again, other = (build_network(name, input_shape=(9, 8), n_labels=4, seed=seed) for seed in (1, 1, 2))
    for key, parameter in first.parameters.items():
        assert np.array_equal(parameter, again.parameters[key])
        assert not parameter.any() or key.endswith("scale") or not np.array_equal(parameter, other.parameters[key])


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_windows_are_recognised_independently_of_each_other(name):
    network = build_network(name, input_shape=(9, 8), n_labels=4, seed=0)
    frames = np.random.default_rng(0).standard_normal((5, 9, 8)).astype(np.float32)
    alone = np.concatenate([network.forward(frame[None]) for frame in frames])
    np.testing.assert_allclose(network.forward(frames), alone, rtol=1e-5, atol=1e-6)


def test_an_unknown_network_is_refused_by_name():
    with pytest.raises(SaysoError, match="'resnet'") as caught:
        build_network("resnet", input_shape=(9, 8), n_labels=4, seed=0)
    assert caught.value.code == "unknown_network"
