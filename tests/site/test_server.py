"""The server: the right headers, files of the page alone, and errors that say what to do."""

import http.client
import threading

import pytest
from engine.console import BuildError
from page.policy import CONTENT_SECURITY_POLICY
from page.server import PageServer


@pytest.fixture
def page(tmp_path):
    folder = tmp_path / "page"
    (folder / "empty").mkdir(parents=True)
    (folder / "index.html").write_text("<p>Hello</p>")
    for name in ("module.mjs", "voice.ogg", "main.wasm", "model.safetensors"):
        (folder / name).write_bytes(b"content")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.fixture
def server(page):
    with PageServer(page, "127.0.0.1", 0) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def answer_to(server, path, **headers):
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=5)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/module.mjs", "text/javascript; charset=utf-8"),
        ("/voice.ogg", "audio/ogg"),
        ("/main.wasm", "application/wasm"),
        ("/model.safetensors", "application/octet-stream"),
    ],
)
def test_media_types_and_headers(server, path, media_type):
    answer, content = answer_to(server, path)
    assert answer.status == 200
    assert content
    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_an_unchanged_file_is_not_sent_again(server):
    first, _ = answer_to(server, "/main.wasm")
    second, content = answer_to(server, "/main.wasm", **{"If-Modified-Since": first.headers["Last-Modified"]})
    assert second.status == 304
    assert not content


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip, br;q=0.5, zstd;q=0", "br"),
        ("gzip;q=1.0", None),
        ("", None),
    ],
)
def test_the_first_copy_is_sent_that_the_browser_takes(server, page, accepted, encoding):
    for suffix in (".br", ".zst"):
        (page / f"main.wasm{suffix}").write_text(suffix)
    answer, content = answer_to(server, "/main.wasm", **{"Accept-Encoding": accepted})
    assert answer.headers["Content-Encoding"] == encoding
    assert answer.headers["Content-Type"] == "application/wasm"
    assert content == {"zstd": b".zst", "br": b".br", None: b"content"}[encoding]


@pytest.mark.parametrize("path", ["/missing.js", "/empty/", "/../secret.txt", "/%2e%2e/secret.txt"])
def test_only_the_page_is_served(server, path, capfd):
    answer, content = answer_to(server, path)
    assert answer.status == 404
    assert b"secret" not in content


def test_a_taken_port_is_named_with_another(server, page):
    port = server.server_address[1]
    with pytest.raises(BuildError, match=rf"Port {port} is taken.*--port {port + 1}"):
        PageServer(page, "127.0.0.1", port)


def test_this_machine_is_called_localhost(server):
    assert server.url == f"http://localhost:{server.server_address[1]}"
