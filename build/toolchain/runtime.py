"""What the page's worker loads: Pyodide, compiled parts of NumPy and Sayso, and a snapshot with both imported.

Started the usual way, Python reads, unpacks and imports some 300 modules at every visit. Here the build does it once,
under Node, and saves the interpreter's memory, which web/worker/python.js puts back. `library.zip` holds the modules,
compiled by the interpreter that will load them; the page fetches it only for one that the snapshot lacks.
"""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path

from engine.compress import INPUTS as COMPRESSION
from engine.compress import compress, remove_copies
from engine.console import run
from engine.desk import DESK, desk_python
from engine.npm import NPM, WEB, node, package
from engine.steps import ROOT, Step

from toolchain import pyodide_scripts, wasm
from toolchain.loops import LIBRARY as LOOPS_LIBRARY
from toolchain.loops import STEPS as LOOPS_STEPS
from toolchain.numpy_wasm import NUMPY
from toolchain.wasm import imported_names, with_exports, without_names

BYTECODE = ROOT / "build" / "toolchain" / "bytecode"
SNAPSHOT_SCRIPTS = ROOT / "build" / "toolchain" / "snapshot"
SCRIPTS = Path(pyodide_scripts.__file__)
STARTER = WEB / "worker" / "python.js"
STDLIB, LIBRARY, NOTHING = "python_stdlib.zip", "library.zip", "nothing.zip"
LIBRARY_PATH = "/lib/python314.zip"  # in the interpreter's file system, where Pyodide has the standard library
INTERPRETER = "pyodide.asm.wasm"
PYODIDE_FILES = ("pyodide.mjs", "pyodide.asm.mjs", INTERPRETER)
EXTENSION = re.compile(r"\.cpython-[\w-]+\.so$")
WHEEL_SOURCES = ("py/sayso", "pyproject.toml", "LICENSE")  # relative to the project's folder


def compile_archives(archives: list[Path], folder: Path, *, optimize: int, is_own: bool) -> None:
    """Write zips and wheels to `folder` with the bytecode of their modules; `optimize` as Python's -O counts.

    Archives that are not our own lose their sources and line numbers: tracebacks name functions and where these begin.
    """
    job = folder / "job"
    (job / "in").mkdir(parents=True)
    (job / "out").mkdir()
    for archive in archives:
        shutil.copy(archive, job / "in")
    options = {"optimize": optimize, "keep_lines": is_own, "keep_sources": is_own}
    described = {"prefix": LIBRARY_PATH, "archives": {archive.name: options for archive in archives}}
    (job / "job.json").write_text(json.dumps(described))
    command = [node(), BYTECODE / "compile_archives.mjs", package("pyodide") / "pyodide.mjs", job]
    run(command, log=folder / ".build.log", title="compiling Python modules")
    for archive in archives:
        (job / "out" / archive.name).rename(folder / archive.name)
    shutil.rmtree(job)


def _make_runtime(folder: Path) -> None:
    """Make `page/`: what the page loads of Pyodide and compiled parts, and the library but for Sayso."""
    pyodide, page = package("pyodide"), folder / "page"
    (numpy,) = NUMPY.folder.glob("*.whl")
    archives = [pyodide / STDLIB, numpy]
    compile_archives(archives, folder, optimize=2, is_own=False)  # 2: without docstrings
    page.mkdir()
    for archive in archives:
        _add_modules(folder / archive.name, page / LIBRARY)
        (folder / archive.name).unlink()
    for name in PYODIDE_FILES:
        shutil.copy(pyodide / name, page)
    for name in pyodide_scripts.CHANGES:
        (page / name).write_text(pyodide_scripts.changed(name, (page / name).read_text()))
    with zipfile.ZipFile(numpy) as wheel:
        for name in wheel.namelist():
            if EXTENSION.search(name):
                imported = EXTENSION.sub("", name).replace("/", ".")
                (page / f"{imported}.wasm").write_bytes(without_names(wheel.read(name)))
    for step in LOOPS_STEPS:
        (page / LOOPS_LIBRARY).write_bytes(without_names((step.folder / LOOPS_LIBRARY).read_bytes()))
    interpreter = page / INTERPRETER
    interpreter.write_bytes(with_exports(interpreter.read_bytes(), _names_asked_for(page)))
    compress(page, log=folder / ".build.log")


def _add_modules(archive: Path, library: Path) -> None:
    """Append everything but compiled parts, which are files of their own, to the library."""
    with zipfile.ZipFile(archive) as read, zipfile.ZipFile(library, "a") as written:
        for info in read.infolist():
            if not info.filename.endswith(".so"):
                written.writestr(info, read.read(info), zipfile.ZIP_DEFLATED, 9)


def _names_asked_for(page: Path) -> set[str]:
    """The names that the interpreter may have to export: words in scripts, and what compiled parts import.

    As it comes it exports 8,600 names, most of them for parts that somebody may load one day, and handles each several
    times at the start. A name that only Python code knows, as with ctypes, is not found this way.
    """
    scripts = [*page.glob("*.mjs"), STARTER, *SNAPSHOT_SCRIPTS.glob("*.mjs")]
    words = {word for script in scripts for word in re.findall(r"\w+", script.read_text())}
    imported = (imported_names(module.read_bytes()) for module in page.glob("*.wasm"))
    return words.union({word.removeprefix("_") for word in words}, *imported)


RUNTIME_INPUTS = (
    NPM, NUMPY, *LOOPS_STEPS, BYTECODE, SCRIPTS, SNAPSHOT_SCRIPTS, STARTER, *COMPRESSION,
    Path(wasm.__file__), Path(__file__),
)  # fmt: skip
RUNTIME = Step("runtime", "Python for the page", RUNTIME_INPUTS, _make_runtime)


def build_wheel(folder: Path, *, log: Path, project: Path = ROOT) -> Path:
    """Write to `folder` the wheel that pip would install of `project`."""
    run([desk_python(), "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=project, log=log)
    (wheel,) = folder.glob("sayso-*.whl")
    return wheel


def make_wheel(folder: Path, project: Path = ROOT) -> None:
    """Make the wheel of `project` with the bytecode for the tab beside the sources."""
    wheel = build_wheel(folder / "built", log=folder / ".build.log", project=project)
    compile_archives([wheel], folder, optimize=0, is_own=True)
    shutil.rmtree(folder / "built")


WHEEL_INPUTS: tuple[Path | Step, ...] = (NPM, DESK, BYTECODE, *(ROOT / name for name in WHEEL_SOURCES))
SAYSO_WHEEL = Step("sayso-wheel", "Sayso's wheel", WHEEL_INPUTS, make_wheel)


def make_snapshot(folder: Path, wheels: Path) -> None:
    """Make `page/`: the runtime with the library and the snapshot, of the wheel in `wheels`; neither is compressed."""
    page = folder / "page"
    shutil.copytree(RUNTIME.folder / "page", page)
    (wheel,) = wheels.glob("sayso-*.whl")
    _add_modules(wheel, page / LIBRARY)
    zipfile.ZipFile(page / NOTHING, "w").close()
    _take_snapshot(page, folder / "job", log=folder / ".build.log")


def _take_snapshot(page: Path, job: Path, *, log: Path) -> None:
    """Put the memory of an interpreter with everything imported into `page`, and remove what is in it by then."""
    (job / "worker").mkdir(parents=True)
    shutil.copy(STARTER, job / "worker")
    shutil.copytree(page, job / "runtime")
    shutil.copy(package("pyodide") / "pyodide-lock.json", job / "runtime")
    run([node(), SNAPSHOT_SCRIPTS / "make.mjs", job], log=log, title="importing NumPy and Sayso")
    for name in ("memory.wasm", "libraries.wasm", "snapshot.js"):
        shutil.copy(job / "runtime" / name, page)
    for file in page.glob("*.wasm"):
        if not (job / "runtime" / file.name).exists():  # nothing imports it, or it is in libraries.wasm
            file.unlink()
            remove_copies(file)
    shutil.rmtree(job)


def _compress_snapshot(folder: Path) -> None:
    shutil.copytree(SNAPSHOT.folder / "page", folder / "page")
    compress(folder / "page", log=folder / ".build.log")


SNAPSHOT_INPUTS = (RUNTIME, SAYSO_WHEEL, SNAPSHOT_SCRIPTS, STARTER, Path(__file__))
SNAPSHOT = Step(
    "snapshot",
    "Snapshot of Python with Sayso imported",
    SNAPSHOT_INPUTS,
    lambda folder: make_snapshot(folder, SAYSO_WHEEL.folder),
)
# A step of its own, since it takes five times as long as the snapshot: `serve --watch` does without.
PAGE_RUNTIME = Step("page-runtime", "Compressed copies of the snapshot", (SNAPSHOT, *COMPRESSION), _compress_snapshot)
