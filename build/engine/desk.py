"""The desk's Python: a virtual environment with exactly what requirements.txt names, checked by hash."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
from pathlib import Path

from engine.console import BuildError, run
from engine.steps import ROOT, Step

REQUIREMENTS = ROOT / "build" / "requirements.txt"
THIS_PYTHON = f"{sys.implementation.cache_tag} {platform.system()} {platform.machine()}"


def python_of(environment: Path) -> Path:
    """The interpreter of a virtual environment."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def make_environment(folder: Path, requirements: Path) -> None:
    """Create a virtual environment and install a hashed requirements file into it."""
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise BuildError("This Python has no venv. On Debian and Ubuntu: apt-get install python3-venv")
    log = folder / "install.log"
    run([sys.executable, "-m", "venv", "--clear", folder / "env"], log=log)
    pip = [python_of(folder / "env"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    run([*pip, "install", "--require-hashes", "--only-binary=:all:", "-r", requirements], log=log)


def _make(folder: Path) -> None:
    make_environment(folder, REQUIREMENTS)


DESK = Step("desk", "Python packages for the desk", (REQUIREMENTS, THIS_PYTHON), _make)


def desk_python() -> Path:
    """The desk environment's interpreter, made if need be."""
    return python_of(DESK.ensure() / "env")


def recordings_folder() -> Path:
    """Where recordings of real speech are: beside the clone, or where SAYSO_SHARED says. The folder may be missing."""
    return Path(os.environ.get("SAYSO_SHARED", ROOT.parent / "shared"))


def desk_environment() -> dict[str, str]:
    """Environment variables under which that interpreter imports `sayso` from this very clone and finds recordings.

    Its BLAS keeps to one thread: the products here are small, and threads that wait by spinning slow down everything.
    """
    return {
        "PYTHONPATH": str(ROOT / "py"),
        "PYTHONUNBUFFERED": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "SAYSO_SHARED": str(recordings_folder()),
    }
