"""What the page must never do."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError


class Watch:
    """Notes every request to another origin and every error logged, by pages and workers of a context."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.strangers: list[str] = []
        self.errors: list[str] = []
        self._origin = origin
        self._allowed: list[str] = []
        context.on("request", self._on_request)
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)

    def allow(self, pattern: str) -> None:
        """Pass over the errors that match a regular expression: those that the test provokes."""
        self._allowed.append(pattern)

    def check(self) -> None:
        assert not self.strangers, f"another origin was asked for: {self.strangers}"
        assert not self.errors, f"errors were logged: {self.errors}"

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("blob", "data") and f"{parts.scheme}://{parts.netloc}" != self._origin:
            self.strangers.append(request.url)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note(f"{message.text} ({message.location.get('url')})")

    def _on_error(self, error: WebError) -> None:
        self._note(str(error.error))

    def _note(self, text: str) -> None:
        if not any(re.search(pattern, text) for pattern in self._allowed):
            self.errors.append(text)
