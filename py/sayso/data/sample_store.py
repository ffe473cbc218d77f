"""Samples of many recordings, packed into pages that may be kept outside Python's memory.

A WebAssembly memory never shrinks, and the samples of a training set are needed one recording after another, seldom
twice: in the tab JavaScript keeps the pages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt

Read = Callable[[], "bytes | memoryview"]
Keep = Callable[[memoryview], Read]  # takes a copy of a page's content; what it returns reads that back

PAGE_BYTES = 2**20
PAGES_AT_HAND = 1  # of those that were read back
PAGE_ALIGNMENT_BYTES = 4  # bytes


def keep_here(content: memoryview) -> Read:
    """Keeps a page in Python's own memory."""
    copied = bytes(content)
    return lambda: copied


@dataclass(slots=True, eq=False)
class Page:
    """Samples of some recordings: `read` changes when the page is full and put away."""

    read: Read


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """Where a recording's samples are."""

    page: Page
    start: int  # byte of the page
    size: int  # samples
    dtype: np.dtype[Any]

    def read(self) -> npt.NDArray[Any]:
        """(size,) of dtype, read-only."""
        return np.frombuffer(self.page.read(), self.dtype, self.size, self.start)


class SampleStore:
    """Takes the samples of recordings, and hands out what reads them.

    A page is kept as long as there is a recording on it that somebody may read.

    Parameters
    ----------
    keep : what keeps full pages
    page_bytes : int; a recording that is longer has a page of its own
    """

    def __init__(self, keep: Keep = keep_here, *, page_bytes: int = PAGE_BYTES) -> None:
        self._keep, self._page_bytes = keep, page_bytes
        self._at_hand = lru_cache(PAGES_AT_HAND)(_read)
        self._content, self._used = memoryview(b""), 0  # of the page that is being filled
        self._page = Page(lambda: b"")

    def put(self, samples: npt.NDArray[Any]) -> Stored:
        """Take a copy of (n_samples,) numbers of any type."""
        content = np.ascontiguousarray(samples).view(np.uint8).data
        if content.nbytes > self._page_bytes:
            return Stored(Page(self._put_away(content)), 0, samples.size, samples.dtype)
        if self._used + content.nbytes > self._content.nbytes:
            self._turn_page()
        start, stop = self._used, self._used + content.nbytes
        self._content[start:stop] = content
        self._used = stop + -stop % PAGE_ALIGNMENT_BYTES
        return Stored(self._page, start, samples.size, samples.dtype)

    def _turn_page(self) -> None:
        if self._used:
            self._page.read = self._put_away(self._content[: self._used])
        self._content, self._used = memoryview(bytearray(self._page_bytes)), 0
        read_only = self._content.toreadonly()
        self._page = Page(lambda: read_only)

    def _put_away(self, content: memoryview) -> Read:
        return partial(self._at_hand, self._keep(content))


def _read(read: Read) -> bytes | memoryview:
    return read()
