"""Networks on a base: streamed as offline, kept in files, and planned behind the base."""

import dataclasses

import numpy as np
import pytest
from sayso.config import DetectorConfig
from sayso.errors import SaysoError
from sayso.features.log_mel import log_mel
from sayso.features.presets import EMBEDDING
from sayso.listening.listener import Listener, Update
from sayso.models.embedding import HOP_FRAMES, N_FRAMES, count_vectors
from sayso.models.heads import HEADS
from sayso.models.model import new_model
from sayso.models.model_file import load_model, save_model
from sayso.models.networks import BASE
from sayso.models.plan import Plan, UnplannedError, inference_of

from .bases import LABELS, embedding_of, model_on_base
from .synthetic import random_blocks, speech_like

NARROW = (4, 8, 8, 12, 16)


@pytest.fixture(scope="module")
def samples():
    return speech_like(3, n_samples=64_000)


@pytest.mark.parametrize("n_frames", [76, 83, 84, 198, 300])
def test_the_last_vector_of_a_window_ends_where_the_window_does(n_frames):
    embedding = embedding_of(NARROW)
    windows = np.random.default_rng(1).uniform(-7, 3, (5, n_frames, 32)).astype(np.float32)
    vectors = embedding.forward(windows)
    assert vectors.shape == (5, count_vectors(n_frames), NARROW[-1]) == (5, *embedding.output_shape((n_frames, 32)))
    n_before = (n_frames - N_FRAMES) % HOP_FRAMES
    for window, found in zip(windows, vectors, strict=True):
        np.testing.assert_allclose(found, embedding.frames_to_vectors(window[n_before:]), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", [(75, 32), (198, 40)])
def test_a_base_refuses_windows_that_it_has_no_vector_of(shape):
    features = dataclasses.replace(EMBEDDING, clip_samples=400 + 160 * (shape[0] - 1), n_mels=shape[1])
    with pytest.raises(SaysoError, match="image_shape") as refused:
        new_model("", features=features, labels=LABELS, network="logistic", seed=None)
    assert refused.value.code == "bad_config"


def test_one_more_vector_costs_what_the_paper_s_network_does():
    assert embedding_of(NARROW).multiply_adds((198, 32)) == embedding_of(NARROW).multiply_adds((300, 32))
    network = model_on_base("logistic").network
    assert network.n_multiply_adds - network.without_base().n_multiply_adds == pytest.approx(5.6e6, rel=0.02)


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("hop_ms", [80.0, 100.0, 160.0])
def test_while_listening_posteriors_are_those_of_the_same_two_seconds(name, hop_ms, samples):
    model = model_on_base(name, hop_ms=hop_ms)
    model.detector = dataclasses.replace(model.detector, smoothing_ms=0.0)
    frames, n_window = log_mel(samples, config=EMBEDDING), EMBEDDING.n_frames
    for seed in (1, 2):
        listener, heard, position = Listener(model, sample_rate_hz=16_000), [], 0
        for block in random_blocks(samples, seed, longest=5_000):
            heard += [each for each in listener.accept(block, position=position) if isinstance(each, Update)]
            position += block.size
        assert listener.hop_frames % HOP_FRAMES == 0
        ends = listener.hop_frames * np.arange(1, len(heard) + 1)
        full = [end >= n_window for end in ends]
        assert [any(update.posteriors) for update in heard] == full
        windows = np.stack([frames[end - n_window : end] for end in ends[full]])
        found = [update.posteriors for update, is_full in zip(heard, full, strict=True) if is_full]
        np.testing.assert_allclose(found, model.posteriors(windows), atol=1e-5)


def test_nothing_from_before_a_gap_is_heard_behind_it(samples):
    model = model_on_base("logistic")
    fresh, gapped = (Listener(model, sample_rate_hz=16_000) for _ in range(2))
    list(gapped.accept(samples[:30_000], position=0))
    updates = [
        [each.posteriors for each in listener.accept(samples, position=start) if isinstance(each, Update)]
        for listener, start in ((fresh, 0), (gapped, 100_000))
    ]
    assert updates[0] == updates[1]


@pytest.mark.parametrize("name", HEADS)
def test_a_model_file_holds_the_base_in_half_precision_and_gives_it_back(name):
    model = model_on_base(name)
    content = save_model(model)
    again, _ = load_model(content)
    for key, tensor in model.network.tensors.items():
        assert again.network.tensors[key].dtype == np.float32
        assert np.array_equal(again.network.tensors[key], tensor), key
    assert save_model(again) == content
    n_base = sum(tensor.size for tensor in model.network.base.tensors.values())
    n_behind = sum(tensor.size for tensor in model.network.without_base().tensors.values())
    assert 2 * n_base + 4 * n_behind < len(content) < 2 * n_base + 4 * n_behind + 10_000


def test_weights_of_a_base_that_halves_cannot_hold_are_kept_as_they_are():
    model = model_on_base("logistic")
    model.network.base.tensors["conv2a.bias"][0] = 0.1
    again, _ = load_model(save_model(model))
    assert again.network.base.tensors["conv2a.bias"][0] == np.float32(0.1)


@pytest.mark.parametrize("name", HEADS)
def test_what_stands_behind_a_base_is_planned(name):
    model = model_on_base(name)
    behind = model.network.without_base()
    assert model.card()["planned"] is True
    infer, windows = inference_of(behind), np.random.default_rng(1).standard_normal((3, 16, 96), dtype=np.float32)
    assert isinstance(infer, Plan)
    for window in windows:
        expected = behind.forward(window[None])[0]
        np.testing.assert_allclose(infer(window), expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
    with pytest.raises(UnplannedError, match="Embedding"):
        Plan(model.network)


def test_a_base_is_not_among_what_is_trained(samples):
    network = model_on_base("logistic").network
    assert not [name for name in network.parameters if name.startswith(BASE)]
    assert network.n_parameters == sum(each.size for each in network.head.parameters.values())
    network.forward(log_mel(samples, config=EMBEDDING)[None, : EMBEDDING.n_frames], np.random.default_rng(1))
    assert network.backward(np.ones((1, len(LABELS)), np.float32)).keys() == network.parameters.keys()


def test_a_listener_s_hop_can_be_changed_to_multiples_of_a_vector_s_alone(samples):
    listener = Listener(model_on_base("logistic", hop_ms=10.0), sample_rate_hz=16_000)
    assert listener.hop_ms == 80
    listener.tune(DetectorConfig(hop_ms=250.0))
    assert listener.hop_ms == 240
