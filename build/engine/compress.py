"""Compressed copies beside files, for servers that send them to browsers that take them."""

from __future__ import annotations

from pathlib import Path

from engine.console import run
from engine.desk import DESK, desk_python
from engine.steps import Step, files_under

# The suffix of each encoding, by HTTP's name for it; a browser gets the first that it takes. Zstandard's copies are 7 %
# larger than Brotli's and unpack in a third of the time, which counts for large files at a first visit.
SUFFIXES = {"zstd": ".zst", "br": ".br"}
MIN_BYTES = 1024
UNPACKED_AT_START = {".wasm"}
LEFT_AS_THEY_ARE = {".ogg", ".zip", ".safetensors", *SUFFIXES.values()}  # these would hardly get smaller
SCRIPT = Path(__file__).with_name("compress_files.py")
INPUTS: tuple[Path | Step, ...] = (DESK, SCRIPT, Path(__file__))  # what a step that compresses depends on


def compress(folder: Path, *, log: Path) -> None:
    """Write the copies that are missing, of every file that gains by them."""
    files = [
        file for file in files_under(folder) if file.suffix not in LEFT_AS_THEY_ARE and file.stat().st_size >= MIN_BYTES
    ]
    copies = [(file, suffix) for file in files for suffix in _suffixes_for(file)]
    missing = [Path(f"{file}{suffix}") for file, suffix in copies if not Path(f"{file}{suffix}").exists()]
    if missing:
        run([desk_python(), SCRIPT, *missing], log=log, title="compressing")


def remove_copies(file: Path) -> None:
    """Remove the copies of a file that has changed, or is gone."""
    for suffix in SUFFIXES.values():
        Path(f"{file}{suffix}").unlink(missing_ok=True)


def _suffixes_for(file: Path) -> list[str]:
    return [suffix for name, suffix in SUFFIXES.items() if name != "zstd" or file.suffix in UNPACKED_AT_START]
