"""Model files and the `safetensors` package: each reads what the other writes."""

import json

import numpy as np
import pytest
import safetensors
import safetensors.numpy
from sayso.errors import SaysoError
from sayso.features.presets import CLASSIC, COMPACT
from sayso.labels import labels_for
from sayso.models.model import new_model
from sayso.models.model_file import load_model, save_model
from sayso.models.safetensors import read_tensors, write_tensors

MODELS = {
    "compact": new_model("m", features=COMPACT, labels=labels_for(["yes", "no"]), network="compact", seed=1),
    "classic": new_model("m", features=CLASSIC, labels=labels_for(["да"]), network="classic", seed=2),
}
OPTIMIZER = {"n_steps": np.array([3.0]), "first.dense.bias": np.ones(4, np.float32)}


def same(found, expected):
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype
        assert np.array_equal(found[name], tensor)


@pytest.mark.parametrize("name", MODELS)
def test_the_package_reads_a_model_file(name, tmp_path):
    content = save_model(MODELS[name], optimizer=OPTIMIZER)
    expected = MODELS[name].network.tensors | {f"optimizer.{key}": value for key, value in OPTIMIZER.items()}
    same(safetensors.numpy.load(content), expected)
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with safetensors.safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
    assert metadata.keys() == {"format", "version", "sayso"}
    assert json.loads(metadata["sayso"])["labels"] == list(MODELS[name].labels)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_file_that_the_package_wrote_is_read(name):
    tensors, metadata = read_tensors(save_model(MODELS[name], optimizer=OPTIMIZER))
    model, optimizer = load_model(safetensors.numpy.save(tensors, metadata))
    same(model.network.tensors, MODELS[name].network.tensors)
    same(optimizer, OPTIMIZER)
    assert model.labels == MODELS[name].labels


def test_scalars_empty_tensors_and_two_types_are_read_both_ways():
    tensors = {
        "scalar": np.array(7, np.float32), "empty": np.zeros((0, 3), np.float32), "double": np.arange(5.0),
        "single": np.arange(3, dtype=np.float32),
    }  # fmt: skip
    same(safetensors.numpy.load(write_tensors(tensors, {"a": "b"})), tensors)
    same(read_tensors(safetensors.numpy.save(tensors, {"a": "b"}))[0], tensors)


def test_what_the_package_refuses_is_refused():
    content = save_model(MODELS["compact"])
    n_header = int.from_bytes(content[:8], "little")
    rng = np.random.default_rng(0)
    n_refused = 0
    for position in rng.integers(0, 8 + n_header, 400):
        damaged = bytearray(content)
        damaged[position] ^= int(rng.integers(1, 256))
        try:
            safetensors.numpy.load(bytes(damaged))
        except safetensors.SafetensorError:
            n_refused += 1
            with pytest.raises(SaysoError):
                read_tensors(bytes(damaged))
    assert n_refused > 100
