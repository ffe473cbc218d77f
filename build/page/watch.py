"""Serves the page from its sources: what is edited in web/ shows at the next reload, what is edited in py/ soon after.

Files of web/ are served as they lie there, uncompressed and never to be kept. Python's snapshot is made anew after each
edit of py/, beside the one that is served, and takes its place when it is whole. One file of web/ has no effect on it
before the next start: worker/python.js, which the snapshot is also made with.
"""

from __future__ import annotations

import http.server
import io
import re
import shutil
import threading
import time
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from engine.compress import SUFFIXES
from engine.console import BuildError, say
from engine.steps import ROOT, files_under
from toolchain.runtime import RUNTIME, SNAPSHOT, WHEEL_SOURCES, make_snapshot, make_wheel

from page.bundle import VOICES, assets_text, is_for_the_page, page_sources, write_vendor
from page.markup import page_html
from page.policy import HEADERS
from page.server import PageHandler, PageServer, serve

POLL_S = 0.5
LEFT_BY_PROGRAMS = re.compile(r"^\.|~$|\.pyc$")  # names of files beside the sources that are none of them
MADE = ("runtime", "voices", "vendor")  # the page's folders that are not in web/
# Takes the place of sw.js: a service worker of an earlier visit would go on showing the page of that visit.
NO_SERVICE_WORKER = """\
const scope = self.registration.scope;
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(leave()));
async function leave() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(`sayso ${scope} `)).map((name) => caches.delete(name)));
  await self.registration.unregister();
  for (const page of await self.clients.matchAll({ type: 'window' })) page.navigate(page.url); // if it came from there
}
"""


class WatchedPage:
    """The files of a page that is being worked on.

    Parameters
    ----------
    project : the repository's folder, with web/ and py/
    made : an empty folder, for what has to be made of them
    """

    def __init__(self, project: Path, made: Path) -> None:
        self.web = project / "web"
        self._project = project
        self._made = made
        self._runtime = made  # the folder of the snapshot that is served
        self._n_made = 0
        self._seen: dict[str, tuple[int, int]] = {}
        self._ended = threading.Event()

    def prepare(self) -> None:
        """Make what is not in web/, and begin to watch py/.

        Raises
        ------
        BuildError : a step failed, or the package has a syntax error
        """
        self._seen = self._state()
        write_vendor(self._made / "vendor")
        _copy_made(VOICES.ensure(), self._made / "voices")
        if self._project == ROOT:
            self._serve_runtime(SNAPSHOT.ensure() / "page")
        else:
            self._make_runtime()
        threading.Thread(target=self._watch, daemon=True).start()

    def end(self) -> None:
        """Have no more made."""
        self._ended.set()

    def file(self, name: str) -> Path:
        """The file of an address below the page's."""
        first, _, rest = name.partition("/")
        if first == "runtime":
            return self._runtime / rest
        if first in MADE:
            return self._made / name
        return self.web / name

    def text(self, name: str) -> str | None:
        """The content of a file that is neither in web/ nor made beforehand."""
        if name == "index.html":
            return page_html(self.web)
        if name == "assets.js":
            return assets_text("watched", [*page_sources(self.web), *self._made_files()])
        return NO_SERVICE_WORKER if name == "sw.js" else None

    def _made_files(self) -> Iterator[tuple[str, Path]]:
        for folder in MADE:
            there = self.file(folder)
            yield from ((f"{folder}/{file.relative_to(there).as_posix()}", file) for file in files_under(there))

    def _state(self) -> dict[str, tuple[int, int]]:
        """Time of change and size of each file the package is made of, by its path in the project."""
        state = {}
        for source in WHEEL_SOURCES:
            for file in files_under(self._project / source):
                if not LEFT_BY_PROGRAMS.search(file.name):
                    found = file.stat()
                    state[file.relative_to(self._project).as_posix()] = found.st_mtime_ns, found.st_size
        return state

    def _watch(self) -> None:
        while not self._ended.wait(POLL_S):
            try:
                state = self._state()
            except FileNotFoundError:  # an editor is about to put a new file in its place
                continue
            changed = {name for name, _ in state.items() ^ self._seen.items()}
            if changed:
                self._seen = state
                self._follow(", ".join(sorted(changed)))

    def _follow(self, names: str) -> None:
        """Make the snapshot anew after an edit of these files, and say how that went; a failure leaves the old one."""
        started_s = time.monotonic()
        say(f"\n{names}: changed")
        try:
            self._make_runtime()
        except Exception as error:  # whatever it is, the next edit may mend it
            if not self._ended.is_set():
                say(f"{error}\nThe page keeps the Sayso it had, until an edit mends this.")
        else:
            say(f"{names}: shows when the page is reloaded, {time.monotonic() - started_s:.0f} s after the edit")

    def _make_runtime(self) -> None:
        """Make the snapshot of a copy of the sources, which no edit changes meanwhile, and serve it.

        It is made outside the cache, which another build may hold for minutes.
        """
        RUNTIME.ensure()
        with TemporaryDirectory(dir=self._made) as folder:
            project, wheels, made = (Path(folder, name) for name in ("project", "wheels", "made"))
            for name in self._state():
                copy = project / name
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self._project / name, copy)
                if copy.suffix == ".py":
                    _check_syntax(copy, name)
            make_wheel(wheels, project)
            make_snapshot(made, wheels)
            self._serve_runtime(made / "page")

    def _serve_runtime(self, page: Path) -> None:
        """Serve a copy of this runtime. The one served before stays until the next, since a page may be loading it."""
        self._n_made += 1
        runtime = self._made / f"runtime-{self._n_made}"
        _copy_made(page, runtime)
        self._runtime = runtime
        shutil.rmtree(self._made / f"runtime-{self._n_made - 2}", ignore_errors=True)


def _check_syntax(file: Path, name: str) -> None:
    """A BuildError that tells where, for a file that is no Python."""
    try:
        compile(file.read_bytes(), name, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise BuildError(f"{name}, line {error.lineno}: {error.msg}.") from error
    except ValueError as error:  # the file has a null byte
        raise BuildError(f"{name}: {error}.") from error


def _copy_made(folder: Path, target: Path) -> None:
    """Copy what a step made, but for hidden and compressed files: the cache may forget the step's own."""
    hidden = shutil.ignore_patterns(".*", *(f"*{suffix}" for suffix in SUFFIXES.values()))
    shutil.copytree(folder, target, ignore=hidden, copy_function=shutil.copyfile)


class WatchHandler(PageHandler):
    """Sends the files of a watched page as they are at that moment."""

    page_headers = {**HEADERS, "Cache-Control": "no-store"}  # noqa: RUF012, as in the base class

    def __init__(self, *arguments: Any, page: WatchedPage, **options: Any) -> None:
        self._page = page
        super().__init__(*arguments, **options)  # the base class answers the request in here

    def translate_path(self, path: str) -> str:
        return str(self._page.file(self._name(path)))

    def send_head(self) -> Any:
        del self.headers["If-Modified-Since"]  # a second is too coarse to tell two edits apart
        name = self._name(self.path)
        if not is_for_the_page(name):
            return self.send_error(HTTPStatus.NOT_FOUND)
        try:
            text = self._page.text(name)
        except (BuildError, FileNotFoundError) as error:
            say(f"\n{error}")
            return self._send_text(HTTPStatus.INTERNAL_SERVER_ERROR, str(error), "error.txt")
        return super().send_head() if text is None else self._send_text(HTTPStatus.OK, text, name)

    def _name(self, path: str) -> str:
        """The file that an address means, by its path below the page's folder."""
        file = http.server.SimpleHTTPRequestHandler.translate_path(self, path)  # takes care of ".." and of queries
        name = Path(file).relative_to(self.directory).as_posix()
        return "index.html" if name == "." else name

    def _send_text(self, status: HTTPStatus, text: str, name: str) -> io.BytesIO:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", self.guess_type(name))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return io.BytesIO(content)


def serve_watched(host: str, port: int, project: Path = ROOT) -> None:
    """Serve the page of `project` from its sources until Ctrl-C."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as made:
        page = WatchedPage(project, Path(made))
        try:
            serve(PageServer(page.web, host, port, partial(WatchHandler, page=page)), page.prepare)
        finally:
            page.end()
