"""The speech embedding: how clips are cut into vectors, streams, and its file."""

import numpy as np
import pytest
from sayso.models.embedding import BLOCK_VECTORS, HOP_FRAMES, N_FRAMES, WIDTHS, Embedding, count_vectors
from sayso.models.embedding_file import read_embedding, write_embedding
from sayso.models.safetensors import read_tensors, write_tensors
from sayso.models.streaming_embedding import StreamingEmbedding
from sayso.nn.convolution import PadBands
from sayso.nn.layers import FlooredLeakyReLU

from .bases import embedding_of
from .errors import refused
from .layer_checks import check_layer
from .synthetic import random_blocks

NARROW = (4, 8, 8, 12, 16)
NOTES = {"title": "a test", "licence": "Apache-2.0"}


def frames_of(n_frames, seed=2):
    """Frames as of speech: the preset's logarithms lie between -7 and 3."""
    return np.random.default_rng(seed).uniform(-7, 3, (n_frames, 32)).astype(np.float32)


@pytest.mark.parametrize("n_frames", [0, 75, 76, 83, 84, 200, 76 + HOP_FRAMES * BLOCK_VECTORS, 700])
def test_a_vector_is_made_of_its_own_76_frames(n_frames):
    embedding, frames = embedding_of(NARROW), frames_of(n_frames)
    vectors = embedding.frames_to_vectors(frames)
    assert vectors.dtype == np.float32
    assert vectors.shape == (count_vectors(n_frames), NARROW[-1])
    for i, vector in enumerate(vectors):
        window = frames[HOP_FRAMES * i : HOP_FRAMES * i + N_FRAMES]
        alone = embedding.stack.forward(window[None, :, :, None])
        assert alone.shape == (1, 1, 1, NARROW[-1])
        np.testing.assert_allclose(vector, alone[0, 0, 0], rtol=1e-5, atol=1e-5)


def test_google_s_network_has_its_published_size():
    stack = Embedding().stack
    assert stack.output_shape((N_FRAMES, 32, 1)) == (1, 1, WIDTHS[-1])
    assert sum(parameter.size for parameter in stack.parameters.values()) == 328_272


@pytest.mark.parametrize("widths", [NARROW, WIDTHS], ids=["narrow", "google"])
@pytest.mark.parametrize("longest", [3, 8, 50, 400])
def test_streamed_vectors_are_those_of_the_whole_clip(widths, longest):
    embedding, frames = embedding_of(widths), frames_of(330)
    whole = embedding.frames_to_vectors(frames)
    stream = StreamingEmbedding(embedding)
    for _ in range(2):
        starts = random_blocks(np.arange(len(frames)), longest, longest=longest)
        parts, n_seen, n_given = [], 0, 0
        for block in starts:
            parts.append(stream.accept(frames[block]))
            n_seen, n_given = n_seen + len(block), n_given + len(parts[-1])
            assert n_given == count_vectors(n_seen)
        np.testing.assert_allclose(np.concatenate(parts), whole, rtol=1e-5, atol=1e-5 * np.abs(whole).max())
        stream.forget()


@pytest.mark.parametrize("n_hops", [2, 3])
def test_vectors_computed_several_at_once_are_the_same(n_hops):
    embedding, frames = embedding_of(NARROW), frames_of(330)
    whole = embedding.frames_to_vectors(frames)
    stream = StreamingEmbedding(embedding, n_hops=n_hops)
    found = np.concatenate([stream.accept(frames[start : start + 30]) for start in range(0, 330, 30)])
    assert len(whole) - n_hops < len(found) <= len(whole)
    np.testing.assert_allclose(found, whole[: len(found)], rtol=1e-5, atol=1e-5 * np.abs(whole).max())


def test_later_changes_of_the_weights_do_not_change_a_stream():
    embedding, frames = embedding_of(NARROW), frames_of(100)
    stream = StreamingEmbedding(embedding)
    expected = stream.accept(frames)
    stream.forget()
    for tensor in embedding.tensors.values():
        tensor += 1
    assert np.array_equal(stream.accept(frames), expected)


def test_vectors_of_a_stream_are_the_caller_s_own():
    stream, frames = StreamingEmbedding(embedding_of(NARROW)), frames_of(100)
    first = stream.accept(frames)
    kept = first.copy()
    stream.accept(frames)
    assert np.array_equal(first, kept)


def test_a_file_gives_the_same_weights():
    embedding = embedding_of(NARROW)
    content = write_embedding(embedding, NOTES)
    again = read_embedding(content)
    assert again.widths == NARROW
    assert again.tensors.keys() == embedding.tensors.keys()
    for name, tensor in embedding.tensors.items():
        assert np.array_equal(again.tensors[name], tensor), name
    assert write_embedding(again, NOTES) == content
    assert read_tensors(content)[1].items() >= NOTES.items()


def test_a_file_in_half_precision_is_half_as_long_and_read_in_single():
    embedding = embedding_of(WIDTHS)
    content = write_embedding(embedding, NOTES, half=True)
    assert len(content) < 0.52 * len(write_embedding(embedding, NOTES))
    for name, tensor in read_embedding(content).tensors.items():
        assert tensor.dtype == np.float32
        assert np.array_equal(tensor, embedding.tensors[name].astype(np.float16)), name


def test_other_files_are_refused():
    tensors, metadata = read_tensors(write_embedding(embedding_of(NARROW), NOTES))

    def changed(*, without=None, **others):
        return write_tensors({name: t for name, t in (tensors | others).items() if name != without}, metadata)

    with refused("model_not_sayso", "sayso-embedding"):
        read_embedding(write_tensors(tensors, {"format": "sayso"}))
    with refused("model_version", "'9'"):
        read_embedding(write_tensors(tensors, {**metadata, "version": "9"}))
    with refused("model_shape", "stages"):
        read_embedding(changed(without="conv3a.bias"))
    with refused("model_shape", "conv6a.weight"):
        read_embedding(changed(without="conv6a.weight"))
    with refused("model_shape", "norm.mean is (2,)"):
        read_embedding(changed(**{"norm.mean": np.zeros(2, np.float32)}))
    with refused("model_not_finite", "norm.mean"):
        read_embedding(changed(**{"norm.mean": np.full(NARROW[0], np.nan, np.float32)}))


def test_the_floored_rectifier_is_its_definition():
    x = np.array([[-9.0, -2.5, -2.0, -1.0, -0.0, 0.0, 0.5, 9.0]])
    expected = [[-0.4, -0.4, -0.4, -0.2, 0.0, 0.0, 0.5, 9.0]]
    np.testing.assert_allclose(FlooredLeakyReLU(0.2, -0.4).forward(x), expected)


def test_gradients_of_the_floored_rectifier():
    x = np.random.default_rng(3).normal(0, 3, (2, 4, 5, 3))
    check_layer(FlooredLeakyReLU(0.2, -0.4), x)


def test_gradients_of_padded_bands():
    check_layer(PadBands(), np.random.default_rng(3).standard_normal((2, 4, 5, 3)))
