"""The test suites and the order they run in; every one runs, whatever the one before found."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PathDistribution
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.chromium import chromium
from engine.console import BuildError, say
from engine.desk import DESK, desk_environment, desk_python
from engine.npm import WEB, node
from engine.steps import ROOT, Step
from page.bundle import build_site

from checks.typescript import CONFIGURATIONS, tsc_command

TESTS = ROOT / "tests"
NO_TESTS_COLLECTED = 5  # an exit code of pytest


@dataclass(frozen=True)
class Suite:
    """A named part of the tests. `run` returns how many tests passed, failed and were skipped."""

    name: str
    title: str
    run: Callable[[], Counter[str]]


def _command(command: Sequence[object], *, env: Mapping[str, str] | None = None) -> int:
    """Run a command with its output on the screen; returns its exit code."""
    parts = [str(part) for part in command]
    return subprocess.run(parts, cwd=ROOT, env={**os.environ, **(env or {})}, check=False).returncode


def _check(command: Sequence[object]) -> Counter[str]:
    """A check that passes or fails as a whole."""
    return Counter({"failed" if _command(command) else "passed": 1})


def _style() -> Counter[str]:
    ruff = [desk_python(), "-m", "ruff"]
    return _check([*ruff, "check", "."]) + _check([*ruff, "format", "--check", "."])


def _types() -> Counter[str]:
    return _check([desk_python(), "-m", "mypy"])


def _web_types() -> Counter[str]:
    total: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        for name in CONFIGURATIONS:
            total += _check(tsc_command(WEB / name, Path(folder)))
    return total


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


def _outcome(code: int, report: Path) -> Counter[str]:
    """What pytest found, where it exited with `code` and may have written a report."""
    counts = _counts(report) if report.exists() else Counter()
    if code not in (0, NO_TESTS_COLLECTED) and not counts["failed"]:
        counts["failed"] += 1  # it did not get as far as a test
    return counts


def _pytest(folder: str, env: Mapping[str, str] | None = None) -> Counter[str]:
    with TemporaryDirectory() as reports:
        report = Path(reports, "report.xml")
        command = [desk_python(), "-m", "pytest", f"--junitxml={report}", TESTS / folder]
        return _outcome(_command(command, env={**desk_environment(), **shared(), **(env or {})}), report)


def shared() -> dict[str, str]:
    """Where the tests find recordings of real speech; a variable that is set wins, and the folder may be missing."""
    return {"SAYSO_SHARED": os.environ.get("SAYSO_SHARED", str(ROOT.parent / "shared"))}


def _site() -> Counter[str]:
    return _pytest("site", {"SAYSO_DIST": str(build_site())})


def _e2e() -> Counter[str]:
    return _pytest("e2e", {"SAYSO_DIST": str(build_site()), "SAYSO_CHROMIUM": chromium()})


PURE_PYTHON = ("pytest", "pluggy", "iniconfig", "packaging", "pygments")


def _copy_pytest(folder: Path) -> None:
    """Pytest and what it imports, out of the desk environment: all of it runs in Pyodide as it is."""
    (site_packages,) = (DESK.folder / "env").glob("[Ll]ib/**/site-packages")
    for name in PURE_PYTHON:
        (info,) = site_packages.glob(f"{name}-*.dist-info")
        for file in PathDistribution(info).files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                target = folder / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(site_packages / file, target)


PYTEST = Step("pyodide-pytest", "pytest for Pyodide", (DESK, *PURE_PYTHON), _copy_pytest)


def _pyodide() -> Counter[str]:
    """The unit tests again, in Python as the page starts it."""
    with TemporaryDirectory() as reports:
        mounts = {"/pytest": str(PYTEST.ensure()), "/repository": str(ROOT), "/report": reports}
        recordings = Path(shared()["SAYSO_SHARED"])
        if recordings.is_dir():
            mounts["/shared"] = str(recordings.resolve())
        job = {"page": str(build_site()), "mounts": mounts}
        code = _command([node(), TESTS / "pyodide" / "run.mjs", json.dumps(job)])
        return _outcome(code, Path(reports, "report.xml"))


SUITES = (
    Suite("style", "Style (ruff)", _style),
    Suite("types", "Types (mypy)", _types),
    Suite("web", "Types of the page's JavaScript (tsc)", _web_types),
    Suite("unit", "Unit tests", lambda: _pytest("unit")),
    Suite("parity", "Parity with reference libraries", lambda: _pytest("parity")),
    Suite("site", "The built page and its build", _site),
    Suite("pyodide", "Unit tests inside Pyodide", _pyodide),
    Suite("e2e", "In a browser", _e2e),
)


def run_suites(selection: Sequence[str]) -> bool:
    """Run the selected suites, or all; prints a line for each and the sum last. True where all is well."""
    names = [suite.name for suite in SUITES]
    if unknown := set(selection) - set(names):
        raise BuildError(f"No test suite is called {', '.join(sorted(unknown))}. There are: {', '.join(names)}")
    results: list[str] = []
    total: Counter[str] = Counter()
    for suite in SUITES:
        if selection and suite.name not in selection:
            continue
        say(f"\n== {suite.title}")
        started = time.monotonic()
        try:
            counts = suite.run()
        except BuildError as error:
            say(str(error))
            counts = Counter(failed=1)
        if not counts.total():
            say(f"{suite.name}: no tests ran")
            counts["failed"] += 1
        total += counts
        results.append(f"{suite.name:8} {_sum(counts)}  ({time.monotonic() - started:.0f} s)")
    say("\n== Sum\n" + "\n".join(results))
    say(_sum(total))
    return bool(total["passed"]) and not total["failed"]


def _sum(counts: Counter[str]) -> str:
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    return f"{counts['passed']} passed, {counts['failed']} failed{skipped}"
