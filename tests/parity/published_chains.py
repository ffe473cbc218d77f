"""The log-mel chains of VGGish (AudioSet), tf.signal and speech_embedding, independently and in float64, as published.

Nothing here comes from sayso, and nothing is fast: spectra are written out as sums, filters weight by weight.

Sources: vggish_params.py and mel_features.py in tensorflow/models, research/audioset/vggish; the documentation of
tf.signal.stft, of tf.signal.linear_to_mel_weight_matrix and, for the bands and the offset of its example, of
tf.signal.mfccs_from_log_mel_spectrograms; the graph of speech_embedding, which calls tf.signal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Chain:
    """A chain from samples to log-mel frames, described by what they have in common; lengths are in samples."""

    window: int
    hop: int
    fft: int
    n_bands: int
    low_hz: float
    high_hz: float
    offset: float
    rate_hz: int = 16_000

    def log_mel(self, samples: np.ndarray) -> np.ndarray:
        """(T, n_bands): the logarithm of offset + filtered magnitudes; no chain pads."""
        return np.log(self.magnitudes(samples) @ self.filters() + self.offset)

    def magnitudes(self, samples: np.ndarray) -> np.ndarray:
        """(T, n_bins), of frames under a periodic Hann window, padded with zeros at their end to the FFT's length."""
        n = np.arange(self.window)
        hann = 0.5 - 0.5 * np.cos(2 * np.pi * n / self.window)
        n_frames = 1 + (samples.size - self.window) // self.hop
        frames = np.stack([samples[t * self.hop :][: self.window].astype(np.float64) * hann for t in range(n_frames)])
        angles = 2 * np.pi * (np.outer(n, np.arange(self.fft // 2 + 1)) % self.fft) / self.fft
        return np.hypot(frames @ np.cos(angles), frames @ np.sin(angles))

    def filters(self) -> np.ndarray:
        """(n_bins, n_bands): the lesser of two slopes over mel = 1127 ln(1 + f/700), never negative; no DC."""
        low, high = (_mel(f_hz) for f_hz in (self.low_hz, self.high_hz))
        edges = [low + i * (high - low) / (self.n_bands + 1) for i in range(self.n_bands + 2)]
        weights = np.zeros((self.fft // 2 + 1, self.n_bands))
        for k in range(1, len(weights)):
            mel = _mel(k * self.rate_hz / self.fft)
            for band in range(self.n_bands):
                lower, centre, upper = edges[band : band + 3]
                slopes = (mel - lower) / (centre - lower), (upper - mel) / (upper - centre)
                weights[k, band] = max(0.0, min(slopes))
        return weights


def _mel(f_hz: float) -> float:
    return 1127 * math.log(1 + f_hz / 700)


# VGGish takes frames of 25 ms every 10 ms, in an FFT of the next power of 2.
VGGISH = Chain(window=400, hop=160, fft=512, n_bands=64, low_hz=125, high_hz=7500, offset=0.01)
TF_SIGNAL = Chain(window=1024, hop=512, fft=1024, n_bands=80, low_hz=80, high_hz=7600, offset=1e-6)
SPEECH_EMBEDDING = Chain(window=400, hop=160, fft=512, n_bands=32, low_hz=60, high_hz=3800, offset=0.001)
