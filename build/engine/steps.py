"""Build steps: each fills one folder of the cache, named by the hash of all that went into it.

A step whose folder is complete is never run again; change an input and its name changes. The folder is made in place,
since virtual environments and compilers write their own path into files, and counts only once its marker is there.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from engine.console import say

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(
    os.environ.get("SAYSO_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sayso"
).absolute()
MARKER = ".complete"
N_KEPT = 3  # results of each step that are kept, for different inputs, so that switching branches stays quick


def files_under(path: Path) -> Iterator[Path]:
    """The file itself, or every file in a folder in a fixed order, without what interpreters leave behind."""
    if path.is_file():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if name not in ("__pycache__", "node_modules"))
        for name in sorted(names):
            yield Path(folder, name)


def hash_of(inputs: tuple[Path | str | Step, ...]) -> str:
    """16 hexadecimal digits that change when any of the inputs does; a path counts with its name and its bytes."""
    digest = hashlib.sha256()
    for item in inputs:
        if isinstance(item, Step):
            parts = [item.name.encode(), item.key.encode()]
        elif isinstance(item, str):
            parts = [item.encode()]
        else:
            base = item if item.is_dir() else item.parent
            parts = []
            for file in files_under(item):
                parts += [file.relative_to(base).as_posix().encode(), file.read_bytes()]
        for part in (str(len(parts)).encode(), *parts):
            digest.update(str(len(part)).encode() + b":" + part)
    return digest.hexdigest()[:16]


def made_folders() -> list[Path]:
    """The folders of the cache that steps made, told by their names: other things may lie in the cache too."""
    return [path for path in CACHE.iterdir() if path.is_dir() and re.fullmatch(r"[a-z0-9-]+-[0-9a-f]{16}", path.name)]


@dataclass(frozen=True)
class Step:
    """A folder of the cache and how to fill it.

    Parameters
    ----------
    name : start of the folder's name
    title : what is said while it is made
    inputs : text, files or folders, and earlier steps, which are made first
    make : fills the empty folder it is given
    resumable : what an interrupted `make` left is kept for the next one to go on from
    """

    name: str
    title: str
    inputs: tuple[Path | str | Step, ...]
    make: Callable[[Path], None]
    resumable: bool = False

    @cached_property
    def key(self) -> str:
        return hash_of(self.inputs)

    @cached_property
    def folder(self) -> Path:
        return CACHE / f"{self.name}-{self.key}"

    def is_complete(self) -> bool:
        return (self.folder / MARKER).exists()

    def ensure(self) -> Path:
        """Make the folder unless it is there; returns it."""
        if self.is_complete():
            return self.folder
        for item in self.inputs:
            if isinstance(item, Step):
                item.ensure()
        with locked(CACHE):
            if self.is_complete():  # another build made it while this one waited
                return self.folder
            say(f"{self.title} ...")
            started = time.monotonic()
            if not self.resumable:
                shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True, exist_ok=True)
            self.make(self.folder)
            (self.folder / MARKER).touch()
            say(f"{self.title}: done in {time.monotonic() - started:.0f} s")
            self._forget_oldest()
        return self.folder

    def _forget_oldest(self) -> None:
        siblings = [path for path in CACHE.glob(f"{self.name}-*") if len(path.name) == len(self.folder.name)]
        for path in sorted(siblings, key=lambda path: path.stat().st_mtime, reverse=True)[N_KEPT:]:
            shutil.rmtree(path, ignore_errors=True)


_held: set[Path] = set()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold `folder` against other builds; waits, and says so, while one of them has it. A holder may enter again."""
    if folder in _held:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        if not _try_lock(file.fileno()):
            say(f"Waiting for another build that uses {folder} ...")
            while not _try_lock(file.fileno()):
                time.sleep(0.5)
        _held.add(folder)
        try:
            yield
        finally:
            _held.discard(folder)


def _try_lock(descriptor: int) -> bool:
    """Lock an open file until it is closed; false where another process has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
