"""Recordings from a file system, which only the desk has: folders of words, sprite packs, folders of noise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sayso.arrays import F32
from sayso.audio.resample import resample
from sayso.audio.wav import read_wav
from sayso.data.archive import SPRITE_INDEX, TEST_LISTS, speaker_of
from sayso.data.audio_kinds import AUDIO_SUFFIXES, DOCUMENT_SUFFIXES, WAV_SUFFIXES
from sayso.data.clips import CLIP_RATE_HZ, ClipSet, Rejected
from sayso.data.split import UNKNOWN, choose_test_speakers
from sayso.data.sprites import add_sprite, read_index
from sayso.errors import SaysoError
from sayso.labels import BACKGROUND_NOISE, NOISE_FOLDERS, SILENCE_FOLDERS


def read_audio(path: Path) -> tuple[F32, int]:
    """Read an audio file; all but WAV need the package soundfile.

    Returns
    -------
    samples : (n_samples,) float32, channels averaged
    rate_hz : int

    Raises
    ------
    SaysoError : `audio_undecodable` and the other codes of `read_wav`; `file_unreadable`, `soundfile_missing`
    """
    refused: SaysoError | None = None
    try:
        if path.suffix.lower() in WAV_SUFFIXES:
            try:
                return read_wav(path.read_bytes())
            except SaysoError as error:
                refused = error  # soundfile may still read the file, if it is WAV of floats, say, or very long
        import soundfile  # imported here, because it may not be installed
    except OSError as error:
        raise SaysoError("file_unreadable", f"{path}: {error.strerror}") from error
    except ImportError as error:
        if refused:
            raise refused from error
        raise SaysoError("soundfile_missing", f"{path}: reading {path.suffix} needs `pip install soundfile`") from error
    try:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (RuntimeError, OSError) as error:
        raise refused or SaysoError("audio_undecodable", f"{path}: {error}") from error
    return samples.mean(axis=1, dtype=np.float32), rate_hz


def add_folder(clips: ClipSet, folder: Path, *, silence: list[F32] | None = None) -> None:
    """Add what a folder holds: a sprite pack, or recordings in one folder a label.

    Documents and hidden files are passed over; any other file in a folder of a label is noted as rejected.

    Parameters
    ----------
    clips : ClipSet
    folder : Path
    silence : where given, recordings in silence folders go here, (n_samples,) each at 16 kHz, however short or quiet,
        and not to the clips' noise: scoring counts each of them, training hears them as noise

    Raises
    ------
    SaysoError : `no_clips`, nothing there to add; `sprite_index`; for a sprite pack the codes of `read_audio`
    """
    before = len(clips.clips) + len(clips.noise) + len(clips.rejected)
    if (folder / SPRITE_INDEX).is_file():
        _add_pack(clips, folder)
    else:
        listed = _listed_speakers(folder)
        if listed is not None:
            clips.list_test_speakers(str(folder), listed)
        for path in _files(folder, "*/*"):
            if path.suffix.lower() in DOCUMENT_SUFFIXES:
                continue
            word, speaker = path.parent.name, speaker_of(path.name)
            try:
                if path.suffix.lower() not in AUDIO_SUFFIXES:
                    raise SaysoError("audio_format", f"{path.suffix} file: expected {', '.join(AUDIO_SUFFIXES)}")
                samples, rate_hz = read_audio(path)
                if silence is not None and word in SILENCE_FOLDERS:
                    silence.append(_at_clip_rate(samples, rate_hz))
                    continue
            except SaysoError as error:
                clips.reject(str(path), error)
                continue
            clips.add(samples, rate_hz=rate_hz, word=word, speaker=speaker, path=str(path), source=str(folder))
    if not silence and before == len(clips.clips) + len(clips.noise) + len(clips.rejected):
        raise SaysoError("no_clips", f"{folder}: expected folders of audio, one a label, or a {SPRITE_INDEX}")


@dataclass(frozen=True)
class WordFile:
    """A recording of one word that is not read yet."""

    path: Path
    word: str
    speaker: str


def find_words(folder: Path, *, of_test_speakers: bool) -> list[WordFile]:
    """Find the recordings of words in a folder, one folder down, without reading any: there may be many.

    Parameters
    ----------
    folder : laid out as Speech Commands is
    of_test_speakers : leave out all but the speakers that the folder's lists name, or without a list those that
        `data.split` chooses, as for scores of clips

    Raises
    ------
    SaysoError : `file_unreadable`, no such folder; `no_clips`
    """
    _check_folder(folder)
    paths = _audio_files(folder, "*/*")
    words = [WordFile(path, path.parent.name, speaker_of(path.name)) for path in paths]
    words = [each for each in words if each.word not in NOISE_FOLDERS]
    if of_test_speakers:
        listed = _listed_speakers(folder)
        chosen = choose_test_speakers(each.speaker for each in words) if listed is None else listed - {UNKNOWN}
        words = [each for each in words if each.speaker in chosen]
    if not words:
        who = " by test speakers" if of_test_speakers else ""
        raise SaysoError("no_clips", f"{folder}: expected folders of recordings{who}, one a word")
    return words


def find_streams(folder: Path) -> list[tuple[str, Path]]:
    """Find the recordings in a folder at any depth, without reading any.

    Returns
    -------
    (kind, path) of each; the kind is the name of the first folder on the way, or of `folder` for what is in it itself

    Raises
    ------
    SaysoError : `file_unreadable`, no such folder; `no_clips`
    """
    _check_folder(folder)
    paths = _audio_files(folder, "**/*")
    if not paths:
        raise SaysoError("no_clips", f"{folder}: expected recordings, {', '.join(AUDIO_SUFFIXES)}, at any depth")
    return [(path.relative_to(folder).parts[0] if path.parent != folder else folder.resolve().name, path)
            for path in paths]  # fmt: skip


def read_noise(folder: Path) -> tuple[list[F32], list[Rejected]]:
    """Read recordings of noise: all in the folder's `_background_noise_`, or without one all in it and one folder down.

    Returns
    -------
    recordings : (n_samples,) float32 each, at 16 kHz
    rejected : what was left out

    Raises
    ------
    SaysoError : `no_noise`
    """
    inside = folder / BACKGROUND_NOISE
    paths = _audio_files(inside, "*") if inside.is_dir() else _audio_files(folder, "*") + _audio_files(folder, "*/*")
    recordings, rejected = [], []
    for path in paths:
        try:
            samples = _at_clip_rate(*read_audio(path))
            if not samples.any():
                raise SaysoError("audio_silent", "every sample is 0: expected noise")
            recordings.append(samples)
        except SaysoError as error:
            rejected.append(Rejected(str(path), error.code, error.message))
    if not recordings:
        left_out = f"; {len(rejected)} left out, the first by {rejected[0].code}" if rejected else ""
        raise SaysoError("no_noise", f"{folder}: expected recordings of noise in it, or one folder down{left_out}")
    return recordings, rejected


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise SaysoError("file_unreadable", f"{folder} is not there: expected a folder of recordings")


def _listed_speakers(folder: Path) -> set[str] | None:
    """The speakers that a folder's lists of test clips name; None where there is no list."""
    listings = [folder / name for name in TEST_LISTS if (folder / name).is_file()]
    if not listings:
        return None
    return {speaker_of(name) for listing in listings for name in listing.read_text("utf-8", "replace").split()}


def _audio_files(folder: Path, pattern: str) -> list[Path]:
    return [path for path in _files(folder, pattern) if path.suffix.lower() in AUDIO_SUFFIXES]


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(
        path
        for path in folder.glob(pattern)
        if not any(part.startswith(".") for part in path.relative_to(folder).parts) and path.is_file()
    )


def _at_clip_rate(samples: F32, rate_hz: int) -> F32:
    """The recording at 16 kHz; raises `audio_too_short` where it is empty, `audio_not_finite` where it holds NaN."""
    if not samples.size:
        raise SaysoError("audio_too_short", "0 samples: expected at least 1")
    if not np.isfinite(samples).all():
        raise SaysoError("audio_not_finite", "samples hold NaN or infinity: expected numbers in [-1, 1]")
    return samples if rate_hz == CLIP_RATE_HZ else resample(samples, from_hz=rate_hz, to_hz=CLIP_RATE_HZ)


def _add_pack(clips: ClipSet, folder: Path) -> None:
    index = read_index((folder / SPRITE_INDEX).read_text())
    for sprite in index.sprites:
        samples, rate_hz = read_audio(folder / sprite.file)
        add_sprite(clips, index, sprite.file, [samples], rate_hz)
