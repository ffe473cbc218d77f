"""The page served from its sources: an edit is seen, and nothing of an earlier visit hides it."""

import contextlib
import http.client
import io
import json
import re
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from functools import partial
from pathlib import Path

import pytest
from engine.npm import node
from engine.steps import ROOT
from page.server import PageServer
from page.watch import NO_SERVICE_WORKER, WatchedPage, WatchHandler

SHOWS_WITHIN_S, PATIENCE_S = 15, 120


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A copy of what the page is made of, to edit."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("web", "py/sayso"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="module")
def server(project, tmp_path_factory):
    page = WatchedPage(project, tmp_path_factory.mktemp("made"))
    with PageServer(page.web, "127.0.0.1", 0, partial(WatchHandler, page=page)) as running:
        page.prepare()
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        page.end()
        running.shutdown()
        thread.join()


@pytest.fixture
def get(server):
    def answer_to(path, **headers):
        connection = http.client.HTTPConnection(*server.server_address[:2], timeout=5)
        connection.request("GET", path, headers={"Accept-Encoding": "gzip, br, zstd", **headers})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer, content

    return answer_to


@contextlib.contextmanager
def edited(file, text):
    original = file.read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    try:
        yield
    finally:
        file.write_text(original, encoding="utf-8")


def test_an_edit_of_the_page_is_seen_at_once(project, get):
    file = project / "web" / "style" / "base.css"
    first, content = get("/style/base.css")
    assert content == file.read_bytes()
    for n in range(3):  # within a second, which is all that a time of change tells
        with edited(file, f"/* {n} */"):
            answer, content = get("/style/base.css", **{"If-Modified-Since": first.headers["Last-Modified"]})
            assert (answer.status, content) == (200, f"/* {n} */".encode())


def test_an_edit_of_the_first_file_is_seen_at_once(project, get):
    file = project / "web" / "index.html"
    with edited(file, file.read_text(encoding="utf-8").replace("<title>Sayso", "<title>Another")):
        for path in ("/", "/index.html"):
            answer, content = get(path)
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
            assert b"<title>Another" in content


def test_markup_that_is_missing_is_told_by_name(project, get, capfd):
    file = project / "web" / "index.html"
    with edited(file, file.read_text(encoding="utf-8") + "<!-- views/nowhere.html -->\n"):
        answer, content = get("/")
    assert answer.status == 500
    assert b"views/nowhere.html" in content
    assert "views/nowhere.html" in capfd.readouterr().out
    assert get("/")[0].status == 200


@pytest.mark.parametrize(
    "path", ["/", "/main.js", "/sw.js", "/assets.js", "/runtime/memory.wasm", "/vendor/idb.js", "/voices/sprites.json"]
)
def test_nothing_is_compressed_or_kept(get, path):
    answer, content = get(path)
    assert answer.status == 200
    assert content
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Encoding" not in answer.headers
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/package.json",
        "/worker/wire.d.ts",
        "/runtime/memory.wasm.br",
        "/runtime/",
        "/%2e%2e/pyproject.toml",
        "/made.js",
    ],
)
def test_only_the_page_is_served(get, path):
    assert get(path)[0].status == 404


def test_assets_are_what_is_served(project, get):
    listing = get("/assets.js")[1].decode()
    assets = json.loads(re.search(r"ASSETS = (\[.*\]);", listing, re.DOTALL)[1].replace(",\n]", "\n]"))
    urls = {asset["url"] for asset in assets}
    assert {"main.js", "runtime/memory.wasm", "runtime/library.zip", "voices/sprites.json", "vendor/idb.js"} <= urls
    assert not [url for url in urls if url.endswith((".br", ".zst", ".d.ts", "package.json", "sw.js"))]
    for url in urls:
        assert get(f"/{url}")[0].status == 200, url


VISIT = """
const calls = [], listeners = {};
globalThis.caches = {
  keys: async () => ['sayso http://here/ 1', 'sayso http://here/ 2', 'sayso http://here/sub/ 1', 'another'],
  delete: async (name) => calls.push(`delete ${name}`),
};
globalThis.self = {
  registration: { scope: 'http://here/', unregister: async () => calls.push('unregister') },
  clients: { matchAll: async () => [{ url: 'http://here/#train', navigate: (url) => calls.push(`reload ${url}`) }] },
  skipWaiting: () => calls.push('skip waiting'),
  addEventListener: (type, listener) => (listeners[type] = listener),
};
(0, eval)(process.argv[1]);
let done;
for (const type of ['install', 'activate']) listeners[type]({ waitUntil: (promise) => (done = promise) });
done.then(() => console.log(JSON.stringify({ calls, listening: Object.keys(listeners) })));
"""


def test_a_service_worker_of_an_earlier_visit_gives_way():
    done = subprocess.run([node(), "-e", VISIT, NO_SERVICE_WORKER], check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    caches = ["delete sayso http://here/ 1", "delete sayso http://here/ 2"]
    assert told["calls"] == ["skip waiting", *caches, "unregister", "reload http://here/#train"]
    assert told["listening"] == ["install", "activate"], "it answers no request"


def labels_served(get):
    """The source of a module in the library that the page would load."""
    with zipfile.ZipFile(io.BytesIO(get("/runtime/library.zip")[1])) as library:
        return library.read("sayso/labels.py").decode()


def eventually(condition):
    """Wait for the condition; returns how long that took, in seconds."""
    started_s = time.monotonic()
    while not condition():
        assert time.monotonic() - started_s < PATIENCE_S
        time.sleep(0.1)
    return time.monotonic() - started_s


def test_an_edit_of_the_package_shows_within_15_s_and_the_old_one_is_served_meanwhile(project, get):
    file = project / "py" / "sayso" / "labels.py"
    memory, source = get("/runtime/memory.wasm")[1], file.read_text(encoding="utf-8")
    with edited(file, source + "EDITED = 'at the end of the file'\n"):
        edit_s = eventually(lambda: "EDITED" in labels_served(get))  # every answer on the way was a whole library
        assert get("/runtime/memory.wasm")[1] != memory
    undo_s = eventually(lambda: "EDITED" not in labels_served(get))
    assert min(edit_s, undo_s) < SHOWS_WITHIN_S  # other programs may slow one of them


def test_a_broken_package_is_told_in_a_sentence_and_mended_by_the_next_edit(project, get, monkeypatch):
    file = project / "py" / "sayso" / "labels.py"
    source, said = file.read_text(encoding="utf-8"), []
    monkeypatch.setattr("page.watch.say", said.append)

    def has_said(text):
        return text in "\n".join(said)

    with edited(file, "import nowhere as\n"):
        eventually(lambda: has_said("py/sayso/labels.py, line 1: invalid syntax."))
        assert labels_served(get) == source
        assert get("/main.js")[0].status == 200
        file.write_text("raise ImportError('on purpose')\n", encoding="utf-8")
        eventually(lambda: has_said("on purpose"))
        assert labels_served(get) == source
        file.write_text(source + "MENDED = True\n", encoding="utf-8")
        eventually(lambda: "MENDED" in labels_served(get))
    eventually(lambda: "MENDED" not in labels_served(get))


def test_the_command_serves_the_sources_of_this_clone():
    command = [sys.executable, "-u", ROOT / "build", "serve", "--watch", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        url = next(found[1] for line in process.stdout if (found := re.search(r"Sayso is at http://(\S+)", line)))
        connection = http.client.HTTPConnection(url, timeout=5)
        connection.request("GET", "/sw.js")
        assert connection.getresponse().read().decode() == NO_SERVICE_WORKER
        connection.close()
        process.terminate()
        assert "Stopped." in process.stdout.read()
