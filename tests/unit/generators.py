"""Running generators that also return a result."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any


def finish(generator: Generator[Any, None, Any]) -> tuple[list[Any], Any]:
    """Run a generator to its end: everything it yields, and what it returns."""
    yielded = []
    while True:
        try:
            yielded.append(next(generator))
        except StopIteration as finished:
            return yielded, finished.value
