"""The part of OpenBLAS that NumPy calls, and NumPy itself, compiled for the target."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.console import BuildError, output_of, run
from engine.steps import Step

from toolchain.numpy_wasm.changes import CHANGES, OPENBLAS_FILES, RFFT_PAIRS, change_numpy, change_openblas
from toolchain.numpy_wasm.sources import (
    DEBIAN,
    HERE,
    NUMPY_SOURCE,
    TOOLS,
    numpy_archive,
    openblas_archive,
    openblas_version,
    tool_environment,
    unpack,
)
from toolchain.numpy_wasm.target import TARGET

OBJECT_NAMES = HERE / "openblas_objects.txt"

# `make` in the same tree, or options without the emulated OS, would mix in objects of this machine.
OPENBLAS_OPTIONS = (
    *("CMAKE_BUILD_TYPE=Release", "TARGET=WASM128_GENERIC", "OS_EMSCRIPTEN=1", "BINARY=32"),
    *("NUM_THREADS=1", "USE_THREAD=0", "NOFORTRAN=1", "ONLY_CBLAS=1", "BUILD_WITHOUT_LAPACK=ON"),
    *("BUILD_WITHOUT_LAPACKE=ON", "BUILD_TESTING=OFF", "BUILD_SHARED_LIBS=OFF"),
)

CMAKE_TOOLCHAIN = """\
set(CMAKE_SYSTEM_NAME Emscripten)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_C_COMPILER {bin}/wcc)
set(CMAKE_AR {bin}/war)
set(CMAKE_RANLIB {bin}/wranlib)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
"""

PKG_CONFIG = """\
Name: openblas
Description: OpenBLAS for WebAssembly
Version: {version}
Libs: {folder}/libopenblas.a
Cflags: -I{folder}/include
"""

MESON_CROSS = """\
[binaries]
c = '{bin}/wcc'
cpp = '{bin}/wcxx'
ar = '{bin}/war'
ranlib = '{bin}/wranlib'
strip = 'true'
python3 = '{bin}/target-python'
python = '{bin}/target-python'
cython = 'cython'
pkg-config = '{tools}/pkgconf'
exe_wrapper = 'node'
[properties]
pkg_config_libdir = '{openblas}/pkgconfig'
needs_exe_wrapper = true
skip_sanity_check = true
longdouble_format = 'IEEE_QUAD_LE'
[built-in options]
c_args = ['-I{simd}', '-include', 'numpy_simd.h']
cpp_args = ['-I{simd}', '-include', 'numpy_simd.h']
[host_machine]
system = 'emscripten'
cpu_family = 'wasm32'
cpu = 'wasm'
endian = 'little'
"""


def _objects(build: Path) -> list[str]:
    """The build targets of the objects that openblas_objects.txt lists: some 150 of OpenBLAS's 1,500."""
    listing = output_of(TOOLS.folder / "env/bin/ninja", "-C", build, "-t", "targets", "all")
    wanted = set(OBJECT_NAMES.read_text().split())
    found: dict[str, str] = {}
    for line in listing.splitlines():
        target = line.split(":")[0]
        name = target.rpartition("/")[2].removesuffix(".c.o")
        if target.endswith(".c.o") and name in wanted and "interface.dir/CMakeFiles/xerbla" not in target:
            found[name] = target
    if missing := wanted - found.keys():
        raise BuildError(f"OpenBLAS {openblas_version()} has no {', '.join(sorted(missing))}: see {OBJECT_NAMES.name}.")
    return [found[name] for name in sorted(found)]


def _make_openblas(folder: Path) -> None:
    source, build, log, env = folder / "source", folder / "source/build", folder / "build.log", tool_environment()
    bin_folder = TARGET.folder / "bin"
    unpack(openblas_archive(), source)
    change_openblas(source)
    toolchain = folder / "toolchain.cmake"
    toolchain.write_text(CMAKE_TOOLCHAIN.format(bin=bin_folder))
    options = [f"-D{option}" for option in OPENBLAS_OPTIONS]
    configure = ["cmake", "-G", "Ninja", "-S", source, "-B", build, f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", *options]
    run(configure, env=env, log=log)
    objects = _objects(build)
    run(["ninja", "-C", build, *objects], env=env, log=log, title="compiling OpenBLAS")
    library = folder / "libopenblas.a"
    library.unlink(missing_ok=True)
    run([bin_folder / "war", "rcsD", library, *objects], cwd=build, log=log)

    for name in ("include", "pkgconfig"):
        (folder / name).mkdir(exist_ok=True)
    for header in (build / "generated/cblas.h", build / "openblas_config.h"):
        (folder / "include" / header.name).write_bytes(header.read_bytes())
    (folder / "pkgconfig/openblas.pc").write_text(PKG_CONFIG.format(version=openblas_version(), folder=folder))


OPENBLAS = Step(
    "wasm-openblas",
    "OpenBLAS for WebAssembly",
    (TARGET, DEBIAN, TOOLS, OBJECT_NAMES, CHANGES, *OPENBLAS_FILES, Path(__file__)),
    _make_openblas,
    resumable=True,
)


def _make_numpy(folder: Path) -> None:
    source, build, log, env = folder / "source", folder / "source/build", folder / "build.log", tool_environment()
    log.unlink(missing_ok=True)
    unpack(numpy_archive(), source)
    cross = folder / "cross.ini"
    folders = {"bin": TARGET.folder / "bin", "simd": TARGET.folder / "simd", "tools": TOOLS.folder / "env/bin"}
    cross.write_text(MESON_CROSS.format(**folders, openblas=OPENBLAS.folder))
    meson = ["python3", source / "vendored-meson/meson/meson.py"]
    if not (build / "build.ninja").exists():
        _ask_for_target_python(source / "meson.build")
        change_numpy(source)
        settings = ["-Dblas=openblas", "-Dlapack=none", "-Dbuildtype=release", "-Doptimization=3"]
        shutil.rmtree(build, ignore_errors=True)
        run([*meson, "setup", build, "--cross-file", cross, *settings], cwd=source, env=env, log=log)
        if "openblas found: YES" not in log.read_text(errors="replace"):  # Meson would go on without it, in silence
            raise BuildError(f"NumPy's configuration did not find OpenBLAS: see {log}")
    run(["ninja", "-C", build], env=env, log=log, title="compiling NumPy")
    install = [*meson, "install", "-C", build, "--no-rebuild", "--tags=runtime,python-runtime"]
    run(install, env={**env, "DESTDIR": str(folder / "installed")}, log=log)


def _ask_for_target_python(meson_build: Path) -> None:
    """Have NumPy ask the cross file's Python, not the one Meson runs on."""
    text = meson_build.read_text()
    meson_build.write_text(text.replace("find_installation(pure", "find_installation('python3', pure"))


NUMPY_BUILD = Step(
    "wasm-numpy",
    "NumPy for WebAssembly (a few minutes)",
    (OPENBLAS, TARGET, TOOLS, NUMPY_SOURCE, CHANGES, RFFT_PAIRS, Path(__file__)),
    _make_numpy,
    resumable=True,
)
