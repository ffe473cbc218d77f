"""Samples and files that JavaScript holds for Python. It runs in Pyodide alone.

A WebAssembly memory never shrinks, so what is not computed with is better kept outside of it.
"""

from __future__ import annotations

import errno
import io
from typing import Any, BinaryIO

import js
import numpy as np
from pyodide.ffi import JsBuffer, JsException, JsProxy, to_js

from sayso.arrays import F32
from sayso.data.sample_store import Read

FILE_BUFFER_BYTES = 2**20


def keep_outside(content: memoryview) -> Read:
    """Keep a page of samples in a Uint8Array, which is freed together with the function that reads it."""
    read: Read = to_js(content).to_bytes
    return read


class Samples:
    """A Float32Array of audio; only the parts that are asked for become NumPy arrays."""

    def __init__(self, array: JsBuffer) -> None:
        self._array, self.size = array, int(array.length)

    def __getitem__(self, part: slice) -> F32:
        start, stop, _ = part.indices(self.size)
        return np.asarray(self._array.subarray(start, stop).to_py())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> F32:
        return np.asarray(self[:], dtype)


def open_blob(blob: JsProxy) -> BinaryIO:
    """A blob, or a file that somebody picked, as an open binary file; a read that the browser refuses is an OSError."""
    return io.BufferedReader(_BlobFile(blob), FILE_BUFFER_BYTES)


class _BlobFile(io.RawIOBase):
    def __init__(self, blob: JsProxy) -> None:
        self._blob, self._size, self._at = blob, int(blob.size), 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise OSError(errno.EINVAL, "seek to before the beginning")  # zipfile expects this error for such a seek
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # io.BufferedReader passes one of these two
        stop = min(self._at + len(buffer), self._size)
        if stop <= self._at:
            return 0
        n_bytes = stop - self._at
        _content_of(self._blob.slice(self._at, stop)).assign_to(memoryview(buffer)[:n_bytes])
        self._at = stop
        return n_bytes


def _content_of(blob: JsProxy) -> JsBuffer:
    try:
        return js.FileReaderSync.new().readAsArrayBuffer(blob)
    except JsException as error:
        raise OSError(f"the browser cannot read it ({error})") from error
