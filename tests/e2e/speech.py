"""The words the browser tests train on and say: real recordings where there are any, else the built-in voices."""

from __future__ import annotations

import io
import json
import math
import os
import subprocess
import sys
import wave
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf
from engine.steps import ROOT, Step
from sayso.arrays import F32
from scipy.signal import resample_poly

RATE_HZ = 16_000
MICROPHONE_RATE_HZ = 48_000
SPRITES = ROOT / "build" / "speech"
CLIPS_A_LABEL = "400"
NOISE_FOLDER = "_background_noise_"
# The words that are packed and said: those of Speech Commands but the digits, most of whose recordings are another
# collection's in telephone quality. What the tests ask of a training holds for these words.
WORDS = (
    "backward", "bed", "bird", "cat", "dog", "down", "follow", "forward", "go", "happy", "house", "learn", "left",
    "marvin", "no", "off", "on", "right", "sheila", "stop", "tree", "up", "visual", "wow", "yes",
)  # fmt: skip


@dataclass(frozen=True)
class Recording:
    """One clip of a word; `read` gives its samples, (n,) float32 at RATE_HZ."""

    label: str
    speaker: str
    is_test: bool
    read: Callable[[], F32]


@dataclass(frozen=True)
class Speech:
    """What to train on and what to say.

    Parameters
    ----------
    title : str, what the report calls these recordings
    pack : folder of the sprite pack to train on
    recordings : the clips of each label, in a fixed order
    noise : (n,) float32 at RATE_HZ, some seconds of background noise of unit RMS
    """

    title: str
    pack: Path
    recordings: Mapping[str, Sequence[Recording]]
    noise: F32

    def clips(self, label: str, n: int, *, test: bool, rng: np.random.Generator) -> list[Recording]:
        """Clips of a label by test or by training speakers, each by another speaker while there are enough."""
        assert self.recordings.get(label), f"{self.title}: no clips of {label!r}"
        found = [recording for recording in self.recordings[label] if recording.is_test == test]
        first = {recording.speaker: recording for recording in rng.permutation(np.array(found, dtype=object))}
        return (list(first.values()) + found)[:n]


def find_speech(voices: Path) -> Speech:
    """Real speech from the folder that SAYSO_SHARED names, where there is one; else the built-in voices."""
    folder = Path(os.environ.get("SAYSO_SHARED", ""), "speech_commands")
    return _real_speech(folder) if folder.is_dir() else _synthetic_speech(voices)


def _real_speech(folder: Path) -> Speech:
    missing = [word for word in WORDS if not (folder / word).is_dir()]
    assert not missing, f"{folder} has no recordings of {', '.join(missing)}"

    def pack(out: Path) -> None:
        labels = ["--labels", *WORDS, NOISE_FOLDER, "--limit", CLIPS_A_LABEL]
        script = [sys.executable, SPRITES / "sprites.py", folder, *labels, "--out", out / "pack"]
        subprocess.run([str(part) for part in script], check=True, capture_output=True)

    lists = folder / "validation_list.txt"
    made_from = (SPRITES, lists, str(folder), CLIPS_A_LABEL, *WORDS)
    made = Step("e2e-words", "Real words for the browser tests", made_from, pack)
    set_apart = set(lists.read_text().split())
    recordings = {
        word: [
            Recording(word, path.stem.partition("_nohash_")[0], f"{word}/{path.name}" in set_apart, _reader(path))
            for path in sorted((folder / word).glob("*.flac"))
        ]
        for word in WORDS
    }
    noise = sf.read(folder / NOISE_FOLDER / "running_tap.flac", dtype="float32")[0]
    return Speech("real recordings", made.ensure() / "pack", recordings, noise / noise.std())


def _synthetic_speech(voices: Path) -> Speech:
    index = json.loads((voices / "sprites.json").read_text())
    recordings = defaultdict(list)
    for sprite in index["sprites"]:
        for offset, n, speaker in sprite["clips"]:
            read = _reader(voices / sprite["file"], offset, n)
            recordings[sprite["label"]].append(
                Recording(sprite["label"], speaker, speaker in index["test_speakers"], read)
            )
    noise = np.random.default_rng(0).standard_normal(10 * RATE_HZ).astype(np.float32)
    return Speech("built-in voices", voices, recordings, noise)


def _reader(path: Path, start: int = 0, n: int = -1) -> Callable[[], F32]:
    def read() -> F32:
        samples: F32
        samples, rate_hz = sf.read(path, frames=n, start=start, dtype="float32")
        assert rate_hz == RATE_HZ, path
        return samples

    return read


@dataclass(frozen=True)
class Spoken:
    """A word of the microphone's recording: where it can be heard, in seconds from the recording's start."""

    label: str
    start_s: float
    end_s: float


def speak(path: Path, speech: Speech, labels: Sequence[str], *, seed: int) -> list[Spoken]:
    """Write what the microphone will hear: these words by test speakers, with pauses of quiet noise between.

    A 16-bit WAV file at 48 kHz. Pauses last 1.5 to 2.5 s, the noise is at -50 dBFS, the words are as recorded.

    Returns
    -------
    The words, in order
    """
    rng = np.random.default_rng(seed)
    clips = {label: iter(speech.clips(label, len(labels), test=True, rng=rng)) for label in sorted(set(labels))}
    parts: list[F32] = [_pause(rng)]
    spoken, at = [], parts[0].size
    for label in labels:
        word = next(clips[label]).read()
        start, end = _audible(word)
        spoken.append(Spoken(label, (at + start) / RATE_HZ, (at + end) / RATE_HZ))
        parts += [_faded(word), _pause(rng)]
        at += word.size + parts[-1].size
    samples = np.concatenate(parts)
    noise = np.resize(speech.noise, samples.size) * 10 ** (-50 / 20)
    resampled = resample_poly(samples + noise, MICROPHONE_RATE_HZ // RATE_HZ, 1)
    path.write_bytes(wav(resampled, MICROPHONE_RATE_HZ))
    return spoken


def _pause(rng: np.random.Generator) -> F32:
    return np.zeros(int(rng.uniform(1.5, 2.5) * RATE_HZ), np.float32)


def _faded(word: F32) -> F32:
    """The word faded in and out over 20 ms, so that the noise of its recording does not set in with a click."""
    ramp = np.minimum(1, np.arange(word.size) / (0.02 * RATE_HZ)).astype(np.float32)
    return word * ramp * ramp[::-1]


def _audible(word: F32) -> tuple[int, int]:
    """First and last sample of the frames of 20 ms within 25 dB of the loudest."""
    size = RATE_HZ // 50
    power = (word[: word.size // size * size].reshape(-1, size) ** 2).mean(axis=1)
    loud = np.flatnonzero(power > power.max() * 10**-2.5)
    return int(loud[0]) * size, int(loud[-1] + 1) * size


@dataclass(frozen=True)
class Heard:
    """A word the page showed, in seconds since the microphone was opened."""

    label: str
    at_s: float


@dataclass(frozen=True)
class Score:
    """What became of the words that were spoken."""

    delays_s: list[float]  # seconds from each recognised word's end to its recognition
    missed: list[Spoken]
    # recognitions of another word than was said, of the same word again, or of a word that nobody said
    wrong: list[Heard]

    def __str__(self) -> str:
        delay = f", {np.median(self.delays_s):.2f} s after the word's end (median)" if self.delays_s else ""
        return f"{len(self.delays_s)} right{delay}, {len(self.missed)} missed, {len(self.wrong)} wrong or false"


LATEST_S = 1.5  # seconds after a word's end in which its recognition still counts


def score(spoken: Sequence[Spoken], heard: Iterable[Heard]) -> Score:
    """Match what was heard to what was said: the right label between a word's start and 1.5 s after its end, once."""
    delays, wrong = {}, []
    for word in heard:
        fitting = (i for i, said in enumerate(spoken)
                   if said.start_s <= word.at_s <= said.end_s + LATEST_S)  # fmt: skip
        match = next(fitting, None)
        if match is None or match in delays or spoken[match].label != word.label:
            wrong.append(word)
        else:
            delays[match] = word.at_s - spoken[match].end_s
    return Score(list(delays.values()), [said for i, said in enumerate(spoken) if i not in delays], wrong)


def wav(samples: F32, rate_hz: int = RATE_HZ) -> bytes:
    """A WAV file of 16 bits; samples (n,) or (n, channels) in [-1, 1)."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((np.clip(samples, -1, 1 - 2**-15) * 32768).astype("<i2").tobytes())
    return content.getvalue()


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """A zip archive of these files, by path."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for path, file in files.items():
            archive.writestr(path, file)
    return content.getvalue()


def small_zip(speech: Speech, labels: Sequence[str], n_clips: int) -> bytes:
    """A zip laid out as Speech Commands is, with `n_clips` of each label, a quarter of them by test speakers."""
    rng = np.random.default_rng(1)
    files, tested = {}, []
    for label in labels:
        n_test = math.ceil(n_clips / 4)
        for i, recording in enumerate(
            speech.clips(label, n_clips - n_test, test=False, rng=rng) + speech.clips(label, n_test, test=True, rng=rng)
        ):
            path = f"{label}/{recording.speaker}_nohash_{i}.wav"
            files[path] = wav(recording.read())
            tested += [path] if recording.is_test else []
    return zip_of(files | {"validation_list.txt": "\n".join(tested).encode()})
