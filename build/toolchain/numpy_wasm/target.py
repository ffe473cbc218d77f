"""A folder that describes the target to compilers: headers, the symbols Pyodide offers, drivers.

sysroot/include    Emscripten's C headers
simd/              headers by which NumPy's loops become vectors
python/            Python's headers, with a pyconfig.h of the values Pyodide was built with
sysconfig.json     those values
exports.txt        what a side module may link against
bin/               wcc, wcxx, war, wranlib, target-python
"""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

from engine.console import BuildError, output_of
from engine.desk import python_of
from engine.npm import NPM, node, package
from engine.steps import Step

from toolchain.numpy_wasm.changes import NUMPY_HEADERS
from toolchain.numpy_wasm.sources import DEBIAN, HERE, TOOLS

PYTHON = "3.14"  # the Python of Pyodide 314
TAG = "cp314-cp314-pyemscripten_2026_0_wasm32"
SYSCONFIG = "_sysconfigdata__emscripten_wasm32-emscripten.py"
SSE_HEADERS = ("xmmintrin.h", "emmintrin.h", "pmmintrin.h", "tmmintrin.h", "smmintrin.h", "nmmintrin.h")
DRIVER_FILES = ("compiler_driver.py", "target_python.py", "libcxx_site.h", "compat.h")


def _target_sysconfig() -> dict[str, object]:
    """What Pyodide's own interpreter records of how it was built."""
    with zipfile.ZipFile(package("pyodide") / "python_stdlib.zip") as library:
        scope: dict[str, dict[str, object]] = {}
        exec(compile(library.read(SYSCONFIG), SYSCONFIG, "exec"), scope)
    variables = scope["build_time_vars"]
    if variables["VERSION"] != PYTHON:
        found = variables["VERSION"]
        raise BuildError(f"Pyodide brings Python {found}; build/toolchain/numpy_wasm is written for {PYTHON}.")
    return variables


def pyconfig(names_from: str, values: Mapping[str, object]) -> str:
    """A pyconfig.h with the names that another platform's has, and the target's values for them."""
    names = set(re.findall(r"^\s*(?:#\s*define|/\*\s*#\s*undef)\s+([A-Za-z_]\w*)", names_from, re.MULTILINE))
    lines = [f"#define {name} {values[name]}" for name in sorted(names) if values.get(name) not in (None, 0, "")]
    return "\n".join(["#ifndef Py_PYCONFIG_H", "#define Py_PYCONFIG_H", *lines, "#endif", ""])


def _script(path: Path, *command: str | Path) -> None:
    quoted = " ".join(f'"{part}"' for part in command)
    path.write_text(f'#!/bin/sh\nexec {quoted} "$@"\n')
    path.chmod(0o755)


def _make(folder: Path) -> None:
    system = DEBIAN.folder / "files/usr/share/emscripten/system"
    musl = system / "lib/libc/musl"
    for headers in (musl / "include", musl / "arch/generic", musl / "arch/emscripten", system / "include"):
        shutil.copytree(headers, folder / "sysroot/include", dirs_exist_ok=True)

    (folder / "simd").mkdir()
    for header in (*(system / "include/compat" / name for name in SSE_HEADERS), *NUMPY_HEADERS):
        shutil.copy(header, folder / "simd")

    includes = DEBIAN.folder / "files/usr/include"
    shutil.copytree(includes / f"python{PYTHON}", folder / "python")
    (native,) = includes.glob(f"*/python{PYTHON}/pyconfig.h")
    values = _target_sysconfig()
    (folder / "python/pyconfig.h").write_text(pyconfig(native.read_text(), values))
    (folder / "sysconfig.json").write_text(json.dumps(values))

    wasm = package("pyodide") / "pyodide.asm.wasm"
    (folder / "exports.txt").write_text(output_of(node(), HERE / "exports.mjs", wasm))

    bin_folder = folder / "bin"
    bin_folder.mkdir()
    for name in DRIVER_FILES:
        shutil.copy(HERE / name, bin_folder)
    python = python_of(TOOLS.folder / "env")
    _script(bin_folder / "wcc", python, bin_folder / "compiler_driver.py", "c")
    _script(bin_folder / "wcxx", python, bin_folder / "compiler_driver.py", "c++")
    _script(bin_folder / "war", python, "-m", "ziglang", "ar")
    _script(bin_folder / "wranlib", python, "-m", "ziglang", "ranlib")
    _script(bin_folder / "target-python", python, bin_folder / "target_python.py")


TARGET = Step(
    "wasm-target",
    "Description of the WebAssembly target",
    (NPM, TOOLS, DEBIAN, Path(__file__), HERE / "exports.mjs", *NUMPY_HEADERS, *(HERE / name for name in DRIVER_FILES)),
    _make,
)
