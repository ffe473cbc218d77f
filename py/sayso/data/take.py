"""A take, which is a recording of one word at a microphone: it is cut down to the word, or found to be of no use."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sayso.arrays import F32
from sayso.audio.resample import resample
from sayso.audio.wav import encode_wav
from sayso.config import FeatureConfig
from sayso.data.clips import MAX_CLIP_S, check_samples
from sayso.errors import SaysoError
from sayso.features.log_mel import log_mel
from sayso.features.picture import Picture, picture_of

FRAME_MS = 10.0
SMOOTHING_FRAMES = 3
CLOSED_MIC_DBFS = -90.0  # levels lower than this are told as this: a gated microphone gives zeros
MIN_LEVEL_DBFS = -50.0  # a word's loudest part reaches this level
MIN_RISE_DB = 15.0  # a word's loudest part is this far over the background
# a word goes on while it is EDGE_RISE_DB over the background and within EDGE_FALL_DB of its loudest part
EDGE_RISE_DB, EDGE_FALL_DB = 8.0, 30.0
MAX_PAUSE_MS = 250.0  # longest pause inside a word, such as before the last sound of "eight"
MIN_WORD_MS = 80.0  # shorter sounds are clicks
MARGIN_MS = 150.0  # how much is kept before and after a word
MIN_KEPT_S, MAX_KEPT_S = 1.0, 1.5
CLIPPED = 0.985  # magnitude, of a full scale of 1, at which a sample counts as clipped
MAX_CLIPPED_SHARE = 1e-3  # a word with a larger share of clipped samples is refused


@dataclass(frozen=True)
class Take:
    """What is kept of a recording, (n_samples,) float32; `failure` says why it is of no use, or is None."""

    samples: F32
    peak_dbfs: float
    failure: SaysoError | None


def trim_take(samples: F32, *, rate_hz: int) -> Take:
    """Find the word in a recording and keep 1 to 1.5 s around it.

    The word is the stretch with the most energy among those that stand out from the background. The take's failure is
    `recording_silent` where nothing stands out, `recording_cut` where the word runs over the recording's beginning or
    end, `recording_clipped` where it overdrove the microphone. A recording without a word keeps its middle.

    Parameters
    ----------
    samples : (n_samples,) float32 in [-1, 1]
    rate_hz : int

    Raises
    ------
    SaysoError : `audio_rate_too_low`, `audio_too_short`, `audio_too_long`, `audio_not_finite`
    """
    check_samples(samples, rate_hz, max_s=MAX_CLIP_S)
    frame_samples = round(rate_hz * FRAME_MS / 1000)
    level_db = _levels(samples, frame_samples)
    word = _find_word(level_db)
    first, last = word or (0, len(level_db))
    start, end = first * frame_samples, last * frame_samples
    failure = None
    if word is None:
        failure = SaysoError("recording_silent", f"the loudest part is at {level_db.max():.0f} dBFS, the background at "
                             f"{_background(level_db):.0f} dBFS: expected a word that stands out")  # fmt: skip
    elif first == 0 or last == len(level_db):
        edge = "beginning" if first == 0 else "end"
        failure = SaysoError("recording_cut", f"the word runs over the {edge} of the {samples.size / rate_hz:.1f} s")
    elif (share := float((np.abs(samples[start:end]) >= CLIPPED).mean())) > MAX_CLIPPED_SHARE:
        failure = SaysoError("recording_clipped", f"{share:.2%} of the word's samples are at full scale: expected at "
                             f"most {MAX_CLIPPED_SHARE:.2%}")  # fmt: skip
    peak = max(float(np.abs(samples).max()), 10 ** (CLOSED_MIC_DBFS / 20))
    return Take(_keep(samples, start, end, rate_hz), 20 * math.log10(peak), failure)


@dataclass(frozen=True)
class CheckedTake:
    """A recording as it is shown and kept.

    Parameters
    ----------
    bytes : a WAV file of what is kept
    duration_s, peak_dbfs : its length, and the level of its loudest sample
    picture : its frames as an image
    failure : why it is of no use; None where it is of use
    """

    bytes: bytes
    duration_s: float
    peak_dbfs: float
    picture: Picture
    failure: SaysoError | None


def check_take(samples: F32, *, rate_hz: int, features: FeatureConfig) -> CheckedTake:
    """Trim a recording to its word, judge it, draw it as `features` see it, and make a WAV file of it.

    Parameters
    ----------
    samples : (n_samples,) float32 in [-1, 1]
    rate_hz : int
    features : FeatureConfig

    Raises
    ------
    SaysoError : the codes of `trim_take`
    """
    take = trim_take(samples, rate_hz=rate_hz)
    frames = log_mel(resample(take.samples, from_hz=rate_hz, to_hz=features.sample_rate_hz), config=features)
    return CheckedTake(
        bytes=encode_wav(take.samples, rate_hz=rate_hz),
        duration_s=take.samples.size / rate_hz,
        peak_dbfs=take.peak_dbfs,
        picture=picture_of(frames, features),
        failure=take.failure,
    )


def _levels(samples: F32, frame_samples: int) -> F32:
    """Smoothed level of each frame, (T,), in dBFS; the mean of the recording is taken away first."""
    n_frames = samples.size // frame_samples
    frames = (samples - samples.mean())[: n_frames * frame_samples].reshape(n_frames, frame_samples)
    power = np.convolve((frames**2).mean(axis=1), np.full(SMOOTHING_FRAMES, 1 / SMOOTHING_FRAMES), mode="same")
    level_dbfs: F32 = np.maximum(10 * np.log10(np.maximum(power, 1e-12)), CLOSED_MIC_DBFS).astype(np.float32)
    return level_dbfs


def _background(level_db: F32) -> float:
    """The level that a tenth of the frames stays under."""
    return float(np.sort(level_db)[len(level_db) // 10])  # `np.quantile` would import NumPy's masked arrays


def _find_word(level_db: F32) -> tuple[int, int] | None:
    """The word's frames, [start, end), or None when nothing stands out as a word does."""
    background_db, loudest_db = _background(level_db), float(level_db.max())
    if loudest_db < max(MIN_LEVEL_DBFS, background_db + MIN_RISE_DB):
        return None
    active = level_db > max(background_db + EDGE_RISE_DB, loudest_db - EDGE_FALL_DB)
    stretches = _stretches(active, max_pause_frames=round(MAX_PAUSE_MS / FRAME_MS))
    energy = [float((10 ** (level_db[start:end] / 10)).sum()) for start, end in stretches]
    start, end = stretches[int(np.argmax(energy))]
    return (start, end) if active[start:end].sum() * FRAME_MS >= MIN_WORD_MS else None


def _stretches(active: npt.NDArray[np.bool_], *, max_pause_frames: int) -> list[tuple[int, int]]:
    """Runs of active frames as [start, end); two runs with a pause of at most max_pause_frames between are one."""
    frames = np.flatnonzero(active)
    breaks = np.flatnonzero(np.diff(frames) > max_pause_frames)
    starts = frames[np.concatenate([[0], breaks + 1])]
    ends = frames[np.concatenate([breaks, [len(frames) - 1]])] + 1
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def _keep(samples: F32, start: int, end: int, rate_hz: int) -> F32:
    """The stretch to keep: the word, [start, end), with its margins, as far as the recording reaches."""
    wanted_s = (end - start) / rate_hz + 2 * MARGIN_MS / 1000
    n_kept = min(samples.size, round(min(max(wanted_s, MIN_KEPT_S), MAX_KEPT_S) * rate_hz))
    first = min(max(0, (start + end - n_kept) // 2), samples.size - n_kept)
    return samples[first : first + n_kept]
