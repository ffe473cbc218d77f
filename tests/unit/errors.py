"""Expecting the package's one exception."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sayso.errors import SaysoError

LONGEST_MESSAGE = 1000  # characters: a hostile file must not flood the page


@contextmanager
def refused(code: str, *named: object) -> Iterator[None]:
    """The block must raise SaysoError with this code, in whose message each of `named` stands."""
    with pytest.raises(SaysoError) as caught:
        yield
    assert caught.value.code == code, caught.value
    for value in named:
        assert str(value) in caught.value.message, f"{value} is not in {caught.value.message!r}"
    assert len(caught.value.message) <= LONGEST_MESSAGE
