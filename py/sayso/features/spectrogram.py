"""Samples to mel power: overlapping windows, their spectra, a filter bank."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from sayso.arrays import F32, F64, I64
from sayso.config import FeatureConfig
from sayso.errors import SaysoError
from sayso.features.mel import mel_bank

Part = tuple[slice, slice, F32]  # a part of a filter bank: bins, bands, and the weights between them, (bins, bands)

BLOCK_VALUES = 2**16  # values of the spans transformed at a time, few enough for the processor's cache
CLIP_PARTS = 2  # parts of the filter bank for the many frames of a clip; see Spectrogram
RAISED_COSINE = {"hann": 0.5, "hann-symmetric": 0.5, "hamming": 0.54, "rectangular": 1.0}  # the windows' constant terms


def mel_spectrogram(samples: F32, *, config: FeatureConfig) -> F32:
    """Mel power (or magnitude) of whole clips, before compression.

    Parameters
    ----------
    samples : (..., n_samples) float32 in [-1, 1], at config.sample_rate_hz
    config : FeatureConfig

    Returns
    -------
    (..., T, M) float32 >= 0; T = config.count_frames(n_samples)

    Raises
    ------
    SaysoError : `audio_too_short`, fewer samples than config.least_samples

    Source
    ------
    librosa.feature.melspectrogram, whose `center` is config.framing here, whose `htk` and `norm` are config.mel_scale
    and config.mel_norm, and whose `power` is config.spectrum; see `mel_bank` for the other libraries.
    """
    if samples.shape[-1] < config.least_samples:
        raise SaysoError("audio_too_short", f"{samples.shape[-1]} samples: expected at least {config.least_samples}")
    if n_zeros := config.padding_samples:
        samples = np.pad(samples, [(0, 0)] * (samples.ndim - 1) + [(n_zeros, n_zeros)])
    spectrogram, (*batch, n_samples) = _spectrogram_of(config), samples.shape
    mel = np.empty((math.prod(batch), config.count_frames(n_samples - 2 * n_zeros), config.n_mels), np.float32)
    for frames, clip in zip(mel, samples.reshape(len(mel), n_samples), strict=True):
        frames[...] = spectrogram.mel(clip)
    return mel.reshape(*batch, *mel.shape[1:])


class Room:
    """Memory for the spectra of n_frames frames, kept from one block of a stream to the next."""

    def __init__(self, n_frames: int, n_span: int, n_bins: int, parts: Sequence[Part]) -> None:
        self.n_frames = n_frames
        self.windowed = np.empty((n_frames, n_span))
        self.spectrum = np.empty((n_frames, n_bins), np.complex128)
        self.parts = self.spectrum.view(np.float64)  # real and imaginary parts in turn
        self.real, self.imaginary = self.parts[:, ::2], self.parts[:, 1::2]
        self.power = np.empty((n_frames, n_bins), np.float32)
        self.products = [(self.power[:, bins], bands, weights) for bins, bands, weights in parts]


class Spectrogram:
    """Mel power (or magnitude) of every span that lies within the samples, with nothing around them.

    Parameters
    ----------
    config : FeatureConfig
    n_parts : int, into which the filter bank is cut. A filter reaches over few bins, so that a product for half of the
        bands needs but half of the spectrum; with few frames, though, a call costs more than its arithmetic
    """

    def __init__(self, config: FeatureConfig, *, n_parts: int = 1) -> None:
        self._n_span, self._n_hop, self._n_fft = config.span_samples, config.hop_samples, config.fft_samples
        self._n_mels, self._is_power = config.n_mels, config.spectrum == "power"
        self._window, self._parts = _tables(config, n_parts)
        self._room = Room(0, self._n_span, self._n_fft // 2 + 1, self._parts)

    def mel(self, samples: F32) -> F32:
        """Mel frames of (n_samples,) samples, (T, M), T = 1 + (n_samples - span) // hop; none where no span fits in."""
        samples = np.ascontiguousarray(samples)
        mel = np.empty((max(0, 1 + (samples.size - self._n_span) // self._n_hop), self._n_mels), np.float32)
        n_block, hop_bytes = max(1, BLOCK_VALUES // self._n_fft), self._n_hop * samples.itemsize
        for start in range(0, len(mel), n_block):
            frames = mel[start : start + n_block]
            if (n := len(frames)) != self._room.n_frames:
                self._room = Room(n, self._n_span, self._n_fft // 2 + 1, self._parts)
            room = self._room
            spans = np.ndarray(
                (n, self._n_span), samples.dtype, samples, start * hop_bytes, (hop_bytes, samples.itemsize)
            )
            # double precision costs no time here; single precision errs by over 1e-4 in a quiet band beside a loud one
            np.multiply(spans, self._window, out=room.windowed)
            np.fft.rfft(room.windowed, n=self._n_fft, out=room.spectrum)
            np.multiply(room.parts, room.parts, out=room.parts)
            np.add(room.real, room.imaginary, out=room.power)
            if not self._is_power:
                np.sqrt(room.power, out=room.power)
            for seen, bands, weights in room.products:
                np.matmul(seen, weights, out=frames[:, bands])
        return mel


@lru_cache(maxsize=8)
def _spectrogram_of(config: FeatureConfig) -> Spectrogram:
    return Spectrogram(config, n_parts=CLIP_PARTS)


@lru_cache(maxsize=16)
def _tables(config: FeatureConfig, n_parts: int) -> tuple[F64, list[Part]]:
    """The window, and the parts of the filter bank."""
    bank = mel_bank(config) * np.float32(config.spectrum_scale)
    return _window(config), [_part(bank, bands) for bands in np.array_split(np.arange(config.n_mels), n_parts)]


def _window(config: FeatureConfig) -> F64:
    """The window in its span, (span_samples,)."""
    n = config.window_samples
    n_intervals = n - 1 if config.window == "hann-symmetric" else n
    constant = RAISED_COSINE[config.window]
    window = constant - (1 - constant) * np.cos(2 * np.pi * np.arange(n) / n_intervals)
    n_around = config.span_samples - n
    return np.pad(window, (n_around // 2, n_around - n_around // 2))


def _part(bank: F32, members: I64) -> Part:
    """The part of a filter bank for some neighbouring bands, with the bins that they reach."""
    bands = slice(int(members.min(initial=bank.shape[1])), int(members.max(initial=-1)) + 1)
    reached = np.flatnonzero(bank[:, bands].any(axis=1))
    bins = slice(int(reached.min(initial=len(bank))), int(reached.max(initial=-1)) + 1)
    return bins, bands, np.ascontiguousarray(bank[bins, bands])
