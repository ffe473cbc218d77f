"""The 2017 demo's file of weights, read as a model."""

import base64

import numpy as np
import pytest
from sayso.features.presets import CLASSIC_2017
from sayso.models.formats import open_model
from sayso.models.model_file import save_model

from .errors import refused
from .weights_2017 import file_of, random_nodes


@pytest.fixture
def nodes():
    return random_nodes()


def test_it_is_a_classic_model_on_the_features_of_2017(nodes):
    model = open_model(file_of(nodes))
    assert model.features == CLASSIC_2017
    assert model.labels == ("yes", "no", "other", "silence")
    assert model.network.name == "classic"
    np.testing.assert_array_equal(model.network.parameters["conv2.weight"], nodes["save-conv2d-1-w"])
    np.testing.assert_array_equal(model.network.parameters["dense.bias"], nodes["save-fc1-bias"])


def test_it_can_be_saved_as_a_model_file(nodes):
    model = open_model(file_of(nodes))
    again = open_model(save_model(model))
    frames = np.random.default_rng(1).standard_normal((3, 30, 20), dtype=np.float32)
    np.testing.assert_array_equal(again.posteriors(frames), model.posteriors(frames))
    assert "Apache-2.0" in again.provenance.note


@pytest.mark.parametrize(
    ("changed", "code", "named"),
    [
        ({"save-fc1-bias": None}, "weights_2017", "NoneType"),
        ({"save-fc1-bias": {"shape": [4]}}, "weights_2017", "data"),
        ({"save-fc1-bias": {"shape": [10**30, 0], "data": ""}}, "weights_2017", "Error"),
        ({"save-fc1-bias": {"shape": [4], "data": "AAAA"}}, "weights_2017", "multiple"),
        ({"save-fc1-bias": {"shape": [4], "data": base64.b64encode(bytes(12)).decode()}}, "weights_2017", "(4,)"),
        ({"save-fc1-bias": {"shape": [3], "data": base64.b64encode(bytes(12)).decode()}}, "model_shape", "(3,)"),
        (
            {"save-fc1-bias": {"shape": [4], "data": base64.b64encode(np.full(4, np.nan, "<f4").tobytes()).decode()}},
            "model_not_finite",
            "dense.bias",
        ),
    ],
)
def test_garbled_weights_are_refused_by_what_is_wrong(nodes, changed, code, named):
    with refused(code, named):
        open_model(file_of(nodes, **changed))


def test_other_json_is_refused():
    with refused("weights_2017", "save-conv2d-0-w"):
        open_model(b'{"format": "something else"}')
    with refused("weights_2017"):
        open_model(b"{" * 100_000)
