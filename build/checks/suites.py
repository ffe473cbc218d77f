"""The test suites and the order they run in; every one runs, whatever the one before found."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from base import BASE, BASE_SOURCE
from engine.chromium import chromium
from engine.console import BuildError, say
from engine.desk import desk_python
from engine.npm import WEB
from page.bundle import build_site

from checks.arguments import EXAMPLE, HOW, Arguments, read_selection
from checks.formatting import check_form
from checks.javascript import run_unit_tests
from checks.runners import run_check, run_in_pyodide, run_pytest
from checks.typescript import CONFIGURATIONS, tsc_command

UNIT, PARITY, SITE, E2E = "tests/unit", "tests/parity", "tests/site", "tests/e2e"
ORDER, JS = "tests/order", "tests/js"


@dataclass(frozen=True)
class Suite:
    """A named part of the tests.

    Attributes
    ----------
    run : returns how many tests passed, failed and were skipped
    folder : where its tests are, relative to the repository's root; "" where it runs as a whole, without arguments
    """

    name: str
    title: str
    run: Callable[[Arguments], Counter[str]]
    folder: str = ""


def _types(_: Arguments) -> Counter[str]:
    return run_check([desk_python(), "-m", "mypy"])


def _web_types(_: Arguments) -> Counter[str]:
    total: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        for name in CONFIGURATIONS:
            total += run_check(tsc_command(WEB / name, Path(folder)))
    return total


def _javascript(arguments: Arguments) -> Counter[str]:
    return run_unit_tests([*arguments.for_node(), *(path for path in arguments.paths if path != JS)])


def _site(arguments: Arguments) -> Counter[str]:
    return run_pytest(SITE, arguments, {"SAYSO_DIST": str(build_site())})


def _parity(arguments: Arguments) -> Counter[str]:
    """The tests find the embedding that is made, and the one it was converted from, where these variables say."""
    made = {"SAYSO_BASE": str(BASE.ensure()), "SAYSO_BASE_SOURCE": str(BASE_SOURCE.folder)}
    return run_pytest(PARITY, arguments, made)


def _e2e(arguments: Arguments) -> Counter[str]:
    return run_pytest(E2E, arguments, {"SAYSO_DIST": str(build_site()), "SAYSO_CHROMIUM": chromium()})


# What fails soonest comes first.
SUITES = (
    Suite("style", "Style (ruff, Prettier)", lambda _: check_form()),
    Suite("types", "Types (mypy)", _types),
    Suite("web", "Types of the page's JavaScript (tsc)", _web_types),
    Suite("order", "Order of the layers", lambda arguments: run_pytest(ORDER, arguments), ORDER),
    Suite("js", "Unit tests of the page's JavaScript", _javascript, JS),
    Suite("unit", "Unit tests", lambda arguments: run_pytest(UNIT, arguments), UNIT),
    Suite("parity", "Parity with reference libraries", _parity, PARITY),
    Suite("site", "The built page and its build", _site, SITE),
    Suite("pyodide", "Unit tests inside Pyodide", lambda given: run_in_pyodide(build_site(), UNIT, given), UNIT),
    Suite("e2e", "In a browser", _e2e, E2E),
)
QUICK = ("style", "types", "web", "order", "js")  # suites that need no built page
HELP = f"""\
{HOW}

Runs all tests, or those of the suites named. A path alone selects the suite whose folder it is in. Options and paths go
to the program that runs the suite, pytest or node's test runner, as in:
  {EXAMPLE}

suites:
""" + "\n".join(f"  {suite.name:8} {suite.title}" for suite in SUITES)


def run_suites(words: Sequence[str]) -> bool:
    """Run the suites that the command line names, or all; prints a line for each and the sum last.

    Returns
    -------
    True where all is well

    Raises
    ------
    BuildError : the command line names what is not there
    """
    selection = read_selection(words, {suite.name: suite.folder for suite in SUITES})
    results: list[str] = []
    total: Counter[str] = Counter()
    for suite in SUITES:
        if selection.suites and suite.name not in selection.suites:
            continue
        say(f"\n== {suite.title}")
        started_s = time.monotonic()
        try:
            counts = suite.run(selection.arguments)
        except BuildError as error:
            say(str(error))
            counts = Counter(failed=1)
        if not counts.total():
            say(f"{suite.name}: no tests ran")
            counts["failed"] += 1
        total += counts
        results.append(f"{suite.name:8} {_sum(counts)}  ({time.monotonic() - started_s:.0f} s)")
    say("\n== Sum\n" + "\n".join(results))
    say(_sum(total))
    return bool(total["passed"]) and not total["failed"]


def _sum(counts: Counter[str]) -> str:
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    return f"{counts['passed']} passed, {counts['failed']} failed{skipped}"
