"""The façade for the page: with `javascript`, the only module that sees JavaScript values. It runs in Pyodide alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import js
import numpy as np
from pyodide.ffi import JsBuffer, JsProxy, jsnull, to_js

from sayso.arrays import F32
from sayso.worker.javascript import Samples, keep_outside, open_blob
from sayso.worker.service import Service

Post = Callable[..., None]
"""JavaScript function (message, transfer): `transfer` is an array of buffers, and may be left out."""
PLAIN = frozenset({bool, int, float, str})
"""Types whose values cross to JavaScript without a conversion."""
COPIED_BYTES = 4096
"""Copying up to this many bytes is quicker than transferring them."""


class Session:
    """A Service whose messages are JavaScript objects with camelCase keys.

    Parameters
    ----------
    post : JavaScript function (message, transfer), which sends a message to the page
    """

    def __init__(self, post: Post) -> None:
        self._post = post
        self._service = Service(self._send, keep=keep_outside)
        self._inbox: F32 = np.zeros(0, np.float32)
        self._from_entries = js.Object.fromEntries  # kept because each look-up makes two proxies

    def ready(self) -> None:
        """Send boot.ready."""
        self._service.ready()

    def receive(self, request: JsProxy) -> None:
        """Take a request `{id, type, payload}`."""
        self._service.receive(_from_js(request.to_py()))

    def pump(self) -> bool:
        """Run one slice of the long request under way; True while there is more to do."""
        return self._service.pump()

    def inbox(self, n_samples: int) -> int:
        """The address, in bytes, of room for a block of float32 samples: quicker to fill than any conversion.

        It is good for all blocks of no more samples, until it is asked for again.
        """
        self._inbox = np.zeros(n_samples, np.float32)
        address: int = self._inbox.__array_interface__["data"][0]
        return address

    def push_audio(self, n_samples: int, position: int) -> int:
        """Take the n_samples in the inbox, the first at `position`; the position up to which no more are needed."""
        return self._service.push_audio(self._inbox[:n_samples].copy(), position)

    def _send(self, message: dict[str, Any]) -> None:
        buffers: list[JsProxy] = []
        readied = to_js(_for_js(message, buffers), dict_converter=self._from_entries)
        self._post(readied, to_js(buffers)) if buffers else self._post(readied)


def _from_js(value: Any) -> Any:
    """Keys to snake_case; Float32Arrays to Samples, other typed arrays to NumPy arrays, blobs to open files."""
    if isinstance(value, dict):
        return {_snake(key): _from_js(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_from_js(item) for item in value]
    if isinstance(value, JsBuffer):
        if value.constructor.name == "Float32Array":
            return Samples(value)
        value = value.to_py()
    elif isinstance(value, JsProxy) and value.constructor.name in ("Blob", "File"):
        return open_blob(value)
    if value is jsnull:
        return None
    return np.asarray(value) if isinstance(value, memoryview) else value


def _for_js(value: Any, buffers: list[JsProxy]) -> Any:
    """Keys to camelCase, None to null, arrays and bytes to typed arrays; large ones are noted for transfer."""
    if isinstance(value, dict):
        return dict(zip(_camel(tuple(value)), _all_for_js(value.values(), buffers), strict=True))
    if isinstance(value, (list, tuple)):
        return _all_for_js(value, buffers)
    if isinstance(value, (bytes, np.ndarray)):
        n_bytes = len(value) if isinstance(value, bytes) else value.nbytes
        if n_bytes > COPIED_BYTES:
            value = to_js(value)  # the copy lies outside of Python's memory, so that it can be transferred
            buffers.append(value.buffer)
        return value
    return jsnull if value is None else value


def _all_for_js(values: Iterable[Any], buffers: list[JsProxy]) -> list[Any]:
    return [value if type(value) in PLAIN else _for_js(value, buffers) for value in values]


def _snake(name: str) -> str:
    return re.sub("([A-Z])", lambda match: "_" + match[1].lower(), name)


@lru_cache(maxsize=1024)
def _camel(names: tuple[str, ...]) -> list[str]:
    return [re.sub("_([a-z])", lambda match: match[1].upper(), name) for name in names]
