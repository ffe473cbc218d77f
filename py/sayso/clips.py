"""Labelled recordings, as they come in: checked one by one, kept at 16 kHz, counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from sayso.arrays import F32
from sayso.errors import SaysoError
from sayso.labels import BACKGROUND_NOISE, MAX_LABEL_CHARACTERS, NOISE_FOLDERS
from sayso.resample import resample

I16 = npt.NDArray[np.int16]

CLIP_RATE_HZ = 16_000
MIN_CLIP_S, MAX_CLIP_S, MAX_NOISE_S = 0.1, 10.0, 600.0
SILENT_PEAK = 1e-4  # -80 dBFS: what a cable without a microphone gives
MAX_CLIPS = 50_000


@dataclass(frozen=True)
class Clip:
    """One recorded word."""

    word: str
    speaker: str
    pcm: I16  # (n_samples,) at CLIP_RATE_HZ

    @property
    def samples(self) -> F32:
        """(n_samples,) float32 in [-1, 1)."""
        return self.pcm * np.float32(1 / 32768)


@dataclass(frozen=True)
class Rejected:
    """A recording that was left out, and why."""

    path: str
    code: str
    message: str


@dataclass
class ClipSet:
    """Training audio: words, and background noise."""

    clips: list[Clip] = field(default_factory=list)
    noise: list[F32] = field(default_factory=list)  # (n_samples,) each, at CLIP_RATE_HZ
    rejected: list[Rejected] = field(default_factory=list)
    test_speakers: set[str] | None = None  # None: decided by `split.py`

    def add(self, samples: F32, *, rate_hz: int, word: str, speaker: str, path: str) -> None:
        """Take a recording, or note in `rejected` why not."""
        try:
            self._add(samples, rate_hz=rate_hz, word=word, speaker=speaker)
        except SaysoError as error:
            self.reject(path, error)

    def reject(self, path: str, error: SaysoError) -> None:
        self.rejected.append(Rejected(path, error.code, error.message))

    def _add(self, samples: F32, *, rate_hz: int, word: str, speaker: str) -> None:
        if not word.strip() or len(word) > MAX_LABEL_CHARACTERS:
            raise SaysoError("bad_label", f"label {word[:60]!r}: expected 1 to {MAX_LABEL_CHARACTERS} characters")
        if len(self.clips) >= MAX_CLIPS:
            raise SaysoError("too_many_clips", f"{MAX_CLIPS} clips are loaded: expected no more")
        is_noise = word in NOISE_FOLDERS
        check_recording(samples, rate_hz, max_s=MAX_NOISE_S if is_noise else MAX_CLIP_S)
        if rate_hz != CLIP_RATE_HZ:
            samples = resample(samples, from_hz=rate_hz, to_hz=CLIP_RATE_HZ)
        if is_noise:
            self.noise.append(samples.astype(np.float32))
        else:
            pcm = np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16)
            self.clips.append(Clip(word, speaker, pcm))

    def add_test_speakers(self, speakers: Iterable[str] | None) -> None:
        if speakers is not None:
            self.test_speakers = (self.test_speakers or set()) | set(speakers)

    def counts(self) -> dict[str, Any]:
        """Clips and speakers of each word, most clips first, then noise; and what was rejected."""
        speakers: dict[str, set[str]] = defaultdict(set)
        n_clips: dict[str, int] = defaultdict(int)
        for clip in self.clips:
            speakers[clip.word].add(clip.speaker)
            n_clips[clip.word] += 1
        rows = [
            {"label": word, "n_clips": n, "n_speakers": len(speakers[word])}
            for word, n in sorted(n_clips.items(), key=lambda item: (-item[1], item[0]))
        ]
        if self.noise:
            rows.append({"label": BACKGROUND_NOISE, "n_clips": len(self.noise), "n_speakers": 0})
        n_samples = sum(clip.pcm.size for clip in self.clips) + sum(noise.size for noise in self.noise)
        return {
            "labels": rows,
            "n_clips": len(self.clips),
            "duration_s": n_samples / CLIP_RATE_HZ,
            "rejected": [vars(rejected) for rejected in self.rejected],
        }


def check_recording(samples: F32, rate_hz: int, *, max_s: float) -> None:
    """Refuse what cannot be a recording of a word (or of noise).

    Raises
    ------
    SaysoError : `audio_rate_too_low`, `audio_too_short`, `audio_too_long`, `audio_not_finite`, `audio_silent`
    """
    duration_s = samples.size / rate_hz if rate_hz > 0 else 0.0
    if rate_hz < CLIP_RATE_HZ:
        raise SaysoError("audio_rate_too_low", f"{rate_hz} Hz: expected at least {CLIP_RATE_HZ} Hz")
    if duration_s < MIN_CLIP_S:
        raise SaysoError("audio_too_short", f"{samples.size} samples, {duration_s:.3f} s: expected {MIN_CLIP_S:g} s")
    if duration_s > max_s:
        raise SaysoError("audio_too_long", f"{duration_s:.1f} s: expected at most {max_s:g} s")
    if not np.isfinite(samples).all():
        raise SaysoError("audio_not_finite", "samples hold NaN or infinity: expected numbers in [-1, 1]")
    peak = float(np.abs(samples).max())
    if peak < SILENT_PEAK:
        raise SaysoError("audio_silent", f"peak {peak:.1e}: expected {SILENT_PEAK:g} or more")
