"""How the suites are run: by a command that passes or fails as a whole, by pytest, or by pytest inside Pyodide."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import PathDistribution
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.desk import DESK, desk_environment, desk_python, recordings_folder
from engine.npm import node
from engine.steps import ROOT, Step

from checks.arguments import Arguments

NO_TESTS_COLLECTED = 5  # an exit code of pytest


def _run(command: Sequence[object], *, env: Mapping[str, str] | None = None) -> int:
    """Run a command with its output on the screen; returns its exit code."""
    parts = [str(part) for part in command]
    return subprocess.run(parts, cwd=ROOT, env={**os.environ, **(env or {})}, check=False).returncode


def run_check(command: Sequence[object]) -> Counter[str]:
    """Run a command that passes or fails as a whole."""
    return Counter({"failed" if _run(command) else "passed": 1})


def run_pytest(folder: str, arguments: Arguments, env: Mapping[str, str] | None = None) -> Counter[str]:
    """Run the tests of `folder`, or those of them that the arguments name, on the desk; `env` is added for them."""
    with TemporaryDirectory() as reports:
        report = Path(reports, "report.xml")
        command = [desk_python(), "-m", "pytest", *arguments.within(folder), f"--junitxml={report}"]
        return outcome(_run(command, env={**desk_environment(), **(env or {})}), report)


def outcome(code: int, report: Path) -> Counter[str]:
    """What pytest found, where it exited with `code` and may have written a report."""
    counts = _counts(report) if report.exists() else Counter()
    if code not in (0, NO_TESTS_COLLECTED) and not counts["failed"]:
        counts["failed"] += 1  # pytest did not get as far as a test
    return counts


def _counts(report: Path) -> Counter[str]:
    """Counts of a pytest report in JUnit's format."""
    counts: Counter[str] = Counter()
    for suite in ElementTree.parse(report).iter("testsuite"):
        n_total, n_failures, n_errors, n_skipped = (
            int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")
        )
        n_failed = n_failures + n_errors
        counts += Counter(passed=n_total - n_failed - n_skipped, failed=n_failed, skipped=n_skipped)
    return counts


PURE_PYTHON = ("pytest", "pluggy", "iniconfig", "packaging", "pygments")


def _copy_pytest(folder: Path) -> None:
    """Copy pytest and what it imports out of the desk environment: all of it runs in Pyodide as it is."""
    (site_packages,) = (DESK.folder / "env").glob("[Ll]ib/**/site-packages")
    for name in PURE_PYTHON:
        (info,) = site_packages.glob(f"{name}-*.dist-info")
        for file in PathDistribution(info).files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                target = folder / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(site_packages / file, target)


PYTEST = Step("pyodide-pytest", "pytest for Pyodide", (DESK, *PURE_PYTHON), _copy_pytest)


def run_in_pyodide(page: Path, folder: str, arguments: Arguments) -> Counter[str]:
    """Run the tests of `folder` in Python as the page in `page` starts it."""
    with TemporaryDirectory() as reports:
        mounts = {"/pytest": str(PYTEST.ensure()), "/repository": str(ROOT), "/report": reports}
        recordings = recordings_folder()
        if recordings.is_dir():
            mounts["/shared"] = str(recordings.resolve())
        job = {"page": str(page), "mounts": mounts, "arguments": arguments.within(folder)}
        code = _run([node(), ROOT / "tests/pyodide/run.mjs", json.dumps(job)])
        return outcome(code, Path(reports, "report.xml"))
