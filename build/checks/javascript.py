"""Unit tests of the page's JavaScript, for what needs no browser: Node's own test runner on tests/js."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.console import BuildError
from engine.npm import NPM, node
from engine.steps import ROOT

from checks.tools import TOOLS

JAVASCRIPT_TESTS = ROOT / "tests" / "js"


def unit_test_command(arguments: Sequence[str], counts: Path) -> list[str | Path]:
    """A command that runs the test files named, or all, shows their outcome and writes its sum to `counts` as JSON.

    `arguments` are test files, by paths from the repository's root, and options of `node --test`, in any order; an
    option's value follows an equals sign, as in `--test-name-pattern=cancelled`.
    """
    options = [argument for argument in arguments if argument.startswith("-")]
    files = [ROOT / argument for argument in arguments if not argument.startswith("-")]
    if missing := [str(file) for file in files if not file.is_file()]:
        raise BuildError(f"No test file is called {', '.join(missing)}")
    reporters = [
        *("--test-reporter=spec", "--test-reporter-destination=stdout"),
        *(f"--test-reporter={(JAVASCRIPT_TESTS / 'counts.mjs').as_uri()}", f"--test-reporter-destination={counts}"),
    ]
    resolver = (JAVASCRIPT_TESTS / "resolve.mjs").as_uri()
    all_files = sorted(JAVASCRIPT_TESTS.glob("*.test.mjs"))
    return [node(), "--disable-warning=ExperimentalWarning", "--import", resolver, "--test", *reporters, *options, *(files or all_files)]


def run(arguments: Sequence[str] = ()) -> Counter[str]:
    """Run the unit tests, or those selected; how many passed, failed and were skipped."""
    packages = {"SAYSO_PAGE_PACKAGES": str(NPM.ensure()), "SAYSO_CHECK_PACKAGES": str(TOOLS.ensure())}
    with TemporaryDirectory() as folder:
        report = Path(folder, "counts.json")
        command = [str(part) for part in unit_test_command(arguments, report)]
        code = subprocess.run(command, cwd=ROOT, env={**os.environ, **packages}, check=False).returncode
        text = report.read_text(encoding="utf-8") if report.exists() else ""
    counts = Counter(json.loads(text or "{}"))
    if not counts["failed"] and (code or not counts.total()):
        counts["failed"] += 1  # the runner stopped early, or nothing matched the arguments
    return counts
