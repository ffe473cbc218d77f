"""Training audio from the desk's file system: Speech Commands-like folders, and sprite packs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sayso.archive import SPRITE_INDEX, TEST_LISTS, speaker_of
from sayso.arrays import F32
from sayso.audio import read_wav
from sayso.clips import ClipSet
from sayso.errors import SaysoError
from sayso.sprites import add_sprite, read_index

AUDIO_SUFFIXES = (".wav", ".flac", ".ogg")


def read_audio(path: Path) -> tuple[F32, int]:
    """Samples, (n,) float32 with channels averaged, and rate of an audio file; all but WAV need the package soundfile.

    Raises
    ------
    SaysoError : `audio_undecodable` and the other codes of `read_wav`; `file_unreadable`, `soundfile_missing`
    """
    try:
        if path.suffix.lower() == ".wav":
            return read_wav(path.read_bytes())
        import soundfile  # an extra: the tab has its own decoders
    except OSError as error:
        raise SaysoError("file_unreadable", f"{path}: {error.strerror}") from error
    except ImportError as error:
        raise SaysoError("soundfile_missing", f"{path}: reading {path.suffix} needs `pip install soundfile`") from error
    try:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (RuntimeError, OSError) as error:
        raise SaysoError("audio_undecodable", f"{path}: {error}") from error
    return samples.mean(axis=1, dtype=np.float32), rate_hz


def add_folder(clips: ClipSet, folder: Path) -> None:
    """Add what a folder holds: a sprite pack, or one folder a label of WAV, FLAC or Ogg files.

    Raises
    ------
    SaysoError : `no_clips`, nothing there to add; `sprite_index`
    """
    before = len(clips.clips) + len(clips.noise) + len(clips.rejected)
    if (folder / SPRITE_INDEX).is_file():
        _add_pack(clips, folder)
    else:
        for listing in (folder / name for name in TEST_LISTS):
            if listing.is_file():
                clips.list_test_speakers(str(folder), map(speaker_of, listing.read_text().split()))
        for path in labelled_files(folder):
            try:
                samples, rate_hz = read_audio(path)
            except SaysoError as error:
                clips.reject(str(path), error)
                continue
            word, speaker = path.parent.name, speaker_of(path.name)
            clips.add(samples, rate_hz=rate_hz, word=word, speaker=speaker, path=str(path), source=str(folder))
    if before == len(clips.clips) + len(clips.noise) + len(clips.rejected):
        raise SaysoError("no_clips", f"{folder}: expected folders of audio, one a label, or a {SPRITE_INDEX}")


def labelled_files(folder: Path) -> list[Path]:
    """The audio files one folder below, in order."""
    return sorted(path for path in folder.glob("*/*") if path.suffix.lower() in AUDIO_SUFFIXES)


def _add_pack(clips: ClipSet, folder: Path) -> None:
    index = read_index((folder / SPRITE_INDEX).read_text())
    for sprite in index.sprites:
        samples, rate_hz = read_audio(folder / sprite.file)
        add_sprite(clips, index, sprite.file, samples, rate_hz)
