"""Runs inside Pyodide: tests/unit against the Sayso that the snapshot holds."""

import os
import sys

sys.path.insert(0, "/pytest")
os.chdir("/repository")
os.environ["SAYSO_SHARED"] = "/shared"

import pytest  # noqa: E402  from the folder just named

int(
    pytest.main(
        [
            *("-p", "no:cacheprovider", "--override-ini=pythonpath="),  # the package of the snapshot, not py/
            *("--junitxml=/report/report.xml", "tests/unit"),
        ]
    )
)
