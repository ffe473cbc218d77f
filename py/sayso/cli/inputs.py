"""What commands read, and where they may write."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from sayso.arrays import F32
from sayso.data.clips import ClipSet, Rejected
from sayso.data.folders import add_folder, read_audio
from sayso.data.noise import split_noise
from sayso.errors import SaysoError
from sayso.evaluation.truth import Event, read_truth
from sayso.models.formats import open_model
from sayso.models.model import Model


def read_model(path: Path) -> Model:
    return open_model(path.read_bytes())


def read_clips(folders: Sequence[Path], *, bank: Sequence[Path] = ()) -> ClipSet:
    """The recordings of folders and sprite packs, those of a bank first; what is left out is told on standard error."""
    clips = ClipSet()
    for folder in bank:
        add_folder(clips, folder)
    clips.bank = {clip.source for clip in clips.clips}
    for folder in folders:
        add_folder(clips, folder)
    tell_left_out(clips.rejected)
    return clips


def read_stream(path: Path, truth: Path | None) -> tuple[F32, int, list[Event]]:
    """A long recording's samples, (n,) float32, its rate in Hz, and what is said in it, where that is told.

    Raises
    ------
    SaysoError : the codes of `read_audio`; `audio_empty`; `bad_truth`, naming the file
    """
    samples, rate_hz = read_audio(path)
    if not samples.size * rate_hz:
        raise SaysoError("audio_empty", f"{path}: {samples.size} samples at {rate_hz} Hz: expected a recording")
    if truth is None:
        return samples, rate_hz, []
    try:
        return samples, rate_hz, read_truth(truth.read_text("utf-8-sig"), duration_s=samples.size / rate_hz)
    except UnicodeDecodeError as error:
        raise SaysoError("bad_truth", f"{truth}: {error}: expected text in UTF-8") from error
    except SaysoError as error:
        raise SaysoError(error.code, f"{truth}: {error.message}") from error


def tell_left_out(rejected: Sequence[Rejected]) -> None:
    """A line on standard error for each recording that is not used."""
    for each in rejected:
        print(f"left out {each.path}: {each.code}: {each.message}", file=sys.stderr)


def noise_of(recordings: list[F32], part: str) -> list[F32]:
    """All of the noise, or of the part "test" the stretches that training leaves out."""
    return split_noise(recordings)[1] if part == "test" else recordings


def check_folder_of(path: Path) -> None:
    """Refuse a file to write whose folder is not there, before the work is done.

    Raises
    ------
    SaysoError : `file_unreadable`
    """
    if not path.parent.is_dir():
        raise SaysoError("file_unreadable", f"{path.parent} is not there: expected a folder to write to")
