"""Compressed copies beside files, for servers that send them to browsers that take them."""

from __future__ import annotations

from pathlib import Path

from console import run
from npm import node
from steps import files_under

SUFFIX = ".br"
MIN_BYTES = 1024
LEFT_AS_THEY_ARE = {".ogg", ".zip", ".safetensors", SUFFIX}  # compressed already, or noise to a compressor
SCRIPT = Path(__file__).with_suffix(".mjs")


def compress(folder: Path, *, log: Path) -> None:
    """Write a Brotli copy of every file that gains by it and has none."""
    files = [
        file
        for file in files_under(folder)
        if file.suffix not in LEFT_AS_THEY_ARE and file.stat().st_size >= MIN_BYTES
        if not Path(f"{file}{SUFFIX}").exists()
    ]
    if files:
        run([node(), SCRIPT, *files], log=log, title="compressing")
