"""Samples to frames: mel power, its logarithm or PCEN, of whole clips or of a stream, with the same numbers."""

from __future__ import annotations

import numpy as np

from sayso.arrays import F32
from sayso.config import FeatureConfig
from sayso.errors import SaysoError
from sayso.features.pcen import pcen, smooth, smooth_to_end, start_state
from sayso.features.spectrogram import Spectrogram, mel_spectrogram

__all__ = [
    "StreamingLogMel", "compress", "log_mel", "mel_spectrogram", "pcen", "smooth", "smooth_to_end", "start_state",
]  # fmt: skip


def compress(mel: F32, *, config: FeatureConfig, step: int = 1) -> F32:
    """Mel frames of whole clips to log-mel, decibel or PCEN frames (or as they are), every step-th of them.

    Parameters
    ----------
    mel : (..., T, M) float32, from `mel_spectrogram`
    config : FeatureConfig
    step : int, only frames 0, step, 2 step ... are returned (the smoother sees them all)

    Returns
    -------
    (..., ceil(T / step), M) float32

    Source
    ------
    Decibels are those of librosa.power_to_db(ref=1, amin=db_floor, top_db=None), or of amplitude_to_db for magnitudes.
    `top_db` has no counterpart: it clips at a distance from the loudest value of the whole clip, which a stream does
    not know.
    """
    if config.pcen is not None:
        smoothed = smooth(mel, start_state(mel, config=config.pcen), smoothing=config.pcen.smoothing)
        return pcen(mel[..., ::step, :], smoothed[..., ::step, :], config=config.pcen)
    mel = mel[..., ::step, :]
    if config.linear:
        return mel
    if config.db_floor is not None:
        factor = np.float32(10 if config.spectrum == "power" else 20)
        return factor * np.log10(np.maximum(mel, np.float32(config.db_floor)))
    assert config.log_offset is not None
    return np.log(mel + np.float32(config.log_offset))  # type: ignore[no-any-return]  # NumPy's stub: Any


def log_mel(samples: F32, *, config: FeatureConfig) -> F32:
    """Frames of whole clips: the natural log of mel power plus log_offset, or what else the configuration asks for.

    Parameters
    ----------
    samples : (..., n_samples) float32 in [-1, 1], at config.sample_rate_hz
    config : FeatureConfig

    Returns
    -------
    (..., T, M) float32; T = config.count_frames(n_samples)

    Raises
    ------
    SaysoError : `audio_too_short`, fewer samples than config.least_samples; `audio_not_finite`, NaN or infinity

    Examples
    --------
    >>> import numpy as np
    >>> from sayso.features.log_mel import log_mel
    >>> from sayso.features.mel import centres_hz
    >>> from sayso.features.presets import CLASSIC
    >>> time_s = np.arange(16_000, dtype=np.float32) / CLASSIC.sample_rate_hz
    >>> frames = log_mel(np.sin(2 * np.pi * 1000 * time_s), config=CLASSIC)
    >>> frames.shape  # a second is 30 frames of 20 mel bands
    (30, 20)
    >>> round(centres_hz(CLASSIC)[frames[0].argmax()])  # the band that hears the tone most, in Hz
    974
    """
    if not np.isfinite(samples).all():
        raise SaysoError("audio_not_finite", "samples hold NaN or infinity: expected numbers in [-1, 1]")
    return compress(mel_spectrogram(samples, config=config), config=config)


class StreamingLogMel:
    """The frames of `log_mel`, as samples arrive in blocks of any size.

    A frame is given as soon as its last sample is there. Only the first frames of a PCEN that starts from the mean of
    n_start_frames wait for all of these, and the last frames of a centred preset for `finish`.

    Parameters
    ----------
    config : FeatureConfig

    Attributes
    ----------
    n_frames : int, frames given so far, and so the index of the next one

    Examples
    --------
    >>> import numpy as np
    >>> from sayso.features.log_mel import StreamingLogMel, log_mel
    >>> from sayso.features.presets import CLASSIC
    >>> samples = np.random.default_rng(1).standard_normal(8_000, dtype=np.float32)
    >>> streaming = StreamingLogMel(CLASSIC)
    >>> parts = [streaming.accept(block) for block in np.split(samples, 5)]
    >>> [len(part) for part in parts]  # blocks of 1600 samples; a frame takes 1024, the next begins 512 later
    [2, 3, 3, 3, 3]
    >>> bool(np.allclose(np.concatenate(parts), log_mel(samples, config=CLASSIC), atol=1e-5))
    True
    """

    def __init__(self, config: FeatureConfig) -> None:
        self.config = config
        self._spectrogram = Spectrogram(config)
        self.n_frames = 0
        self._samples = np.zeros(config.padding_samples, np.float32)  # samples from the next frame's first one on
        self._is_empty = True  # whether no sample has come yet
        self._mel = np.zeros((0, config.n_mels), np.float32)  # frames that wait for the smoother to start
        self._state: F32 | None = None  # what the smoother holds after the last frame, once it has started

    def accept(self, samples: F32) -> F32:
        """Take (n,) float32 samples at config.sample_rate_hz; return the frames that they complete, (n_new, M)."""
        self._is_empty &= samples.size == 0
        return self._take(samples, at_end=False)

    def finish(self) -> F32:
        """The frames that were still waiting, (n_new, M); the stream ends here."""
        n_zeros = 0 if self._is_empty else self.config.padding_samples
        return self._take(np.zeros(n_zeros, np.float32), at_end=True)

    def _take(self, samples: F32, *, at_end: bool) -> F32:
        self._samples = np.concatenate([self._samples, samples])
        mel = self._spectrogram.mel(self._samples)  # (n_new, M)
        self._samples = self._samples[len(mel) * self.config.hop_samples :]
        frames = self._compress(mel, at_end=at_end)
        self.n_frames += len(frames)
        return frames

    def _compress(self, mel: F32, *, at_end: bool) -> F32:
        normalisation = self.config.pcen
        if normalisation is None:
            return compress(mel, config=self.config)
        if self._state is None:
            mel = self._mel = np.concatenate([self._mel, mel])
            n_awaited = normalisation.n_start_frames if normalisation.start_level is None and not at_end else 1
            if len(mel) < n_awaited:
                return mel[:0]
            self._state = start_state(mel, config=normalisation)
        smoothed = smooth(mel, self._state, smoothing=normalisation.smoothing)
        self._state = smoothed[-1] if len(mel) else self._state
        return pcen(mel, smoothed, config=normalisation)
