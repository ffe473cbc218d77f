"""The browser of the end-to-end tests: Debian's Chromium, installed where that is possible."""

from __future__ import annotations

import os
import shutil

from engine.console import BuildError, run, say
from engine.steps import CACHE

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FONT = "fonts-dejavu-core"  # without a font, every letter would be a box
GET_CHROMIUM = "Install Chromium (Debian, Ubuntu: apt-get install chromium) or name a browser in SAYSO_CHROMIUM."


def _installed() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def chromium() -> str:
    """Path of a Chromium; installs it with apt-get where this process may."""
    if named := os.environ.get("SAYSO_CHROMIUM"):
        if found := shutil.which(named):
            return found
        raise BuildError(f"SAYSO_CHROMIUM={named}: there is no such program.")
    if found := _installed():
        return found
    if not shutil.which("apt-get") or not hasattr(os, "geteuid") or os.geteuid() != 0:
        raise BuildError(f"The browser tests need Chromium. {GET_CHROMIUM}")
    say("Chromium for the browser tests, from Debian ...")
    log, quiet = CACHE / "chromium.log", {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "-q", "update"], log=log, env=quiet)
    run(["apt-get", "-q", "install", "--yes", "--no-install-recommends", "chromium", FONT], log=log, env=quiet)
    if found := _installed():
        return found
    raise BuildError(f"apt-get installed no Chromium. {GET_CHROMIUM}")
