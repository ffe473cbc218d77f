"""Fixtures of the tests of the built page."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def dist() -> Path:
    """The built page, which the test command names."""
    return Path(os.environ["SAYSO_DIST"])
