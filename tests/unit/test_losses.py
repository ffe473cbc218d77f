"""Softmax cross-entropy: values written out by hand, its gradient, and logits of any size."""

import math

import numpy as np
import pytest
from sayso.nn.losses import softmax, softmax_cross_entropy

from .gradcheck import check_gradient


def test_posteriors_of_logits_written_out():
    logits = np.log(np.array([[1.0, 2.0, 5.0], [3.0, 3.0, 2.0]]))
    np.testing.assert_allclose(softmax(logits), [[0.125, 0.25, 0.625], [0.375, 0.375, 0.25]], rtol=1e-14)


def test_loss_without_smoothing_is_minus_log_of_the_target_s_posterior():
    loss, _ = softmax_cross_entropy(np.log(np.array([[1.0, 2.0, 5.0], [3.0, 3.0, 2.0]])), np.array([2, 0]))
    assert loss == pytest.approx(-(math.log(0.625) + math.log(0.375)) / 2, rel=1e-14)


def test_smoothing_spreads_its_share_over_all_labels():
    loss, dlogits = softmax_cross_entropy(np.log(np.array([[1.0, 3.0]])), np.array([1]), label_smoothing=0.2)
    assert loss == pytest.approx(-(0.1 * math.log(0.25) + 0.9 * math.log(0.75)), rel=1e-14)
    np.testing.assert_allclose(dlogits, [[0.25 - 0.1, 0.75 - 0.9]], rtol=1e-13)


@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
def test_gradient_at_the_logits(label_smoothing):
    logits = np.random.default_rng(0).standard_normal((5, 4))
    targets = np.array([0, 3, 1, 1, 2])

    def loss():
        return softmax_cross_entropy(logits, targets, label_smoothing=label_smoothing)[0]

    _, dlogits = softmax_cross_entropy(logits, targets, label_smoothing=label_smoothing)
    check_gradient("logits", dlogits, loss, logits)
    np.testing.assert_allclose(dlogits.sum(axis=1), 0, atol=1e-16)


def test_large_logits_neither_overflow_nor_lose_the_loss():
    logits = np.array([[1e4, 0.0], [-1e30, 1e30]], np.float32)
    loss, dlogits = softmax_cross_entropy(logits, np.array([1, 1]))
    assert loss == pytest.approx(5e3)
    assert np.isfinite(dlogits).all()
    assert softmax(logits).tolist() == [[1, 0], [0, 1]]
