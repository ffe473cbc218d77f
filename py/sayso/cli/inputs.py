"""What the commands of the desk read, and where they may write."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from sayso.arrays import F32
from sayso.audio.resample import resample
from sayso.config import FeatureConfig
from sayso.data.clips import ClipSet, Rejected
from sayso.data.folders import add_folder, find_streams, read_audio
from sayso.data.noise import split_noise
from sayso.errors import SaysoError
from sayso.evaluation.truth import Event, read_truth
from sayso.models.embedding import Embedding
from sayso.models.formats import open_model
from sayso.models.model import Model
from sayso.training.vector_dataset import vectors_of


def read_model(path: Path) -> Model:
    return open_model(path.read_bytes())


def read_clips(folders: Sequence[Path], *, bank: Sequence[Path] = ()) -> ClipSet:
    """Read folders and sprite packs, those of a bank first; what is left out is told on standard error.

    Raises
    ------
    SaysoError : the codes of `data.folders.add_folder`
    """
    clips = ClipSet()
    for folder in bank:
        add_folder(clips, folder)
    clips.bank = {clip.source for clip in clips.clips}
    for folder in folders:
        add_folder(clips, folder)
    tell_left_out(clips.rejected)
    return clips


def read_background(folder: Path, base: Embedding, features: FeatureConfig) -> dict[str, list[F32]]:
    """What a base makes of recordings in which no command is said: vectors, (n, D), by the name of their folder.

    Raises
    ------
    SaysoError : the codes of `find_streams`, `read_audio` and `vectors_of`
    """
    vectors: dict[str, list[F32]] = {}
    for label, path in find_streams(folder):
        samples, rate_hz = read_audio(path)
        samples = resample(samples, from_hz=rate_hz, to_hz=features.sample_rate_hz)
        vectors.setdefault(label, []).append(vectors_of(samples, base, features))
    return vectors


def read_stream(path: Path, truth: Path | None) -> tuple[F32, int, list[Event]]:
    """Read a long recording, and the truth of it where a file tells that.

    Returns
    -------
    samples : (n_samples,) float32
    rate_hz : int
    truth : events in the order of their start; empty without a file

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
    """Print a line on standard error for each recording that is left out."""
    for each in rejected:
        print(f"left out {each.path}: {each.code}: {each.message}", file=sys.stderr)


def noise_of(recordings: list[F32], part: str) -> list[F32]:
    """All of the noise, or for the part "test" the stretches that training leaves out."""
    return split_noise(recordings)[1] if part == "test" else recordings


def check_folder_of(path: Path) -> None:
    """Make sure, before the work is done, that the folder of a file to write is there.

    Raises
    ------
    SaysoError : `file_unreadable`
    """
    if not path.parent.is_dir():
        raise SaysoError("file_unreadable", f"{path.parent} is not there: expected a folder to write to")
