"""Runs inside Pyodide: pytest with the arguments of /arguments.json, on the Sayso that the snapshot holds."""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, "/pytest")
os.chdir("/repository")
os.environ["SAYSO_SHARED"] = "/shared"

import pytest  # noqa: E402  it is in the folder just named

SETTINGS = (
    "--override-ini=pythonpath=",  # py/ on the path would hide the package of the snapshot
    "--override-ini=cache_dir=.pytest_cache/pyodide",  # what failed here need not fail on the desk
    "--junitxml=/report/report.xml",
)

int(pytest.main([*json.loads(Path("/arguments.json").read_text()), *SETTINGS]))
