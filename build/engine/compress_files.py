"""Writes compressed copies, as small as they can be made: FILE.br and FILE.zst are those of FILE.

Runs in the desk's environment: usage: compress_files.py COPY...
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import brotli  # type: ignore[import-untyped]  # it has no stubs
import zstandard

BROTLI_WINDOW_LOG = 24  # the largest window that Brotli has
ZSTD_WINDOW_LOG = 23  # the largest window that browsers take (RFC 9659)


def write(copy: Path) -> Path:
    """Write FILE.br or FILE.zst, the compressed copy of FILE."""
    content = copy.with_suffix("").read_bytes()
    copy.write_bytes(_brotli(content) if copy.suffix == ".br" else _zstd(content))
    return copy


def _brotli(content: bytes) -> bytes:
    compressed: bytes = brotli.compress(content, quality=11, lgwin=BROTLI_WINDOW_LOG)
    return compressed


def _zstd(content: bytes) -> bytes:
    level = zstandard.MAX_COMPRESSION_LEVEL
    parameters = zstandard.ZstdCompressionParameters.from_level(level, window_log=ZSTD_WINDOW_LOG)
    return zstandard.ZstdCompressor(compression_params=parameters).compress(content)


if __name__ == "__main__":
    copies = [Path(name) for name in sys.argv[1:]]
    with ProcessPoolExecutor() as pool:
        for n_done, written in enumerate(as_completed([pool.submit(write, copy) for copy in copies]), start=1):
            print(f"[{n_done}/{len(copies)}] {written.result()}", flush=True)
