"""The npm packages of web/package.json, as its lock file fixes them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from console import BuildError, program, run
from steps import ROOT, Step

WEB = ROOT / "web"
PACKAGE_FILES = tuple(WEB / name for name in ("package.json", "package-lock.json", ".npmrc"))
N_NODE_MIN = 20
GET_NODE = f"Install Node.js {N_NODE_MIN} or later with npm: from your package manager, or from nodejs.org"


def node() -> str:
    """Path of a recent enough Node.js."""
    found = program("node", GET_NODE)
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < N_NODE_MIN:
        raise BuildError(f"Node.js {version} is too old. {GET_NODE}")
    return found


def _make(folder: Path) -> None:
    node()
    for file in PACKAGE_FILES:
        shutil.copy(file, folder)
    npm = program("npm", GET_NODE)
    run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, log=folder / "install.log")


NPM = Step("npm", "Packages from npm", PACKAGE_FILES, _make)


def package(name: str) -> Path:
    """Folder of an installed npm package."""
    return NPM.ensure() / "node_modules" / name
