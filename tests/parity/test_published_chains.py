"""The presets of AudioSet, of TensorFlow and of speech_embedding against their published formulas."""

import numpy as np
import pytest
from sayso.features.log_mel import log_mel, mel_spectrogram
from sayso.features.mel import mel_bank
from sayso.features.presets import AUDIOSET, EMBEDDING, TF

from .published_chains import SPEECH_EMBEDDING, TF_SIGNAL, VGGISH
from .signals import sweep_in_noise

every_chain = pytest.mark.parametrize(
    ("config", "chain"),
    [(AUDIOSET, VGGISH), (TF, TF_SIGNAL), (EMBEDDING, SPEECH_EMBEDDING)],
    ids=["audioset", "tf", "embedding"],
)


@every_chain
def test_the_filters_are_the_published_ones(config, chain):
    np.testing.assert_allclose(mel_bank(config), chain.filters(), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("seed", range(3))
@every_chain
def test_frames_are_the_published_ones(config, chain, seed):
    samples = sweep_in_noise(seed)
    samples[5000:9000] = 0  # silence, whose logarithm is that of the offset
    expected = chain.log_mel(samples)
    mel = np.exp(expected) - chain.offset
    np.testing.assert_allclose(mel_spectrogram(samples, config=config), mel, rtol=1e-5, atol=1e-12)
    found = log_mel(samples, config=config)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
