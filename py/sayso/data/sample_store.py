"""Samples of many recordings, packed into pages that may be kept outside Python's memory.

In the tab JavaScript keeps the pages, because a WebAssembly memory never shrinks, while the samples of a training set
are needed one recording after another and seldom twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt

Read = Callable[[], "bytes | memoryview"]
Keep = Callable[[memoryview], Read]  # copies a page's content, and returns what reads the copy back

PAGE_BYTES = 2**20
PAGES_AT_HAND = 1  # how many of the pages that were read back stay in Python's memory
PAGE_ALIGNMENT_BYTES = 4  # recordings start at multiples of it, so that float32 samples can be read in place


def keep_here(content: memoryview) -> Read:
    """Keep a page in Python's own memory."""
    copied = bytes(content)
    return lambda: copied


@dataclass(slots=True, eq=False)
class Page:
    """Samples of some recordings. `read` gives the page's content; it is replaced once the page is put away."""

    read: Read


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """Where a recording's samples are kept."""

    page: Page
    start: int  # offset of the first sample on the page, in bytes
    size: int  # number of samples
    dtype: np.dtype[Any]

    def read(self) -> npt.NDArray[Any]:
        """The samples, (size,) of dtype, read-only."""
        return np.frombuffer(self.page.read(), self.dtype, self.size, self.start)


class SampleStore:
    """Takes the samples of recordings, and hands out what reads them back.

    A page lasts as long as somebody holds a `Stored` of a recording on it.

    Parameters
    ----------
    keep : called with the content of each full page, to keep it somewhere
    page_bytes : size of a page; a recording that does not fit gets a page of its own
    """

    def __init__(self, keep: Keep = keep_here, *, page_bytes: int = PAGE_BYTES) -> None:
        self._keep, self._page_bytes = keep, page_bytes
        self._at_hand = lru_cache(PAGES_AT_HAND)(_read)
        self._content, self._used = memoryview(b""), 0  # the page being filled, and how many of its bytes are taken
        self._page = Page(lambda: b"")

    def put(self, samples: npt.NDArray[Any]) -> Stored:
        """Copy the samples, (n_samples,) numbers of any type, into the store."""
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
