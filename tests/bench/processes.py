"""What the system tells of the page's process, which runs its worker too; NaN or nothing where there is no /proc."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from pathlib import Path

import playwright.sync_api as pw

PROC = Path("/proc")
UTIME, STIME = 11, 12  # indices in /proc/PID/task/TID/stat, counted behind the thread's name; values in clock ticks


class Renderer:
    """The largest renderer of a browser with one page."""

    def __init__(self, page: pw.Page) -> None:
        browser = page.context.browser
        assert browser
        session = browser.new_browser_cdp_session()
        processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
        session.detach()
        pids = [process["id"] for process in processes if process["type"] == "renderer"]
        self._folder = max((PROC / str(pid) for pid in pids), key=_resident_mb)

    @property
    def resident_mb(self) -> float:
        return _resident_mb(self._folder)

    def cpu_s(self) -> dict[str, float]:
        """Seconds of processor time so far, by the threads' names."""
        spent: defaultdict[str, float] = defaultdict(float)
        for stat in self._folder.glob("task/*/stat"):
            name, fields = stat.read_text().partition("(")[2].rsplit(")", 1)
            ticks = fields.split()
            spent[name] += (int(ticks[UTIME]) + int(ticks[STIME])) / os.sysconf("SC_CLK_TCK")
        return spent


def _resident_mb(folder: Path) -> float:
    status = folder / "status"
    found = re.search(r"VmRSS:\s+(\d+)", status.read_text()) if status.exists() else None
    return int(found[1]) / 1000 if found else float("nan")
