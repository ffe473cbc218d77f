"""Unit tests of the page's JavaScript, for what needs no browser: Node's own test runner on tests/js."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.console import BuildError, say
from engine.npm import NPM, node
from engine.steps import ROOT

from checks.tools import CHECK_TOOLS

JAVASCRIPT_TESTS = ROOT / "tests" / "js"
TIMEOUT_MS = 60_000  # limit for one test file, since a test that leaves something running would hang it


def unit_test_command(arguments: Sequence[str], counts: Path) -> list[str | Path]:
    """A command that runs the test files named, or all, shows their outcome and writes its sum to `counts` as JSON.

    `arguments` are test files, by paths from the repository's root, and options of `node --test`, in any order; an
    option's value follows an equals sign, as in `--test-name-pattern=cancelled`.
    """
    options = [argument for argument in arguments if argument.startswith("-")]
    named = [argument for argument in arguments if not argument.startswith("-")]
    if missing := [name for name in named if not (ROOT / name).is_file()]:
        raise BuildError(f"No test file is called {', '.join(missing)}")
    files = [ROOT / name for name in named] or sorted(JAVASCRIPT_TESTS.glob("*.test.mjs"))
    reporter, resolver = ((JAVASCRIPT_TESTS / name).as_uri() for name in ("counts.mjs", "resolve.mjs"))
    reporters = [
        *("--test-reporter=spec", "--test-reporter-destination=stdout"),
        *(f"--test-reporter={reporter}", f"--test-reporter-destination={counts}"),
    ]
    # mocked timers count as experimental in Node 20
    node_options = ["--disable-warning=ExperimentalWarning", "--import", resolver]
    return [node(), *node_options, "--test", f"--test-timeout={TIMEOUT_MS}", *reporters, *options, *files]


def run_unit_tests(arguments: Sequence[str] = ()) -> Counter[str]:
    """Run the unit tests, or those selected; how many passed, failed and were skipped."""
    packages = {"SAYSO_PAGE_PACKAGES": str(NPM.ensure()), "SAYSO_CHECK_PACKAGES": str(CHECK_TOOLS.ensure())}
    with TemporaryDirectory() as folder:
        report = Path(folder, "counts.json")
        command = [str(part) for part in unit_test_command(arguments, report)]
        code = subprocess.run(command, cwd=ROOT, env={**os.environ, **packages}, check=False).returncode
        text = report.read_text(encoding="utf-8") if report.exists() else ""
    counts = Counter(json.loads(text or "{}"))
    if not counts.total():
        say("No JavaScript test ran")
    if not counts["failed"] and (code or not counts.total()):
        counts["failed"] += 1
    return counts
