"""Heads that are fitted to a few examples."""

import numpy as np
import pytest
from sayso.labels import OTHER
from sayso.nn.losses import softmax
from sayso.training import heads
from sayso.training.heads import logistic_head, prototype_head

from .errors import refused
from .gradcheck import check_gradient

N_VECTORS, WIDTH = 5, 6
HEADS = (prototype_head, logistic_head)


def examples_of(n=10, n_other=400, seed=1):
    """Two words, each about a place of its own, and others about the origin, which vary most where words do not."""
    rng = np.random.default_rng(seed)
    spread = np.linspace(0.5, 3, WIDTH)

    def windows(n, place):
        return (place + rng.normal(size=(n, N_VECTORS, WIDTH)) * spread).astype(np.float32)

    up, down = 3 * np.eye(WIDTH)[:2]
    return {"up": windows(n, up), "down": windows(n, down), OTHER: windows(n_other, 0)}


@pytest.mark.parametrize("head", HEADS)
def test_a_head_tells_new_examples_of_words_from_each_other_and_from_other(head):
    network = head(examples_of())
    for i, windows in enumerate(examples_of(n=200, seed=2).values()):
        logits = network.forward(windows)
        assert logits.dtype == np.float32
        assert (logits.argmax(axis=1) == i).mean() > 0.9


@pytest.mark.parametrize("head", HEADS)
def test_one_example_a_word_is_enough(head):
    examples = examples_of(n=1)
    network = head(examples)
    assert [int(network.forward(examples[word]).argmax()) for word in ("up", "down")] == [0, 1]


@pytest.mark.parametrize("head", HEADS)
def test_labels_stand_in_the_order_of_the_examples(head):
    examples = examples_of()
    logits = head(examples).forward(examples["up"])
    turned = head(dict(reversed(examples.items()))).forward(examples["up"])
    np.testing.assert_allclose(turned[:, ::-1], logits, atol=1e-3)


@pytest.mark.parametrize("head", HEADS)
def test_it_does_not_matter_where_in_a_window_a_word_is(head):
    examples = examples_of()
    network = head(examples)
    late = np.roll(examples["up"], 2, axis=1)
    np.testing.assert_allclose(network.forward(late), network.forward(examples["up"]), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("head", HEADS)
def test_the_same_examples_give_the_same_head(head):
    first, second = (head(examples_of()).tensors for _ in range(2))
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("head", HEADS)
def test_a_head_refuses_what_it_cannot_be_made_of(head):
    examples = examples_of()
    with refused("label_empty", "down"):
        head(examples | {"down": examples["down"][:0]})
    with refused("label_empty", OTHER):
        head(examples | {OTHER: examples[OTHER][:0]})
    with refused("bad_label", OTHER):
        head({"up": examples["up"]})
    with refused("bad_label"):
        head({OTHER: examples[OTHER]})
    with refused("features_mismatch", "up", WIDTH):
        head(examples | {"up": examples["up"][..., 1:]})
    with refused("features_mismatch", OTHER):
        head(examples | {OTHER: examples[OTHER][0]})
    with refused("features_mismatch", OTHER):
        head({label: windows[:, :0] for label, windows in examples.items()})
    with refused("audio_not_finite", "up"):
        head(examples | {"up": np.full_like(examples["up"], np.inf)})


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("n_other", [1, 5])
def test_others_that_span_few_directions_or_none_give_finite_logits(head, n_other):
    examples = examples_of(n_other=n_other)
    examples[OTHER][..., 3] = 0
    assert np.isfinite(head(examples).forward(np.zeros((2, N_VECTORS, WIDTH), np.float32))).all()


def test_prototypes_are_cosines_in_a_space_where_others_vary_alike():
    examples = examples_of()
    network = prototype_head(examples)

    def directions(windows):
        pooled = network.body.layers["pool"].forward(network.standardise.forward(windows)).astype(np.float64)
        whitened = (pooled - mean) @ np.linalg.inv(np.linalg.cholesky(covariance)).T
        return whitened / np.linalg.norm(whitened, axis=1, keepdims=True)

    pooled = network.body.layers["pool"].forward(network.standardise.forward(examples[OTHER])).astype(np.float64)
    mean = pooled.mean(axis=0)
    covariance = heads.shrunk_covariance(pooled - mean) + heads.LEAST_DEVIATION**2 * np.eye(3 * WIDTH)
    prototype = directions(examples["up"]).mean(axis=0)
    cosines = directions(examples["down"]) @ prototype / np.linalg.norm(prototype)
    logits = network.forward(examples["down"])[:, 0]
    np.testing.assert_allclose(logits / heads.SHARPNESS, cosines, atol=1e-4)


def test_about_three_in_a_hundred_of_the_others_count_as_words():
    examples = examples_of()
    labels = prototype_head(examples).forward(examples[OTHER]).argmax(axis=1)
    assert (labels < 2).sum() == pytest.approx(heads.OTHER_SHARE * len(labels), abs=1)


@pytest.mark.parametrize("n", [5, 50, 2000])
def test_covariance_is_shrunk_as_ledoit_and_wolf_do(n):
    """Their formulas as they stand, a row at a time."""
    x = np.random.default_rng(4).normal(size=(n, WIDTH)) * np.linspace(0.3, 3, WIDTH)
    sample = x.T @ x / n
    scale = np.trace(sample) / WIDTH
    distance = np.linalg.norm(sample - scale * np.eye(WIDTH)) ** 2
    error = min(distance, sum(np.linalg.norm(np.outer(row, row) - sample) ** 2 for row in x) / n**2)
    expected = error / distance * scale * np.eye(WIDTH) + (1 - error / distance) * sample
    np.testing.assert_allclose(heads.shrunk_covariance(x), expected, atol=1e-12)


def test_the_gradient_of_the_logistic_loss_is_its_slope():
    rng = np.random.default_rng(5)
    x = np.concatenate([rng.normal(size=(20, 6)), np.ones((20, 1))], axis=1)
    targets, weight = np.arange(20) % 3, rng.normal(size=(7, 3))
    arguments = (x, targets, heads.balance(targets), 0.3)
    _, gradient = heads.logistic_loss(weight, *arguments)
    check_gradient("logistic", gradient, lambda: heads.logistic_loss(weight, *arguments)[0], weight)


def test_a_fit_ends_where_the_loss_is_least():
    rng = np.random.default_rng(6)
    x = np.concatenate([rng.normal(size=(60, 4)), np.ones((60, 1))], axis=1)
    targets = np.arange(60) % 3
    weight = heads.fitted(x, targets, 0.01)
    least, gradient = heads.logistic_loss(weight, x, targets, heads.balance(targets), 0.01)
    assert np.abs(gradient).max() <= heads.TOLERANCE
    for _ in range(20):
        nearby = weight + 0.01 * rng.normal(size=weight.shape)
        assert heads.logistic_loss(nearby, x, targets, heads.balance(targets), 0.01)[0] > least


def test_labels_count_alike_however_many_their_examples():
    examples = examples_of()
    often = logistic_head(examples | {"up": np.repeat(examples["up"], 7, axis=0)})
    posteriors = [softmax(network.forward(examples[OTHER])) for network in (logistic_head(examples), often)]
    np.testing.assert_allclose(*posteriors, atol=1e-2)
