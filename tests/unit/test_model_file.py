"""Model files: the whole model comes back, and whatever does not fit is refused before it does harm."""

import dataclasses
import json
import tracemalloc

import numpy as np
import pytest
from sayso.config import DetectorConfig, TrainConfig
from sayso.errors import SaysoError
from sayso.features.presets import CLASSIC, COMPACT, PRESETS
from sayso.labels import labels_for
from sayso.models.model import Provenance, new_model
from sayso.models.model_file import fill, load_model, require_same_features, save_model
from sayso.models.networks import ARCHITECTURES
from sayso.models.safetensors import read_tensors, write_tensors

from .errors import LONGEST_MESSAGE, refused

LABELS = labels_for(["yes", "no"])


def model_of(network="compact", seed=1):
    features = PRESETS[ARCHITECTURES[network].preset]
    model = new_model("my model", features=features, labels=LABELS, network=network, seed=seed)
    rng = np.random.default_rng(seed)
    for layer in model.network.stack.layers.values():
        for name, state in layer.state.items():
            state[...] = rng.random(state.shape) + (0.5 if name in ("std", "variance") else 0)
    model.detector = DetectorConfig(threshold=0.55)
    model.provenance = Provenance(
        created="2026-01-02T03:04:05+00:00", iteration=12, elapsed_s=3.5, accuracy=0.75, data_hash="0123456789abcdef",
        training=TrainConfig(network, learning_rate=0.01), curve=[(6, 1.5, 0.5), (12, 0.5, 0.75)], note="ünï \u2028",
    )  # fmt: skip
    return model


FILE = save_model(model_of())


def changed(tensors=None, description=None, **metadata):
    """The file with some tensors, entries of its description (by path), or metadata exchanged."""
    old_tensors, old_metadata = read_tensors(FILE)
    described = json.loads(old_metadata["sayso"])
    for path, value in (description or {}).items():
        *parents, last = path.split(".")
        target = described
        for parent in parents:
            target = target[parent]
        if value is KeyError:
            del target[last]
        else:
            target[last] = value
    merged = {name: tensor for name, tensor in (old_tensors | (tensors or {})).items() if tensor is not None}
    return write_tensors(merged, old_metadata | {"sayso": json.dumps(described)} | metadata)


@pytest.mark.parametrize("network", ARCHITECTURES)
def test_a_model_comes_back_whole(network):
    model = model_of(network)
    again, optimizer = load_model(save_model(model))
    assert optimizer == {}
    assert (again.name, again.labels, again.features) == (model.name, model.labels, model.features)
    assert (again.detector, again.provenance) == (model.detector, model.provenance)
    assert again.network.name == network
    for name, tensor in model.network.tensors.items():
        assert again.network.tensors[name].tobytes() == tensor.tobytes()
    assert again.card() == model.card()


@pytest.mark.parametrize("network", ARCHITECTURES)
def test_a_model_that_comes_back_recognises_alike(network):
    model = model_of(network)
    frames = np.random.default_rng(0).standard_normal((3, *model.features.image_shape)).astype(np.float32)
    again, _ = load_model(save_model(model))
    assert np.array_equal(again.posteriors(frames), model.posteriors(frames))


def test_a_model_can_be_trained_on_after_loading():
    again, _ = load_model(FILE)
    for tensor in again.network.tensors.values():
        tensor += 1


def test_an_optimiser_s_state_comes_back_in_its_precision():
    state = {"n_steps": np.array([7.0]), "first.dense.weight": np.ones((2, 3), np.float32)}
    _, again = load_model(save_model(model_of(), optimizer=state))
    assert again.keys() == state.keys()
    for name, value in state.items():
        assert again[name].dtype == value.dtype
        assert np.array_equal(again[name], value)
        again[name] += 1  # raises where the array cannot be written to


def test_a_file_cut_short_is_refused():
    for length in range(0, len(FILE), 997):
        with pytest.raises(SaysoError) as caught:
            load_model(FILE[:length])
        assert caught.value.code in ("file_empty", "file_truncated", "file_header"), length


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["conv2.weight", "norm1.variance", "dense.bias"])
def test_weights_that_are_no_numbers_are_refused_by_their_name(name, value):
    spoilt = model_of().network.tensors[name].copy()
    spoilt.reshape(-1)[1] = value
    with refused("model_not_finite", name, "NaN"):
        load_model(changed({name: spoilt}))


def test_double_precision_beyond_single_is_refused():
    with refused("model_not_finite", "dense.bias"):
        load_model(changed({"dense.bias": np.array([0, 1e300, 0, 0])}))


def test_a_tensor_of_another_shape_is_refused_with_both_shapes():
    with refused("model_shape", "dense.weight", (64, 5), (64, 4)):
        load_model(changed({"dense.weight": np.zeros((64, 5), np.float32)}))


@pytest.mark.parametrize(("tensors", "name"), [({"dense.bias": None}, "dense.bias"), ({"x": np.zeros(1)}, "x")])
def test_a_tensor_missing_or_left_over_is_refused_by_its_name(tensors, name):
    with refused("model_shape", repr(name)):
        load_model(changed(tensors))


def test_a_network_s_tensors_are_filled_all_or_not_at_all():
    model = model_of()
    before = {name: tensor.copy() for name, tensor in model.network.tensors.items()}
    sources = {name: np.full_like(tensor, 5) for name, tensor in before.items()}
    sources["dense.weight"] = np.full_like(before["dense.weight"], np.nan)
    with refused("model_not_finite", "dense.weight"):
        fill(model.network.tensors, sources)
    for name, tensor in model.network.tensors.items():
        assert np.array_equal(tensor, before[name])


def test_weights_of_another_number_of_labels_are_refused():
    with refused("model_shape", "dense"):
        load_model(changed(description={"labels": ["yes", "other", "silence"]}))


@pytest.mark.parametrize(
    "labels",
    [[], "yes", ["yes", "no", "silence", "other"], ["other", "silence", "yes", "no"], ["yes", "", "other", "silence"],
     ["no", "no", "other", "silence"], ["x" * 50, "no", "other", "silence"], ["yes"] * 5000, [3, "other", "silence"]],
)  # fmt: skip
def test_labels_in_another_order_or_garbled_are_refused(labels):
    with pytest.raises(SaysoError) as caught:
        load_model(changed(description={"labels": labels}))
    assert caught.value.code in ("bad_label", "model_shape"), caught.value


def test_an_unknown_network_is_refused_by_name():
    with refused("unknown_network", "'transformer'", "compact"):
        load_model(changed(description={"network": "transformer"}))


@pytest.mark.parametrize("path", ["network", "provenance.iteration", "features.window"])
def test_a_value_as_long_as_a_book_does_not_flood_the_message(path):
    with pytest.raises(SaysoError) as caught:
        load_model(changed(description={path: "x" * 10_000}))
    assert len(caught.value.message) <= LONGEST_MESSAGE


def test_weights_of_another_network_are_refused():
    with refused("model_shape"):
        load_model(changed(description={"network": "classic"}))


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("features.hop_samples", 0, "hop_samples=0"),
        ("features.n_mels", 10**9, "n_mels=1000000000"),
        ("features.clip_samples", 10**12, "clip_samples"),
        ("features.fft_samples", 2**40, "fft_samples"),
        ("features.sample_rate_hz", "fast", "sample_rate_hz='fast'"),
        ("features.pcen.gain", None, "gain=None"),
        ("features.surprise", 1, "surprise"),
        ("features.preset", KeyError, "preset"),
        ("features.window", "boxcar", "'boxcar'"),
        ("features.spectrum_scale", 10**400, "spectrum_scale"),
        ("detector.threshold", 7, "threshold=7"),
        ("provenance.training.batch_size", 10**9, "batch_size=1000000000"),
        ("provenance.iteration", -1, "iteration=-1"),
        ("provenance.elapsed_s", float("inf"), "elapsed_s=inf"),
    ],
)
def test_a_configuration_out_of_range_is_refused_by_name_and_value(path, value, named):
    with refused("bad_config", named):
        load_model(changed(description={path: value}))


def test_an_image_too_small_for_the_classic_network_is_refused():
    features = dataclasses.replace(CLASSIC, n_mels=2)
    with refused("bad_config", "image_shape", (30, 2)):
        new_model("", features=features, labels=LABELS, network="classic", seed=0)


@pytest.mark.parametrize("path", ["features.n_mels", "features.clip_samples", "features.fft_samples"])
@pytest.mark.parametrize("value", [170_000, 2**31, 2**62])
def test_huge_dimensions_allocate_nothing(path, value):
    content = changed(description={path: value})
    tracemalloc.start()
    try:
        with pytest.raises(SaysoError) as caught:
            load_model(content)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.code in ("bad_config", "model_shape"), caught.value
    assert peak_bytes < 10 * 2**20 + len(content)


@pytest.mark.parametrize(
    "path", ["name", "labels", "network", "features", "detector", "provenance", "provenance.curve"]
)
def test_a_description_that_lacks_something_is_refused_by_its_name(path):
    with refused("model_not_sayso", path.split(".")[-1]):
        load_model(changed(description={path: KeyError}))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("provenance", []), ("provenance", None), ("provenance.iteration", "many"), ("provenance.iteration", None),
        ("provenance.iteration", float("inf")), ("provenance.elapsed_s", []), ("provenance.curve", 3),
        ("provenance.curve", [1]), ("provenance.curve", [[1, 2]]), ("provenance.accuracy", {}), ("labels", 3),
        ("provenance.elapsed_s", 10**400),
    ],
)  # fmt: skip
def test_a_garbled_description_is_refused(path, value):
    with refused("model_not_sayso"):
        load_model(changed(description={path: value}))


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null", '"x"', "[" * 100_000, '{"a":' * 50_000])
def test_a_description_that_is_no_json_object_is_refused(text):
    with refused("model_not_sayso"):
        load_model(changed(sayso=text))


@pytest.mark.parametrize(
    ("metadata", "code"),
    [({"format": "pt"}, "model_not_sayso"), ({"version": "2"}, "model_version"), ({"version": ""}, "model_version")],
)
def test_another_format_or_version_is_refused_by_its_value(metadata, code):
    with refused(code, *map(repr, metadata.values())):
        load_model(changed(**metadata))


def test_tensors_of_another_program_are_refused():
    with refused("model_not_sayso", "None", "'sayso-model'"):
        load_model(write_tensors({"weight": np.zeros(3, np.float32)}, {}))


def test_a_name_as_long_as_a_book_is_cut():
    model, _ = load_model(changed(description={"name": "x" * 10_000}))
    assert len(model.name) == 80


def test_features_that_differ_are_refused_by_name_with_both_values():
    require_same_features(COMPACT, dataclasses.replace(COMPACT))
    with refused("features_mismatch", "n_mels", 40, 32):
        require_same_features(COMPACT, dataclasses.replace(COMPACT, n_mels=32))
    with refused("features_mismatch", "preset", "'classic'", "'compact'"):
        require_same_features(CLASSIC, COMPACT)
