"""The page's runtime with Pyodide as it comes: the benchmark compares starting from a snapshot with it."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from engine.compress import INPUTS as COMPRESSION
from engine.compress import compress
from engine.console import run
from engine.desk import DESK, desk_python
from engine.npm import NPM, package
from engine.steps import ROOT, Step

from toolchain.numpy_wasm import NUMPY
from toolchain.runtime import PYODIDE_FILES, STDLIB, WHEEL_SOURCES, build_wheel

MICROPIP = ROOT / "build" / "toolchain" / "stock_requirements.txt"


def _lock_file(wheels: list[Path]) -> dict[str, object]:
    """A pyodide-lock.json that knows the wheels and nothing else, with Pyodide's own entries for them."""
    original = json.loads((package("pyodide") / "pyodide-lock.json").read_text())
    packages = {}
    for wheel in wheels:
        name, version = wheel.name.split("-")[:2]
        content_hash = hashlib.sha256(wheel.read_bytes()).hexdigest()
        packages[name] = original["packages"][name] | {
            "version": version, "file_name": wheel.name, "sha256": content_hash,
        }  # fmt: skip
    return {"info": original["info"], "packages": packages}


def _make(folder: Path) -> None:
    page, log = folder / "page", folder / ".build.log"
    page.mkdir()
    for name in (*PYODIDE_FILES, STDLIB):
        shutil.copy(package("pyodide") / name, page)
    pip = [desk_python(), "-m", "pip", "--disable-pip-version-check", "--no-input", "download", "--no-deps"]
    options = [
        "--python-version",
        "3.14",
        "--only-binary=:all:",
        "--require-hashes",
    ]  # this micropip requires it
    run([*pip, *options, "-r", MICROPIP, "-d", page], log=log)
    (numpy,) = NUMPY.folder.glob("*.whl")
    shutil.copy(numpy, page)
    lock = _lock_file([*page.glob("micropip-*.whl"), page / numpy.name])
    (page / "pyodide-lock.json").write_text(json.dumps(lock))
    wheel = build_wheel(page, log=log)
    (page / "snapshot.js").write_text(f"export const SNAPSHOT = {json.dumps({'wheel': wheel.name})};\n")
    compress(page, log=log)


STOCK_INPUTS = (
    NPM, NUMPY, DESK, MICROPIP, *(ROOT / name for name in WHEEL_SOURCES), *COMPRESSION, Path(__file__),
)  # fmt: skip
STOCK = Step("stock-runtime", "Pyodide as it comes", STOCK_INPUTS, _make)
