"""The 2017 demo, independently and in float64: its features and its network, straight from the design's description.

Nothing here comes from sayso, and nothing is fast: spectra are written out as sums, convolutions as shifted products.
"""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path

import numpy as np

LABELS = ("yes", "no", "other", "silence")
RATE_HZ = 16_000
WINDOW, HOP, BINS = 1024, 512, 512  # the Nyquist bin is dropped
N_MELS, LOW_HZ, HIGH_HZ = 20, 300.0, 8000.0
BELIEVED_RATE_HZ = 44_100  # the rate that the demo took its 16 kHz audio for

Weights = dict[str, np.ndarray]


def published_weights(path: Path) -> Weights:
    """The tensors of weights_2017.json in float64: base64 of little-endian float32, with a shape."""
    return {
        name: np.frombuffer(base64.b64decode(node["data"]), "<f4").reshape(node["shape"]).astype(np.float64)
        for name, node in json.loads(path.read_text()).items()
    }


def edges() -> list[int]:
    """FFT bins of the triangles' edges, with `linearSpace` divided by count + 1."""
    low, high = (2595 * np.log10(1 + f / 700) for f in (LOW_HZ, HIGH_HZ))
    mels = [low + i * (high - low) / (N_MELS + 3) for i in range(N_MELS + 2)]
    return [int((BINS + 1) * 700 * (10 ** (mel / 2595) - 1) / (BELIEVED_RATE_HZ / 2)) for mel in mels]


@cache
def fourier() -> tuple[np.ndarray, np.ndarray]:
    """Cosines and sines, (WINDOW, BINS), under the symmetric Hann window."""
    n = np.arange(WINDOW)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * n / (WINDOW - 1))
    angles = 2 * np.pi * np.outer(n, np.arange(BINS)) / WINDOW
    return window[:, None] * np.cos(angles), window[:, None] * np.sin(angles)


@cache
def bank() -> np.ndarray:
    """(BINS, N_MELS): triangles with slopes linear in bins and a peak of 1."""
    triangles = np.zeros((BINS, N_MELS))
    for band, (left, peak, right) in enumerate(zip(edges(), edges()[1:], edges()[2:], strict=False)):
        for k in range(left, right):
            triangles[k, band] = (k - left) / (peak - left) if k < peak else (right - k) / (right - peak)
    return triangles


def image(samples: np.ndarray) -> np.ndarray:
    """The (30, 20) log-mel image of a clip, padded with zeros at its end, or cut, to a second."""
    clip = np.zeros(RATE_HZ)
    clip[: min(RATE_HZ, samples.size)] = samples[:RATE_HZ]
    frames = np.stack([clip[start : start + WINDOW] for start in range(0, RATE_HZ - WINDOW + 1, HOP)])
    cosines, sines = fourier()
    power = (frames @ cosines) ** 2 + (frames @ sines) ** 2
    return np.log(power @ bank() + np.exp(-10))


def logits(images: np.ndarray, weights: Weights) -> np.ndarray:
    """(N, 30, 20) images to (N, 4): twice conv 5x5 same, ReLU, max pool 2x2 stride 1; then dense."""
    x = images[..., None]
    for i in range(2):
        kernel, bias = weights[f"save-conv2d-{i}-w"], weights[f"save-conv2d-{i}-b"]
        height, width = x.shape[1:3]
        padded = np.pad(x, ((0, 0), (2, 2), (2, 2), (0, 0)))
        x = bias + sum(
            padded[:, row : row + height, column : column + width] @ kernel[row, column]
            for row, column in np.ndindex(5, 5)
        )
        x = np.maximum(x, 0)
        x = np.maximum.reduce([x[:, 1:, 1:], x[:, 1:, :-1], x[:, :-1, 1:], x[:, :-1, :-1]])
    return x.reshape(len(x), -1) @ weights["save-fc1-weights"] + weights["save-fc1-bias"]
