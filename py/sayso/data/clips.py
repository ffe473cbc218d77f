"""Labelled recordings as they come in: each is checked, kept at 16 kHz and counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from sayso.arrays import F32
from sayso.audio.resample import resample
from sayso.data.sample_store import SampleStore, Stored
from sayso.data.split import UNKNOWN, choose_test_speakers
from sayso.errors import SaysoError
from sayso.labels import BACKGROUND_NOISE, MAX_LABEL_CHARACTERS, NOISE_FOLDERS

I16 = npt.NDArray[np.int16]

CLIP_RATE_HZ = 16_000
MIN_CLIP_S, MAX_CLIP_S, MAX_NOISE_S = 0.1, 10.0, 600.0
SILENT_PEAK = 1e-4  # -80 dBFS, which a cable without a microphone does not reach


@dataclass(frozen=True)
class Clip:
    """One recorded word."""

    word: str
    speaker: str
    stored: Stored  # the clip's samples, int16 at CLIP_RATE_HZ
    source: str = ""  # the folder, archive or pack that the clip came in

    @property
    def n_samples(self) -> int:
        return self.stored.size

    @property
    def pcm(self) -> I16:
        """Its samples, (n_samples,) int16 at CLIP_RATE_HZ, read-only."""
        return self.stored.read()

    @property
    def samples(self) -> F32:
        """Its samples, (n_samples,) float32 in [-1, 1), at CLIP_RATE_HZ."""
        return from_pcm(self.pcm)


@dataclass(frozen=True)
class Rejected:
    """A recording that was left out, and why."""

    path: str
    code: str
    message: str


@dataclass
class ClipSet:
    """Training audio: words, and background noise.

    `test_lists` holds the test speakers of each source that comes with a list. `bank` names the sources that are not
    the person's own recordings, and serve to learn other words from. `max_clips_a_word` bounds memory, and leaves no
    word of a large set out. `store` holds the samples; a copy of the set shares it.
    """

    clips: list[Clip] = field(default_factory=list)
    noise: list[Stored] = field(default_factory=list)  # recordings of (n_samples,) float32 at CLIP_RATE_HZ
    rejected: list[Rejected] = field(default_factory=list)
    test_lists: dict[str, set[str]] = field(default_factory=dict)
    bank: set[str] = field(default_factory=set)
    max_clips_a_word: int | None = None
    store: SampleStore = field(default_factory=SampleStore)
    _n_clips: Counter[str] = field(default_factory=Counter)

    def add(self, samples: F32, *, rate_hz: int, word: str, speaker: str, path: str, source: str = "") -> None:
        """Take a recording, or note in `rejected` why it cannot be used.

        Parameters
        ----------
        samples : (n_samples,) float32 in [-1, 1]
        rate_hz : int
        word : what is said, or a folder of noise, `labels.NOISE_FOLDERS`
        speaker : name, or UNKNOWN
        path : what the person knows the recording by
        source : the folder, archive or pack that it came in
        """
        try:
            self._add(samples, rate_hz=rate_hz, word=word, speaker=speaker, source=source)
        except SaysoError as error:
            self.reject(path, error)

    def reject(self, path: str, error: SaysoError) -> None:
        """Note that a recording is left out, and why."""
        self.rejected.append(Rejected(path, error.code, error.message))

    def list_test_speakers(self, source: str, speakers: Iterable[str]) -> None:
        """Test on these speakers of a source and on none of its others; further calls add speakers."""
        self.test_lists.setdefault(source, set()).update(set(speakers) - {UNKNOWN})

    def test_speakers(self) -> set[str]:
        """Who is tested on: the speakers that a source lists, or without a list those that `data.split` chooses."""
        speakers: dict[str, set[str]] = defaultdict(set)
        for clip in self.clips:
            speakers[clip.source].add(clip.speaker)
        tested: set[str] = set()
        for source, found in speakers.items():
            listed = self.test_lists.get(source)
            tested |= choose_test_speakers(found) if listed is None else found & listed
        return tested

    def _add(self, samples: F32, *, rate_hz: int, word: str, speaker: str, source: str) -> None:
        if not word.strip() or len(word) > MAX_LABEL_CHARACTERS:
            raise SaysoError("bad_label", f"label {word[:60]!r}: expected 1 to {MAX_LABEL_CHARACTERS} characters")
        if self.max_clips_a_word is not None and self._n_clips[word] >= self.max_clips_a_word:
            raise SaysoError("too_many_clips", f"{self.max_clips_a_word} clips of {word!r} are loaded: no more fit")
        is_noise = word in NOISE_FOLDERS
        check_recording(samples, rate_hz, max_s=MAX_NOISE_S if is_noise else MAX_CLIP_S)
        if rate_hz != CLIP_RATE_HZ:
            samples = resample(samples, from_hz=rate_hz, to_hz=CLIP_RATE_HZ)
        if is_noise:
            self.noise.append(self.store.put(samples.astype(np.float32, copy=False)))
        else:
            pcm = np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16)
            self.clips.append(Clip(word, speaker, self.store.put(pcm), source))
            self._n_clips[word] += 1

    def copy(self) -> ClipSet:
        """The same recordings in a set of its own, so that adding to either leaves the other as it is."""
        return ClipSet(
            list(self.clips), list(self.noise), list(self.rejected),
            {source: set(speakers) for source, speakers in self.test_lists.items()}, set(self.bank),
            self.max_clips_a_word, self.store, Counter(self._n_clips),
        )  # fmt: skip

    def counts(self) -> dict[str, Any]:
        """How many clips and speakers each word has, most clips first, noise last; and what was rejected."""
        speakers: dict[str, set[str]] = defaultdict(set)
        n_clips = Counter(clip.word for clip in self.clips)
        for clip in self.clips:
            speakers[clip.word].add(clip.speaker)
        rows = [
            {"label": word, "n_clips": n, "n_speakers": len(speakers[word])}
            for word, n in sorted(n_clips.items(), key=lambda item: (-item[1], item[0]))
        ]
        if self.noise:
            rows.append({"label": BACKGROUND_NOISE, "n_clips": len(self.noise), "n_speakers": 0})
        n_samples = sum(clip.n_samples for clip in self.clips) + sum(noise.size for noise in self.noise)
        return {
            "labels": rows,
            "n_clips": len(self.clips),
            "duration_s": n_samples / CLIP_RATE_HZ,
            "rejected": [vars(rejected) for rejected in self.rejected],
        }


def from_pcm(pcm: I16) -> F32:
    """16-bit samples, (n_samples,), as float32 in [-1, 1)."""
    samples = pcm.astype(np.float32)
    samples *= np.float32(1 / 32768)  # scaled in place, because multiplying int16 by float32 converts slowly
    return samples


def check_recording(samples: F32, rate_hz: int, *, max_s: float) -> None:
    """Refuse what cannot be a recording of a word or of noise: the samples must be a recording, and not silent.

    Raises
    ------
    SaysoError : the codes of `check_samples`; `audio_silent`
    """
    check_samples(samples, rate_hz, max_s=max_s)
    peak = float(np.abs(samples).max())
    if peak < SILENT_PEAK:
        raise SaysoError("audio_silent", f"peak {peak:.1e}: expected {SILENT_PEAK:g} or more")


def check_samples(samples: F32, rate_hz: int, *, max_s: float) -> None:
    """Refuse samples that cannot be a recording of anything: too few, too many, at too low a rate, or not finite.

    Raises
    ------
    SaysoError : `audio_rate_too_low`, `audio_too_short`, `audio_too_long`, `audio_not_finite`
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


def place(samples: F32, *, n_samples: int) -> F32:
    """The clip at a length of n_samples: a shorter one between zeros, or the loudest stretch of a longer one."""
    if samples.size == n_samples:
        return samples
    if samples.size < n_samples:
        placed = np.zeros(n_samples, np.float32)
        start = (n_samples - samples.size) // 2
        placed[start : start + samples.size] = samples
        return placed
    energy = np.concatenate([[0.0], np.cumsum(samples.astype(np.float64) ** 2)])
    start = int(np.argmax(energy[n_samples:] - energy[:-n_samples]))
    return samples[start : start + n_samples]
