"""The networks: gradients from logits to every parameter, sizes, and single precision throughout."""

import numpy as np
import pytest
from sayso.errors import SaysoError
from sayso.features.presets import CLASSIC, COMPACT, FINE, PRESETS, SAINATH
from sayso.models.networks import ARCHITECTURES, Network, build_network
from sayso.nn.layers import Dense, Flatten, Standardise
from sayso.nn.losses import softmax_cross_entropy
from sayso.nn.stack import Stack

from .gradcheck import check_gradient
from .layer_checks import as_float64

SMALL = {"cnn-trad-fpool3": (29, 19)}  # the smallest image that the network takes
N_CHECKED = 400  # gradients that are checked in each network
STANDARDISE = ("standardise.mean", "standardise.std")
NORM = ("scale", "shift", "mean", "variance")
# Model files hold tensors by these names: a file that was written with others no longer loads.
TENSORS = {
    "compact": {
        *STANDARDISE, "dense.weight", "dense.bias",
        *(f"conv{i}.weight" for i in (1, 2, 3)), *(f"norm{i}.{name}" for i in (1, 2, 3) for name in NORM),
    },
    "residual": {
        *STANDARDISE, "dense.weight", "dense.bias", "conv1.weight", *(f"norm1.{name}" for name in NORM),
        *(f"block{i}.conv{j}.weight" for i in (1, 2, 3, 4) for j in (1, 2)),
        *(f"block{i}.norm{j}.{name}" for i in (1, 2, 3, 4) for j in (1, 2) for name in NORM),
        "block2.skip.conv.weight", *(f"block2.skip.norm.{name}" for name in NORM),
    },
    "recurrent": {
        *STANDARDISE, "dense.weight", "dense.bias",
        "gru.input.weight", "gru.input.bias", "gru.state.weight", "gru.state.bias",
    },
    "classic": {
        *STANDARDISE, "dense.weight", "dense.bias", "conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias",
    },
    "cnn-one-fstride4": {
        *STANDARDISE, "dense.weight", "dense.bias", "conv.weight", "conv.bias", "linear.weight", "linear.bias",
        "hidden1.weight", "hidden1.bias", "hidden2.weight", "hidden2.bias",
    },
    "cnn-trad-fpool3": {
        *STANDARDISE, "dense.weight", "dense.bias", "conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias",
        "linear.weight", "linear.bias", "hidden1.weight", "hidden1.bias",
    },
}  # fmt: skip
# The first and the last number drawn with seed 1, for 4 labels and the frames of the network's own preset.
DRAWN = {
    "compact": ("conv1.weight", 0.17291036, -0.16547167),
    "residual": ("conv1.weight", 0.17291036, -0.13326676),
    "recurrent": ("gru.input.weight", -0.0067028403, -0.4426278),
    "classic": ("conv1.weight", 0.48906437, 0.018802145),
    "cnn-one-fstride4": ("conv.weight", 0.1528326, -0.030555148),
    "cnn-trad-fpool3": ("conv1.weight", 0.19331965, 0.030757982),
}


@pytest.mark.parametrize("more", [1, 0], ids=["odd", "even"])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_gradients_of_every_parameter(name, more):
    n_frames, n_mels = SMALL.get(name, (8, 8))
    shape = n_frames + more, n_mels + more
    network = build_network(name, input_shape=shape, n_labels=3, seed=2)
    as_float64(network.stack)
    rng = np.random.default_rng(7)  # with this seed no activation is so near 0 that a step crosses a ReLU's kink
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
        # the paper counts 122.2 thousand parameters, without biases, and 503.3 thousand multiplications
        ("cnn-one-fstride4", SAINATH.image_shape, 122_654, 503e3),
        # the paper counts 244.2 thousand parameters, without biases, and 9.7 million multiplications
        ("cnn-trad-fpool3", SAINATH.image_shape, 244_516, 9.7e6),
    ],
)
def test_sizes_are_those_of_the_design(name, shape, n_parameters, n_multiply_adds):
    network = build_network(name, input_shape=shape, n_labels=4, seed=0)
    assert network.n_parameters == n_parameters
    assert abs(network.n_multiply_adds / n_multiply_adds - 1) < 0.05


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_tensors_of_a_model_file_keep_their_names(name):
    network = build_network(name, input_shape=SMALL.get(name, (9, 8)), n_labels=4, seed=None)
    assert network.tensors.keys() == TENSORS[name]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_seed_goes_on_meaning_the_same_weights(name):
    shape = PRESETS[ARCHITECTURES[name].preset].image_shape
    parameters = build_network(name, input_shape=shape, n_labels=4, seed=1).parameters
    first, first_drawn, last_drawn = DRAWN[name]
    found = parameters[first].flat[0], parameters["dense.weight"].flat[-1]
    np.testing.assert_allclose(found, (first_drawn, last_drawn), rtol=1e-6)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_network_s_own_parts_are_what_its_tensors_are_written_into(name):
    network = build_network(name, input_shape=SMALL.get(name, (9, 8)), n_labels=4, seed=1)
    assert network.tensors["standardise.mean"] is network.standardise.state["mean"]
    assert network.tensors["dense.weight"] is network.head.parameters["weight"]
    assert network.head.parameters["bias"].shape == (4,)
    body = network.body.parameters | network.body.state
    assert all(network.tensors[key] is tensor for key, tensor in body.items())
    assert len(network.tensors) == len(body) + 4


def test_a_body_may_have_no_parameters():
    head = Dense(3 * 2, 4, np.random.default_rng(0))
    network = Network("linear", Standardise(2), Stack({"flatten": Flatten()}), head, input_shape=(3, 2))
    logits = network.forward(np.ones((5, 3, 2), np.float32))
    assert logits.shape == (5, 4)
    assert network.backward(logits).keys() == network.parameters.keys() == {"dense.weight", "dense.bias"}


@pytest.mark.parametrize("name", ["standardise", "dense"])
def test_a_body_s_layer_cannot_take_the_name_of_a_part_that_every_network_has(name):
    body = Stack({name: Flatten()})
    with pytest.raises(AssertionError, match="model files"):
        Network("", Standardise(2), body, Dense(6, 4, None), input_shape=(3, 2))


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
