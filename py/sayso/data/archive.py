"""Recordings laid out as those of Speech Commands are, `label/speaker_nohash_n.wav`, file by file or in a zip."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

from sayso.audio.wav import MAX_WAV_BYTES, read_wav
from sayso.data.audio_kinds import DOCUMENT_SUFFIXES, WAV_SUFFIXES
from sayso.data.clips import MAX_NOISE_S, ClipSet
from sayso.data.split import UNKNOWN
from sayso.errors import SaysoError
from sayso.json_text import parse_json

SPRITE_INDEX = "sprites.json"
TEST_LISTS = ("validation_list.txt", "testing_list.txt")
MAX_ENTRIES = 200_000
MAX_UNPACKED_BYTES = 2 * 2**30


def speaker_of(path: str) -> str:
    """Who speaks, as Speech Commands names its files: what stands before `_nohash_`, or else UNKNOWN."""
    speaker, named, _ = PurePosixPath(path).stem.partition("_nohash_")
    return speaker if named else UNKNOWN


def add_file(clips: ClipSet, path: str, content: bytes, *, archive: str = "") -> None:
    """Take a file: a recording at `.../label/name.wav`, or a list of test clips, which names the test speakers.

    A recording that cannot be used is noted as rejected; documents and hidden files are passed over. Files whose label
    folders lie in one folder of one archive are one source.

    Parameters
    ----------
    clips : ClipSet
    path : inside the archive or the folder that was picked; the folder above the file is the label
    content : the bytes of the whole file
    archive : name of the archive; empty for files that were picked by themselves
    """
    pure = PurePosixPath(path.replace("\\", "/"))
    if pure.name in TEST_LISTS:
        listed = content.decode("utf-8", "replace").split()
        clips.list_test_speakers(f"{archive}:{pure.parent}", map(speaker_of, listed))
        return
    if pure.name.startswith(".") or "__MACOSX" in pure.parts or pure.suffix.lower() in DOCUMENT_SUFFIXES:
        return
    try:
        if pure.is_absolute() or ".." in pure.parts:
            raise SaysoError("path_climbs", f"path {path[:200]!r}: expected label/file.wav inside the folder")
        if len(pure.parts) < 2:
            raise SaysoError("path_without_label", f"path {path[:200]!r}: expected label/file.wav")
        if pure.suffix.lower() not in WAV_SUFFIXES:
            raise SaysoError("audio_format", f"{pure.suffix} file: expected {', '.join(WAV_SUFFIXES)}")
        samples, rate_hz = read_wav(content, max_s=MAX_NOISE_S)
    except SaysoError as error:
        clips.reject(path, error)
        return
    clips.add(
        samples,
        rate_hz=rate_hz,
        word=pure.parts[-2],
        speaker=speaker_of(pure.name),
        path=path,
        source=f"{archive}:{pure.parent.parent}",
    )


class ZipOfClips:
    """A zip archive of WAV files, or of a sprite pack, read entry by entry from an open file.

    Raises
    ------
    SaysoError : `zip_undecodable`, `zip_too_large`
    """

    def __init__(self, file: BinaryIO) -> None:
        n_bytes = file.seek(0, io.SEEK_END)
        try:
            file.seek(0)
            file.read(1)  # raises what is wrong with a file that cannot be read: zipfile would call it no zip
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise SaysoError("zip_undecodable", f"{n_bytes} bytes: not a zip archive ({error})") from error
        self.entries = [entry for entry in self._zip.infolist() if not entry.filename.endswith("/")]
        if len(self.entries) > MAX_ENTRIES:
            raise SaysoError("zip_too_large", f"{len(self.entries)} files: expected at most {MAX_ENTRIES}")
        n_unpacked = sum(entry.file_size for entry in self.entries)
        if n_unpacked > MAX_UNPACKED_BYTES:
            raise SaysoError("zip_too_large", f"{n_unpacked} bytes unpacked: expected at most {MAX_UNPACKED_BYTES}")

    def sprite_pack(self) -> tuple[str, list[tuple[str, bytes]]] | None:
        """What the zip holds of a sprite pack; None where it holds recordings.

        Returns
        -------
        The text of its index, and (name, content) of each file that the index names

        Raises
        ------
        SaysoError : `zip_undecodable`, `audio_too_large`; `sprite_index`, an index that is garbled; `sprite_missing`, a
            file that the index names is not there
        """
        indexes = [entry for entry in self.entries if PurePosixPath(entry.filename).name == SPRITE_INDEX]
        if not indexes:
            return None
        folder = PurePosixPath(indexes[0].filename).parent
        by_path = {PurePosixPath(entry.filename): entry for entry in self.entries}
        text = self._read(indexes[0]).decode("utf-8", "replace")
        try:
            names = [str(sprite["file"]) for sprite in parse_json(text)["sprites"]]
        except (ValueError, TypeError, KeyError) as error:
            raise SaysoError("sprite_index", f"{SPRITE_INDEX} is garbled: {error!r}") from error
        files = []
        for name in names:
            if folder / name not in by_path:
                raise SaysoError("sprite_missing", f"{SPRITE_INDEX} names {name[:200]!r}: the archive lacks it")
            files.append((name, self._read(by_path[folder / name])))
        return text, files

    def add_files(self, clips: ClipSet, *, archive: str) -> Iterator[int]:
        """Add every recording and list, under this name of the archive; yields how many entries are done."""
        for done, entry in enumerate(self.entries, start=1):
            try:
                add_file(clips, entry.filename, self._read(entry), archive=archive)
            except SaysoError as error:
                clips.reject(entry.filename, error)
            yield done

    def _read(self, entry: zipfile.ZipInfo) -> bytes:
        if entry.file_size > MAX_WAV_BYTES:
            raise SaysoError(
                "audio_too_large",
                f"entry {entry.filename[:200]!r} unpacks to {entry.file_size} bytes: expected at most {MAX_WAV_BYTES}",
            )
        # What it raises comes from zlib, struct, a wrong checksum, a password and more: the entry cannot be read.
        try:
            return self._zip.read(entry)
        except Exception as error:
            raise SaysoError("zip_undecodable", f"entry {entry.filename[:200]!r}: {error}") from error
