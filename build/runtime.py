"""What the page's worker loads: Pyodide, the standard library, NumPy and micropip, and Sayso's own wheel.

The modules are shipped compiled, by the interpreter that will load them: with the sources that Pyodide's packages
hold, every visit would compile them again, and starting would take 2.4 times as long.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

from console import BuildError, run
from desk import DESK, desk_python
from npm import NPM, node, package
from numpy_wasm import NUMPY
from steps import ROOT, Step

BYTECODE = ROOT / "build" / "bytecode"
MICROPIP = ROOT / "build" / "runtime_requirements.txt"
STDLIB = "python_stdlib.zip"
SITE_PACKAGES = "/lib/python3.14/site-packages"
PYODIDE_FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
CDN = re.compile(r"`https://cdn\.jsdelivr\.net/[^`]*`")
WHEEL_SOURCES = tuple(ROOT / name for name in ("py/sayso", "pyproject.toml", "LICENSE"))


def compile_archives(archives: list[Path], folder: Path, *, keep_sources: bool) -> None:
    """Write zips and wheels to `folder` with the bytecode of their modules."""
    job = folder / "job"
    (job / "in").mkdir(parents=True)
    (job / "out").mkdir()
    prefixes = {STDLIB: "/lib/python314.zip"}
    options = {}
    for archive in archives:
        shutil.copy(archive, job / "in")
        prefix = prefixes.get(archive.name, SITE_PACKAGES)
        options[archive.name] = {"prefix": prefix, "keep_sources": keep_sources}
    (job / "job.json").write_text(json.dumps(options))
    command = [node(), BYTECODE / "compile_archives.mjs", package("pyodide") / "pyodide.mjs", job]
    run(command, log=folder / ".build.log", title="compiling Python modules")
    for archive in archives:
        (job / "out" / archive.name).rename(folder / archive.name)
    shutil.rmtree(job)


def lock_file(folder: Path) -> dict[str, object]:
    """A pyodide-lock.json that knows the wheels of `folder` and nothing else, with Pyodide's own entries for them."""
    original = json.loads((package("pyodide") / "pyodide-lock.json").read_text())
    packages = {}
    for wheel in sorted(folder.glob("*.whl")):
        name, version = wheel.name.split("-")[:2]
        content_hash = hashlib.sha256(wheel.read_bytes()).hexdigest()
        known = original["packages"][name]
        packages[name] = {**known, "version": version, "file_name": wheel.name, "sha256": content_hash}
    return {"info": original["info"], "packages": packages}


def without_cdn(source: str) -> str:
    """pyodide.mjs with its own folder as the place of last resort for packages: the page contacts no other host."""
    changed, n_found = CDN.subn('"./"', source)
    if n_found != 1:
        raise BuildError(f"pyodide.mjs names its CDN {n_found} times, expected once: see CDN in build/runtime.py.")
    return changed.replace("//# sourceMappingURL=pyodide.mjs.map", "")


def _make_runtime(folder: Path) -> None:
    pyodide, downloads = package("pyodide"), folder / "downloads"
    pip = [desk_python(), "-m", "pip", "--disable-pip-version-check", "--no-input", "download", "--no-deps"]
    options = ["--python-version", "3.14", "--only-binary=:all:", "--require-hashes"]  # micropip wants Pyodide's Python
    log = folder / ".build.log"
    run([*pip, *options, "-r", MICROPIP, "-d", downloads], log=log)
    (numpy,) = NUMPY.folder.glob("*.whl")
    (micropip,) = downloads.glob("*.whl")
    compile_archives([pyodide / STDLIB, numpy, micropip], folder, keep_sources=False)
    shutil.rmtree(downloads)
    for name in PYODIDE_FILES:
        shutil.copy(pyodide / name, folder)
    module = folder / "pyodide.mjs"
    module.write_text(without_cdn(module.read_text()))
    (folder / "pyodide-lock.json").write_text(json.dumps(lock_file(folder), indent=1, sort_keys=True) + "\n")


RUNTIME = Step("runtime", "Python for the page", (NPM, NUMPY, DESK, MICROPIP, BYTECODE, Path(__file__)), _make_runtime)


def _make_wheel(folder: Path) -> None:
    """The wheel pip would install, with the bytecode for the tab beside the sources; the desk ignores it."""
    built = folder / "built"
    hatchling = [desk_python(), "-m", "hatchling", "build", "-t", "wheel", "-d", built]
    run(hatchling, cwd=ROOT, log=folder / ".build.log")
    (wheel,) = built.glob("*.whl")
    compile_archives([wheel], folder, keep_sources=True)
    shutil.rmtree(built)


SAYSO_WHEEL = Step("sayso-wheel", "Sayso's wheel", (NPM, DESK, BYTECODE, *WHEEL_SOURCES), _make_wheel)
