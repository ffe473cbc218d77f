"""The façade for the page: with `outside`, the only module that sees JavaScript values. It runs in Pyodide alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import js
import numpy as np
from pyodide.ffi import JsBuffer, JsProxy, jsnull, to_js

from sayso.arrays import F32
from sayso.outside import Samples, keep_outside, open_blob
from sayso.service import Service

Post = Callable[[JsProxy, JsProxy], None]  # (message, objects to transfer)


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
        """The address, in bytes, of room for a block of float32 samples: quicker to fill than any conversion."""
        if self._inbox.size != n_samples:
            self._inbox = np.zeros(n_samples, np.float32)
        address: int = self._inbox.__array_interface__["data"][0]
        return address

    def push_audio(self, n_samples: int, sequence: int) -> None:
        """Take the n_samples in the inbox as block number `sequence`."""
        self._service.push_audio(self._inbox[:n_samples].copy(), sequence)

    def _send(self, message: dict[str, Any]) -> None:
        buffers: list[JsProxy] = []
        readied = _for_js(message, buffers)
        self._post(to_js(readied, dict_converter=js.Object.fromEntries), to_js(buffers))


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
    """Keys to camelCase, None to null, arrays and bytes to typed arrays, which are noted for transfer."""
    if isinstance(value, dict):
        return {_camel(key): _for_js(item, buffers) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_for_js(item, buffers) for item in value]
    if isinstance(value, (bytes, np.ndarray)):
        array = to_js(value)  # a copy
        buffers.append(array.buffer)
        return array
    return jsnull if value is None else value


def _snake(name: str) -> str:
    return re.sub("([A-Z])", lambda match: "_" + match[1].lower(), name)


@lru_cache(maxsize=1024)
def _camel(name: str) -> str:
    return re.sub("_([a-z])", lambda match: match[1].upper(), name)
