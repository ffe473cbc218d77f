"""Google's speech embedding in Sayso hears as the published module does, which onnxruntime runs, on real speech."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import soundfile
from sayso.features.log_mel import StreamingLogMel, log_mel
from sayso.features.presets import EMBEDDING
from sayso.models.embedding import Embedding, count_vectors
from sayso.models.embedding_file import read_embedding
from sayso.models.streaming_embedding import StreamingEmbedding

from ..unit.synthetic import random_blocks, speech_like

REPOSITORY = Path(__file__).parents[2]
SPEECH = Path(os.environ.get("SAYSO_SHARED", REPOSITORY.parent / "shared")) / "speech_commands"
SOURCE = Path(os.environ.get("SAYSO_BASE_SOURCE", "missing"), "speech-embedding.onnx")
CONVERTED = Path(os.environ.get("SAYSO_BASE", "missing"), "embedding.safetensors")
N_CLIPS = 120
STRETCH = 32_000
TOLERANCE = 1e-4
VECTOR_STD = 16.0  # standard deviation of the vectors' values on speech
# The module computes spectra as products in single precision, which leaves errors of so much of a clip's largest value.
MEL_FLOOR = 1e-6
HALF_PRECISION = 0.01 * VECTOR_STD  # what storing the weights in half precision may change a value by

pytestmark = pytest.mark.skipif(
    not (SOURCE.is_file() and CONVERTED.is_file()), reason="no embedding: python3 build base makes it"
)
needs_speech = pytest.mark.skipif(not SPEECH.is_dir(), reason=f"no recordings in {SPEECH.parent.name}/")


class Published:
    """The module as published: samples at 16 kHz to log-mel frames and to vectors."""

    FRAMES, VECTORS = "Squeeze:0", "default"

    def __init__(self) -> None:
        model = onnx.load(SOURCE)
        model.graph.output.append(onnx.helper.make_tensor_value_info(self.FRAMES, onnx.TensorProto.FLOAT, None))
        self._session = onnxruntime.InferenceSession(model.SerializeToString())

    def __call__(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        frames, vectors = self._session.run([self.FRAMES, self.VECTORS], {"samples:0": samples[None]})
        return frames[0], vectors[0, :, 0]


@pytest.fixture(scope="module")
def published() -> Published:
    return Published()


@pytest.fixture(scope="module")
def embedding() -> Embedding:
    """The weights in single precision, as the converter reads them."""
    from base.convert import converted

    return converted(onnx.load(SOURCE).graph)


@pytest.fixture(scope="module")
def recordings() -> list[np.ndarray]:
    """Stretches of two seconds, cut out of words by validation speakers, one behind the other."""
    listed = (SPEECH / "validation_list.txt").read_text().split()
    chosen = listed[:: len(listed) // N_CLIPS][:N_CLIPS]
    samples = np.concatenate([soundfile.read(SPEECH / line, dtype="float32")[0] for line in chosen])
    return list(samples[: samples.size // STRETCH * STRETCH].reshape(-1, STRETCH))


def close(found: np.ndarray, expected: np.ndarray, tolerance: float = TOLERANCE) -> None:
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


@needs_speech
def test_frames_and_vectors_of_real_speech_are_the_published_ones(published, embedding, recordings):
    for samples in recordings:
        frames, vectors = published(samples)
        found = log_mel(samples, config=EMBEDDING)
        mel = np.exp(frames)
        np.testing.assert_allclose(np.exp(found), mel, rtol=TOLERANCE, atol=MEL_FLOOR * mel.max())
        close(embedding.frames_to_vectors(frames), vectors)
        close(embedding.frames_to_vectors(found), vectors, TOLERANCE * VECTOR_STD)


@needs_speech
def test_streamed_vectors_of_real_speech_are_the_published_ones(published, embedding, recordings):
    samples = np.concatenate(recordings[:5])
    log_mels, vectors = StreamingLogMel(EMBEDDING), StreamingEmbedding(embedding)
    found = [vectors.accept(log_mels.accept(block)) for block in random_blocks(samples, 1, longest=3000)]
    close(np.concatenate(found), published(samples)[1], TOLERANCE * VECTOR_STD)


@pytest.mark.parametrize("n_samples", [12_400, 12_401, 13_679, 13_680, 50_000])
def test_clips_of_any_length_have_as_many_vectors_as_published(published, embedding, n_samples):
    samples = np.resize(speech_like(0), n_samples)
    vectors = embedding.frames_to_vectors(log_mel(samples, config=EMBEDDING))
    close(vectors, published(samples)[1])
    assert len(vectors) == count_vectors(EMBEDDING.count_frames(n_samples))


def test_silence_gives_the_published_vector(published, embedding):
    samples = np.zeros(16_000, np.float32)
    close(embedding.frames_to_vectors(log_mel(samples, config=EMBEDDING)), published(samples)[1])


def test_the_file_of_the_page_has_the_published_weights_in_half_precision(published, embedding):
    made = read_embedding(CONVERTED.read_bytes())
    for name, tensor in made.tensors.items():
        assert np.array_equal(tensor, embedding.tensors[name].astype(np.float16)), name
    samples = speech_like(0)
    found = made.frames_to_vectors(log_mel(samples, config=EMBEDDING))
    close(found, published(samples)[1], HALF_PRECISION)
