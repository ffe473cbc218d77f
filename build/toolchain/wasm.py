"""Reads and changes WebAssembly modules, as bytes in WebAssembly's binary format."""

from __future__ import annotations

from collections.abc import Iterator, Set

HEADER_BYTES = 8
CUSTOM_SECTION, IMPORT_SECTION, EXPORT_SECTION = 0, 2, 7
FUNCTION, TABLE, MEMORY, GLOBAL, TAG = range(5)  # the kinds of imports


def _leb128(content: bytes, at: int) -> tuple[int, int]:
    """An unsigned number in LEB128 at `at`, and where it ends."""
    value = shift = 0
    while True:
        byte = content[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _as_leb128(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _as_leb128(rest) if rest else bytes([low])


def _text(content: bytes, at: int) -> tuple[str, int]:
    """A text at `at`, and where it ends."""
    length, at = _leb128(content, at)
    return content[at : at + length].decode(), at + length


def _after_type(content: bytes, at: int) -> int:
    """Where the type of an import ends, which begins at `at`."""
    kind, at = content[at], at + 1
    if kind == FUNCTION:
        return _leb128(content, at)[1]
    if kind == GLOBAL:
        return at + 2
    if kind == TAG:
        return _leb128(content, at + 1)[1]
    if kind not in (TABLE, MEMORY):
        raise ValueError(f"import of kind {kind}: expected one of WebAssembly 2")
    if kind == TABLE:
        at += 1  # the type of its elements
    has_maximum, at = content[at] & 1, at + 1
    for _ in range(1 + has_maximum):
        _, at = _leb128(content, at)
    return at


def _sections(content: bytes) -> Iterator[tuple[bytes, str]]:
    """The bytes of every section, and its name where it is a custom one."""
    at = HEADER_BYTES
    while at < len(content):
        size, body = _leb128(content, at + 1)
        name = ""
        if content[at] == CUSTOM_SECTION:
            name, _ = _text(content, body)
        yield content[at : body + size], name
        at = body + size


def without_names(module: bytes) -> bytes:
    """The same module without the names of its functions, which serve debuggers alone."""
    return module[:HEADER_BYTES] + b"".join(section for section, name in _sections(module) if name != "name")


def imported_names(module: bytes) -> set[str]:
    """The names of what a module imports, without those of the modules they are imported from."""
    (section,) = (section for section, _ in _sections(module) if section[0] == IMPORT_SECTION)
    _, at = _leb128(section, 1)
    n_imports, at = _leb128(section, at)
    names = set()
    for _ in range(n_imports):
        _, at = _text(section, at)  # the name of the module it is imported from
        name, at = _text(section, at)
        names.add(name)
        at = _after_type(section, at)
    if at != len(section):
        raise ValueError(f"imports end at byte {at}: expected {len(section)}")
    return names


def with_exports(module: bytes, kept: Set[str]) -> bytes:
    """The same module with those of its exports alone that are in `kept`."""
    changed = (_with_exports(section, kept) if section[0] == EXPORT_SECTION else section
               for section, _ in _sections(module))  # fmt: skip
    return module[:HEADER_BYTES] + b"".join(changed)


def _with_exports(section: bytes, kept: Set[str]) -> bytes:
    _, at = _leb128(section, 1)
    n_exports, at = _leb128(section, at)
    entries = []
    for _ in range(n_exports):
        name, end = _text(section, at)
        _, end = _leb128(section, end + 1)  # a byte for its kind, then its number
        if name in kept:
            entries.append(section[at:end])
        at = end
    body = _as_leb128(len(entries)) + b"".join(entries)
    return bytes([EXPORT_SECTION]) + _as_leb128(len(body)) + body
