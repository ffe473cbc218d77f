"""A compiler driver for Pyodide side modules: clang and wasm-ld out of the `ziglang` wheel with the target's flags.

usage: compiler_driver.py c|c++ ARGUMENTS...   (what a C compiler is called with)

It calls `zig clang`, not `zig cc`, which adds UBSan, hidden visibility and a cache of its own. exports.txt lists what
pyodide.asm.wasm offers: a symbol that is not in it is a link error, so that configure checks tell the truth.
"""

import os
import subprocess
import sys
from pathlib import Path

import ziglang

BIN = Path(__file__).resolve().parent
TARGET = BIN.parent
ZIG_FOLDER = Path(ziglang.__file__).parent
ZIG = ZIG_FOLDER / "zig"

TARGET_FLAGS: list[str | Path] = [
    *("--target=wasm32-unknown-emscripten", "-fPIC", "-nostdinc", "-fvisibility=default"),
    *("-msimd128", "-mbulk-memory", "-mnontrapping-fptoint", "-msign-ext", "-mmutable-globals"),
    *("-D__EMSCRIPTEN__", "-Dunix"),
    *("-D__EMSCRIPTEN_major__=5", "-D__EMSCRIPTEN_minor__=0", "-D__EMSCRIPTEN_tiny__=3"),
    *("-include", BIN / "compat.h", "-Wno-unused-command-line-argument"),
    f"-ffile-prefix-map={TARGET.parent}=.",  # what is built holds no path of this machine
]
CXX_FLAGS: list[str | Path] = [
    *("-fwasm-exceptions", "-include", BIN / "libcxx_site.h", "-isystem", ZIG_FOLDER / "lib/libcxx/include"),
]
C_HEADERS: list[str | Path] = ["-isystem", ZIG_FOLDER / "lib/include", "-isystem", TARGET / "sysroot/include"]
LINK: list[str | Path] = [
    *(ZIG, "wasm-ld", "-shared", "--experimental-pic", f"--allow-undefined-file={TARGET / 'exports.txt'}"),
    *("--export-dynamic", "--gc-sections", "--strip-debug"),
]
COMPILES_ONLY = set("-c -E -S -M -MM --version -v -dumpversion -fsyntax-only -dM --help -###".split())


def link(compiler: list[str | Path], arguments: list[str]) -> int:
    """Compile the sources among the arguments, then link them with the objects; returns an exit code."""
    output, objects, sources, options = "a.out", [], [], []
    rest = iter(arguments)
    for argument in rest:
        if argument == "-o":
            output = next(rest)
        elif argument == "-x":
            options += [argument, next(rest)]
        elif argument.endswith((".o", ".a", ".so")):
            objects.append(argument)
        elif argument.endswith((".c", ".cc", ".cpp", ".cxx")):
            sources.append(argument)
        elif not (argument in ("-shared", "-pthread") or argument.startswith(("-Wl,", "-l", "-L", "-flto"))):
            options.append(argument)
    compiled = [f"{output}.{os.path.basename(source)}.o" for source in sources]
    for source, target in zip(sources, compiled, strict=True):
        if code := subprocess.call([*compiler, *options, "-c", source, "-o", target]):
            return code
    code = subprocess.call([*LINK, "-o", output, *compiled, *objects])
    for target in compiled:
        os.unlink(target)
    return code


def main(language: str, *arguments: str) -> int:
    if "-Wl,--version" in arguments:  # Meson asks in this way which linker it has
        print("LLD 22.1.8 (compatible with GNU linkers)")
        return 0
    is_cxx = language == "c++"
    mode = ["--driver-mode=g++"] if is_cxx else []
    compiler: list[str | Path] = [ZIG, "clang", *mode, *TARGET_FLAGS, *(CXX_FLAGS if is_cxx else []), *C_HEADERS]
    if any(argument in COMPILES_ONLY or argument.startswith(("-print", "--print")) for argument in arguments):
        os.execv(ZIG, [str(part) for part in (*compiler, *arguments)])
    return link(compiler, list(arguments))


sys.exit(main(*sys.argv[1:]))
