"""The NumPy wheel: packed from our own build and checked under Node, or else the one Pyodide's lock file names."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import platform
import re
import shutil
import tomllib
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

from engine.console import BuildError, Progress, run, say
from engine.npm import NPM, node, package
from engine.steps import CACHE, Step

from toolchain.numpy_wasm.compile import NUMPY_BUILD, OPENBLAS
from toolchain.numpy_wasm.sources import HERE, NUMPY_VERSION, check_sha256
from toolchain.numpy_wasm.target import TAG

WHEEL = f"numpy-{NUMPY_VERSION}-{TAG}.whl"
DIST_INFO = f"numpy-{NUMPY_VERSION}.dist-info"
CHECK = HERE / "check.mjs"
LEFT_OUT_FOLDERS = {"tests", "distutils", "f2py", "_pyinstaller", "__pycache__"}
LEFT_OUT_FILES = (".a", ".h", ".pyi", ".pyx", ".pxd", ".ini", ".pc", "conftest.py")
STOCK_URL = "https://cdn.jsdelivr.net/pyodide/v{version}/full/{file_name}"
TIMESTAMP = (2026, 1, 1, 0, 0, 0)  # one for all files, so that the same build gives the same wheel


def _neutral(content: bytes) -> bytes:
    """The content without the paths of this machine that NumPy records of its build."""
    return re.sub(re.escape(os.fsencode(CACHE)) + rb"/[^\"'\n]*?([^/\"'\n]+)(?=[\"'\n])", rb"\1", content)


def _contents() -> Iterator[tuple[str, bytes]]:
    """Every file of the wheel but RECORD: its name in there and its content."""
    (numpy,) = (path for path in NUMPY_BUILD.folder.glob("installed/**/site-packages/numpy") if path.is_dir())
    for folder, folders, names in os.walk(numpy):
        folders[:] = sorted(set(folders) - LEFT_OUT_FOLDERS)
        for name in sorted(names):
            if not name.endswith(LEFT_OUT_FILES):
                path = Path(folder, name)
                content = path.read_bytes()
                yield path.relative_to(numpy.parent).as_posix(), _neutral(content) if name.endswith(".py") else content
    source = NUMPY_BUILD.folder / "source"
    project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
    licence = f"License-Expression: {project['license']}\n"
    yield f"{DIST_INFO}/METADATA", f"Metadata-Version: 2.4\nName: numpy\nVersion: {NUMPY_VERSION}\n{licence}".encode()
    yield f"{DIST_INFO}/WHEEL", f"Wheel-Version: 1.0\nGenerator: sayso\nRoot-Is-Purelib: false\nTag: {TAG}\n".encode()
    for file in project["license-files"]:
        yield f"{DIST_INFO}/licenses/{file}", (source / file).read_bytes()
    yield f"{DIST_INFO}/licenses/OpenBLAS.txt", (OPENBLAS.folder / "source/LICENSE").read_bytes()


def _pack(wheel: Path) -> None:
    record = []
    own_path = os.fsencode(CACHE)
    with zipfile.ZipFile(wheel, "w") as archive:

        def add(name: str, content: bytes) -> None:
            if own_path in content:
                raise BuildError(f"{name} of the NumPy wheel holds a path of this machine.")
            archive.writestr(zipfile.ZipInfo(name, TIMESTAMP), content, zipfile.ZIP_DEFLATED, 9)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
            record.append(f"{name},sha256={digest},{len(content)}\n")

        for name, content in _contents():
            add(name, content)
        record.append(f"{DIST_INFO}/RECORD,,\n")
        archive.writestr(zipfile.ZipInfo(f"{DIST_INFO}/RECORD", TIMESTAMP), "".join(record))


def _make_own(folder: Path) -> None:
    _pack(folder / WHEEL)
    log = folder / "check.log"
    run([node(), CHECK, package("pyodide") / "pyodide.mjs", folder / WHEEL], log=log)
    say(f"  {log.read_text().splitlines()[-1]}")


def _fetch_stock(folder: Path) -> None:
    """Pyodide's own wheel, checked against the lock file that npm's integrity hash vouches for."""
    pyodide = package("pyodide")
    version = json.loads((pyodide / "package.json").read_text())["version"]
    entry = json.loads((pyodide / "pyodide-lock.json").read_text())["packages"]["numpy"]
    url = STOCK_URL.format(version=version, file_name=entry["file_name"])
    say(f"  Not built here, for want of Debian's archive: taken from {url}. Training will be slower.")
    progress = Progress()
    try:
        with urllib.request.urlopen(url, timeout=60) as answer, (folder / entry["file_name"]).open("wb") as file:
            n_total, n_read = int(answer.headers.get("Content-Length") or 0), 0
            while block := answer.read(1 << 16):
                n_read += file.write(block)
                progress.show(entry["file_name"], n_read / n_total if n_total else None)
    except OSError as error:
        raise BuildError(f"Could not download {url}: {error}. It takes a connection, or Debian.") from error
    finally:
        progress.clear()
    check_sha256(folder / entry["file_name"], entry["sha256"])


def _is_debian() -> bool:
    if not shutil.which("apt-get"):
        return False
    try:
        return platform.freedesktop_os_release().get("ID") == "debian"
    except OSError:
        return False


IS_OWN = _is_debian() and os.environ.get("SAYSO_NUMPY") != "stock"
if IS_OWN:
    inputs = (NUMPY_BUILD, OPENBLAS, NPM, CHECK, CHECK.with_suffix(".py"), Path(__file__))
    NUMPY = Step("numpy", "NumPy wheel with OpenBLAS", inputs, _make_own)
else:
    NUMPY = Step("numpy-stock", "NumPy wheel of Pyodide", (NPM,), _fetch_stock)
