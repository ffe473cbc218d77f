"""Runs inside Pyodide: installs Sayso's wheel as the page does, then runs tests/unit against it."""

import os
import sys

import micropip

await micropip.install(wheel)  # noqa: F704, F821  run with runPythonAsync, with `wheel` set by run.mjs

sys.path.insert(0, "/pytest")
os.chdir("/repository")
os.environ["SAYSO_SHARED"] = "/shared"

import pytest  # noqa: E402

int(
    pytest.main(
        [
            *("-p", "no:cacheprovider", "--override-ini=pythonpath="),  # the installed wheel, not py/
            *("--junitxml=/report/report.xml", "tests/unit"),
        ]
    )
)
