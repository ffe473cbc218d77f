"""Reading JSON that strangers wrote."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

MAX_DEPTH = 32  # how deep arrays and objects may lie within one another
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text; bytes are UTF-8.

    The depth of the text is checked before it is parsed: the parser recurses, and a stack that overflows in the tab
    raises no exception but ends the worker.

    Raises
    ------
    ValueError : not UTF-8, not JSON, or nested deeper than MAX_DEPTH
    """
    if isinstance(text, bytes):
        text = text.decode()
    # brackets within strings do not nest
    brackets = np.frombuffer(_STRING.sub("", text).encode("utf-8", "replace"), np.uint8)
    opening, closing = ((brackets == first) | (brackets == second) for first, second in (b"[{", b"]}"))
    depth = int(np.cumsum(opening.astype(np.int32) - closing).max(initial=0))
    if depth > MAX_DEPTH:
        raise ValueError(f"nested {depth} deep: expected at most {MAX_DEPTH}")
    return json.loads(text)
