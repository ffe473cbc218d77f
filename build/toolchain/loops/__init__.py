"""The compiled module of py/sayso/nn/loops.py: loops over large arrays, for the tab, compiled as NumPy's own are."""

from __future__ import annotations

from pathlib import Path

from engine.console import run
from engine.steps import Step

from toolchain.numpy_wasm import IS_OWN
from toolchain.numpy_wasm.sources import TOOLS, tool_environment
from toolchain.numpy_wasm.target import TARGET

SOURCE = Path(__file__).parent / "sayso_loops.c"
LIBRARY = "sayso_loops.wasm"
WARNINGS = ("-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror")


def _make(folder: Path) -> None:
    headers = TARGET.folder / "python"
    command = [TARGET.folder / "bin/wcc", "-O3", *WARNINGS, f"-I{headers}", "-shared", SOURCE, "-o", folder / LIBRARY]
    run(command, env=tool_environment(), log=folder / "build.log")


LOOPS = Step("wasm-loops", "Sayso's loops for WebAssembly", (TARGET, TOOLS, SOURCE, Path(__file__)), _make)
STEPS = (LOOPS,) if IS_OWN else ()  # the recipe needs Debian, as NumPy's does
