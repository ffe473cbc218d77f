"""The safetensors layout: 8 bytes of header length, a JSON header, raw little-endian tensors.

Source
------
https://github.com/huggingface/safetensors, section "Format"; the `safetensors` package reads what this writes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from sayso.arrays import Floats
from sayso.errors import SaysoError
from sayso.json_text import parse_json

DTYPES: dict[str, np.dtype[Any]] = {"F16": np.dtype("<f2"), "F32": np.dtype("<f4"), "F64": np.dtype("<f8")}
MAX_FILE_BYTES = 64 * 2**20
MAX_HEADER_BYTES = 2**20
MAX_TENSORS = 1000
MAX_DIMENSIONS = 8
HEADER_ALIGNMENT = 8  # the header is padded to a multiple of so many bytes


def write_tensors(tensors: Mapping[str, Floats], metadata: Mapping[str, str]) -> bytes:
    """Tensors, float16, float32 or float64, and text metadata as the bytes of a file."""
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    parts, offset = [], 0
    names = {dtype: name for name, dtype in DTYPES.items()}
    # with the larger type first, every tensor begins at a multiple of its type's size
    for name, tensor in sorted(tensors.items(), key=lambda item: (-item[1].itemsize, item[0])):
        part = np.ascontiguousarray(tensor).tobytes()
        dtype, end = names[tensor.dtype.newbyteorder("<")], offset + len(part)
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [offset, end]}
        parts.append(part)
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % HEADER_ALIGNMENT)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)


def read_tensors(content: bytes) -> tuple[dict[str, Floats], dict[str, str]]:
    """The tensors and the metadata of a file's bytes.

    Raises
    ------
    SaysoError : `file_empty`, `file_too_large`, `file_truncated`, `file_not_safetensors` or
        `file_header`, naming the value
    """
    if not content:
        raise SaysoError("file_empty", "0 bytes: expected a model file")
    if len(content) > MAX_FILE_BYTES:
        raise SaysoError("file_too_large", f"{len(content)} bytes: expected at most {MAX_FILE_BYTES}")
    if len(content) < 10:
        raise SaysoError("file_truncated", f"{len(content)} bytes: expected a header")
    n_header = int.from_bytes(content[:8], "little")
    if n_header > MAX_HEADER_BYTES or content[8:9] != b"{":
        raise SaysoError("file_not_safetensors", f"it starts with {content[:9]!r}: expected a length and then '{{'")
    if 8 + n_header > len(content):
        raise SaysoError("file_truncated", f"{len(content)} bytes: expected a header of {n_header}")
    header = _parse_header(content[8 : 8 + n_header])
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise SaysoError("file_header", "__metadata__: expected texts by name")
    if len(header) > MAX_TENSORS:
        raise SaysoError("file_header", f"{len(header)} tensors: expected at most {MAX_TENSORS}")
    body = content[8 + n_header :]
    end, tensors = 0, {}
    for name, begin, stop, dtype, shape in sorted(map(_parse_entry, header.items()), key=lambda entry: entry[1:3]):
        if begin != end:
            raise SaysoError("file_header", f"tensor {name!r:.60} starts at byte {begin}: expected {end}")
        if stop > len(body):
            raise SaysoError("file_truncated", f"{len(body)} bytes of tensors: {name!r:.60} ends at byte {stop}")
        tensors[name] = np.frombuffer(body[begin:stop], dtype).reshape(shape)
        end = stop
    if end != len(body):
        raise SaysoError("file_header", f"{len(body)} bytes of tensors: expected {end}")
    return tensors, metadata


def _parse_header(text: bytes) -> dict[str, Any]:
    try:
        header = parse_json(text)
    except ValueError as error:
        raise SaysoError("file_header", f"the header is not JSON: {error}") from error
    if not isinstance(header, dict):
        raise SaysoError("file_header", f"the header is a {type(header).__name__}: expected an object")
    return header


def _parse_entry(item: tuple[str, Any]) -> tuple[str, int, int, np.dtype[Any], tuple[int, ...]]:
    """A tensor's name, the byte where it begins and the one behind its last, its type and shape.

    The entry is refused where these do not agree with each other.
    """
    name, entry = item

    def is_sizes(value: object) -> bool:
        return isinstance(value, list) and all(type(size) is int and 0 <= size <= MAX_FILE_BYTES for size in value)

    if not isinstance(entry, dict) or not is_sizes(entry.get("shape")) or not is_sizes(entry.get("data_offsets")):
        raise SaysoError("file_header", f"tensor {name!r:.60}: expected dtype, shape and data_offsets")
    kind, shape, offsets = entry.get("dtype"), tuple(entry["shape"]), entry["data_offsets"]
    if not isinstance(kind, str) or kind not in DTYPES or len(offsets) != 2:
        raise SaysoError(
            "file_header", f"tensor {name!r:.60} is {kind!r:.20}: expected {', '.join(DTYPES)}, and two offsets"
        )
    dtype, (begin, stop) = DTYPES[kind], offsets
    # NumPy makes no array, not even an empty one, of dimensions whose product overflows
    if len(shape) > MAX_DIMENSIONS or math.prod(max(1, size) for size in shape) > MAX_FILE_BYTES:
        raise SaysoError("file_header", f"tensor {name!r:.60} of shape {shape!s:.80}: expected a smaller one")
    if stop - begin != math.prod(shape) * dtype.itemsize:
        raise SaysoError("file_header", f"tensor {name!r:.60} of shape {shape} spans {stop - begin} bytes")
    return name, begin, stop, dtype, shape
