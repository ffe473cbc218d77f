"""Packages from npm, as lock files pin them: those of the page, in web/package.json, and those of tools."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from engine.console import BuildError, program, run
from engine.steps import ROOT, Step

WEB = ROOT / "web"
N_NODE_MIN = 20
GET_NODE = f"Install Node.js {N_NODE_MIN} or later with npm: from your package manager, or from nodejs.org"


def node() -> str:
    """Path of a recent enough Node.js."""
    found = program("node", GET_NODE)
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < N_NODE_MIN:
        raise BuildError(f"Node.js {version} is too old. {GET_NODE}")
    return found


def npm_packages(name: str, title: str, home: Path) -> Step:
    """The step that installs what package.json and its lock file in `home` name."""
    files = tuple(home / file for file in ("package.json", "package-lock.json", ".npmrc"))

    def make(folder: Path) -> None:
        node()
        for file in files:
            shutil.copy(file, folder)
        npm = program("npm", GET_NODE)
        run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, log=folder / "install.log")

    return Step(name, title, files, make)


NPM = npm_packages("npm", "Packages from npm", WEB)


def package(name: str) -> Path:
    """Folder of an installed npm package of the page."""
    return NPM.ensure() / "node_modules" / name
