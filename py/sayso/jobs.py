"""Jobs: generators of (done, total) that return a result, so that whoever runs one can show progress, pause or stop."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

Result = TypeVar("Result")


def result_of(
    job: Generator[tuple[int, int], None, Result], report: Callable[[int, int], None] | None = None
) -> Result:
    """Run a job to its end; `report` is told after each step how many steps are done, and of how many.

    Examples
    --------
    >>> from sayso.jobs import result_of
    >>> def count(n):
    ...     for done in range(1, n + 1):
    ...         yield done, n
    ...     return "counted"
    >>> result_of(count(2), report=print)
    1 2
    2 2
    'counted'
    """
    while True:
        try:
            done, total = next(job)
        except StopIteration as finished:
            result: Result = finished.value
            return result
        if report:
            report(done, total)
