"""A model: posteriors in any number of batches, and its card."""

import numpy as np
import pytest
from sayso.features.presets import COMPACT
from sayso.labels import labels_for
from sayso.models.model import INFERENCE_BATCH, new_model


@pytest.fixture(scope="module")
def model():
    return new_model("mine", features=COMPACT, labels=labels_for(["yes", "no"]), network="compact", seed=3)


@pytest.mark.parametrize("n", [0, 1, INFERENCE_BATCH, INFERENCE_BATCH + 1])
def test_posteriors_of_any_number_of_windows_add_up_to_one(model, n):
    frames = np.random.default_rng(0).random((n, 49, 40), dtype=np.float32)
    posteriors = model.posteriors(frames)
    assert (posteriors.shape, posteriors.dtype) == ((n, 4), np.float32)
    np.testing.assert_allclose(posteriors.sum(axis=1), 1, rtol=1e-6)
    if n:
        np.testing.assert_allclose(posteriors[-1], model.posteriors(frames[-1:])[0], rtol=1e-5, atol=1e-7)


def test_the_card_says_what_the_model_is(model):
    card = model.card()
    assert (card["name"], card["labels"]) == ("mine", ["yes", "no", "other", "silence"])
    assert (card["network"], card["preset"], card["n_parameters"]) == ("compact", "compact", 37_060)
    assert card["detector"] == model.detector.to_dict()
