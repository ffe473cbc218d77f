"""WebAssembly modules as bytes."""

from __future__ import annotations

from collections.abc import Iterator

HEADER_BYTES = 8
CUSTOM_SECTION = 0


def _leb128(content: bytes, at: int) -> tuple[int, int]:
    """An unsigned number in LEB128 at `at`, and where it ends."""
    value = shift = 0
    while True:
        byte = content[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _sections(content: bytes) -> Iterator[tuple[bytes, str]]:
    """The bytes of every section, and its name where it is a custom one."""
    at = HEADER_BYTES
    while at < len(content):
        size, body = _leb128(content, at + 1)
        name = ""
        if content[at] == CUSTOM_SECTION:
            length, start = _leb128(content, body)
            name = content[start : start + length].decode()
        yield content[at : body + size], name
        at = body + size


def without_names(module: bytes) -> bytes:
    """The same module without the names of its functions, which serve debuggers alone."""
    return module[:HEADER_BYTES] + b"".join(section for section, name in _sections(module) if name != "name")
