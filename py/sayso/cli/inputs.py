"""What commands read, and where they may write."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from sayso.clips import ClipSet
from sayso.desk import add_folder
from sayso.errors import SaysoError
from sayso.model import Model
from sayso.model_file import open_model


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
    for rejected in clips.rejected:
        print(f"left out {rejected.path}: {rejected.code}: {rejected.message}", file=sys.stderr)
    return clips


def check_folder_of(path: Path) -> None:
    """Refuse a file to write whose folder is not there, before the work is done.

    Raises
    ------
    SaysoError : `file_unreadable`
    """
    if not path.parent.is_dir():
        raise SaysoError("file_unreadable", f"{path.parent} is not there: expected a folder to write to")
