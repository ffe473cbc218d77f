"""Serves dist/ on this machine, with the headers and media types the page relies on."""

from __future__ import annotations

import errno
import http.server
import os
import re
import socket
import sys
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from engine.compress import SUFFIXES
from engine.console import BuildError, say

from page.policy import HEADERS, MEDIA_TYPES

REFUSAL = re.compile(r";\s*q=0(\.0*)?\s*$")  # ends an encoding that a browser does not take
ANY_ADDRESS = {"0.0.0.0", "::"}


class PageHandler(http.server.SimpleHTTPRequestHandler):
    """Static files with the page's headers; only failures are printed."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a small file would wait 40 ms behind its headers, for an acknowledgement
    page_headers = HEADERS
    _encoding = ""  # encoding of the compressed copy that is sent; empty for the file itself
    extensions_map = {**MEDIA_TYPES, "": "application/octet-stream"}  # noqa: RUF012, as the base class declares it

    def end_headers(self) -> None:
        for name, value in self.page_headers.items():
            self.send_header(name, value)
        if self._encoding:
            self.send_header("Content-Encoding", self._encoding)
        super().end_headers()

    def send_head(self) -> Any:
        self._encoding = ""
        return super().send_head()

    def translate_path(self, path: str) -> str:
        """The file to send: a compressed copy where there is one and the browser takes it."""
        file = super().translate_path(path)
        if file.endswith("/") and Path(file, "index.html").is_file():
            file += "index.html"
        offers = re.split(r"\s*,\s*", self.headers.get("Accept-Encoding", ""))
        accepted = {offer.partition(";")[0].strip() for offer in offers if not REFUSAL.search(offer)}
        for encoding, suffix in SUFFIXES.items():
            if encoding in accepted and Path(file + suffix).is_file():
                self._encoding = encoding
                return file + suffix
        return file

    def guess_type(self, path: str | os.PathLike[str]) -> str:
        name = os.fspath(path)
        return super().guess_type(name.removesuffix(SUFFIXES[self._encoding]) if self._encoding else name)

    def list_directory(self, path: object) -> None:
        """A folder without an index.html is not a page."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        if isinstance(code, int) and code >= HTTPStatus.BAD_REQUEST:
            super().log_request(code, size)


class PageServer(http.server.ThreadingHTTPServer):
    """Serves one folder until it is shut down. Port 0 takes a free one; `handler` answers each request."""

    allow_reuse_address = sys.platform != "win32"  # Windows would let two servers share a port

    def __init__(self, folder: Path, host: str, port: int, handler: Callable[..., PageHandler] = PageHandler) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            super().__init__((host, port), partial(handler, directory=str(folder)))
        except OSError as error:
            raise BuildError(_bind_failure(error, host, port)) from error

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        name = "localhost" if host in ("127.0.0.1", *ANY_ADDRESS) else str(host)
        return f"http://{name}:{port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up in the middle of a file is not an error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _bind_failure(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken. Choose another: python3 build serve --port {port + 1}"
    if error.errno == errno.EACCES:
        return f"Port {port} is not open to you. Choose one above 1023: python3 build serve --port 8000"
    return f"Cannot serve on {host}:{port}: {error.strerror or error}"


def serve(server: PageServer, prepare: Callable[[], object]) -> None:
    """`prepare` what a server that has its port is to serve, and serve it until Ctrl-C."""
    with server:
        prepare()
        say(f"Sayso is at {server.url}  (Ctrl-C stops it)")
        if server.server_address[0] in ANY_ADDRESS:
            say("Other machines can open it too, but browsers give the microphone only to localhost and to https.")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            say("\nStopped.")
