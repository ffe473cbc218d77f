"""The page on a server of its own, which can be stopped for real."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from engine.compress import remove_copies
from engine.steps import ROOT

SUB_PATH = "sayso"
SERVE = """
import sys
from pathlib import Path
from page.server import PageServer

with PageServer(Path(sys.argv[1]), "127.0.0.1", int(sys.argv[2])) as server:
    print(server.url, flush=True)
    server.serve_forever()
"""


class Site:
    """A copy of dist/ at /sayso/, on the project's server in a process of its own: killed, it answers nothing."""

    def __init__(self, dist: Path, folder: Path) -> None:
        shutil.copytree(dist, folder / SUB_PATH)
        self._folder = folder
        self._port = 0  # lets the system choose a free port at the first start
        self._process: subprocess.Popen[str] | None = None

    @property
    def origin(self) -> str:
        return f"http://localhost:{self._port}"

    @property
    def url(self) -> str:
        return f"{self.origin}/{SUB_PATH}/"

    def alter(self, name: str, old: str, new: str) -> None:
        """Replace a text that a file of the page holds once, to provoke a failure that nothing else provokes."""
        file = self._folder / SUB_PATH / name
        text = file.read_text()
        assert text.count(old) == 1, f"{name}: {old!r} is there {text.count(old)} times"
        file.write_text(text.replace(old, new))
        remove_copies(file)

    def start(self) -> None:
        command = [sys.executable, "-c", SERVE, str(self._folder), str(self._port)]
        env = os.environ | {"PYTHONPATH": str(ROOT / "build")}
        self._process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self._port = int(self._process.stdout.readline().rpartition(":")[2])

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None
