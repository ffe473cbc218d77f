"""The networks: gradients from logits to every parameter, sizes, and single precision throughout."""

import numpy as np
import pytest
from sayso.errors import SaysoError
from sayso.features.presets import CLASSIC, COMPACT, FINE, SAINATH
from sayso.models.networks import ARCHITECTURES, build_network
from sayso.nn.losses import softmax_cross_entropy

from .gradcheck import check_gradient
from .layer_checks import as_float64

SMALL = {"cnn-trad-fpool3": (29, 19)}  # the least that it takes
N_CHECKED = 400  # gradients of a network


@pytest.mark.parametrize("more", [1, 0], ids=["odd", "even"])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_gradients_of_every_parameter(name, more):
    n_frames, n_mels = SMALL.get(name, (8, 8))
    shape = n_frames + more, n_mels + more
    network = build_network(name, input_shape=shape, n_labels=3, seed=2)
    as_float64(network.stack)
    rng = np.random.default_rng(7)  # no activation within a step of a ReLU's kink
    frames, targets = rng.standard_normal((4, *shape)), np.array([0, 1, 2, 1])

    def forward():
        return network.forward(frames, np.random.default_rng(5))

    def loss():
        return softmax_cross_entropy(forward(), targets, label_smoothing=0.1)[0]

    gradients = network.backward(softmax_cross_entropy(forward(), targets, label_smoothing=0.1)[1])
    assert gradients.keys() == network.parameters.keys()
    for key, parameter in network.parameters.items():
        check_gradient(key, gradients[key], loss, parameter, n_checked=N_CHECKED // len(gradients))


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_single_precision_stays_single(name):
    shape = SMALL.get(name, (10, 8))
    network = build_network(name, input_shape=shape, n_labels=4, seed=0)
    logits = network.forward(np.ones((2, *shape), np.float32), np.random.default_rng(0))
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
        ("recurrent", COMPACT.image_shape, 20_612, 0.98e6),
        ("cnn-one-fstride4", SAINATH.image_shape, 122_654, 503e3),  # the paper: 122.2 thousand without biases, 503.3
        ("cnn-trad-fpool3", SAINATH.image_shape, 244_516, 9.7e6),  # the paper: 244.2 thousand without biases, 9.7 M
    ],
)
def test_sizes_are_those_of_the_design(name, shape, n_parameters, n_multiply_adds):
    network = build_network(name, input_shape=shape, n_labels=4, seed=0)
    assert network.n_parameters == n_parameters
    assert abs(network.n_multiply_adds / n_multiply_adds - 1) < 0.05


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_seed_gives_the_same_weights_again_and_another_seed_others(name):
    first, again, other = (
        build_network(name, input_shape=SMALL.get(name, (9, 8)), n_labels=4, seed=seed) for seed in (1, 1, 2)
    )
    for key, parameter in first.parameters.items():
        assert np.array_equal(parameter, again.parameters[key])
        assert not parameter.any() or key.endswith("scale") or not np.array_equal(parameter, other.parameters[key])


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_windows_are_recognised_independently_of_each_other(name):
    shape = SMALL.get(name, (9, 8))
    network = build_network(name, input_shape=shape, n_labels=4, seed=0)
    frames = np.random.default_rng(0).standard_normal((5, *shape)).astype(np.float32)
    alone = np.concatenate([network.forward(frame[None]) for frame in frames])
    np.testing.assert_allclose(network.forward(frames), alone, rtol=1e-5, atol=1e-6 * np.abs(alone).max())


@pytest.mark.parametrize(
    ("name", "shape"), [("classic", (2, 9)), ("cnn-trad-fpool3", (28, 40)), ("cnn-one-fstride4", (32, 7))]
)
def test_an_image_too_small_for_a_network_is_refused_by_its_shape(name, shape):
    with pytest.raises(SaysoError, match=f"image_shape=.{shape[0]}, {shape[1]}.*{name}") as caught:
        build_network(name, input_shape=shape, n_labels=4, seed=0)
    assert caught.value.code == "bad_config"


def test_an_unknown_network_is_refused_by_name():
    with pytest.raises(SaysoError, match="'resnet'") as caught:
        build_network("resnet", input_shape=(9, 8), n_labels=4, seed=0)
    assert caught.value.code == "unknown_network"
