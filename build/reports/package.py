"""Runs commands of the package, `python -m sayso`, for the reports."""

from __future__ import annotations

import os
import subprocess

from engine.console import BuildError
from engine.desk import desk_environment, desk_python


def run_sayso(*arguments: object, shows_progress: bool = False) -> str:
    """What a command of the package prints on standard output.

    Parameters
    ----------
    arguments : the command and its options
    shows_progress : its standard error goes to the terminal; otherwise the end of it is told with a failure

    Raises
    ------
    BuildError : the command failed
    """
    command = [str(part) for part in (desk_python(), "-m", "sayso", *arguments)]
    stderr = None if shows_progress else subprocess.PIPE
    env = {**os.environ, **desk_environment()}
    finished = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=stderr, text=True, check=False)
    if finished.returncode:
        reason = "" if shows_progress else f":\n{finished.stderr[-2000:]}"
        raise BuildError(f"sayso {arguments[0]} failed with code {finished.returncode}{reason}")
    return finished.stdout
