"""What a build says: one line a step, progress in place on a terminal, and errors that tell what to do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

N_LINES_SHOWN = 25  # lines at the end of a failed command's output that an error tells
LABEL_WIDTH = 60  # columns of a line of progress


class BuildError(Exception):
    """Something the person at the keyboard can act on: the message says what and how."""


def say(text: str) -> None:
    """Print a line that stays."""
    print(text, flush=True)


class Progress:
    """How far a command has come: on a terminal one line that is rewritten, elsewhere a line at every tenth."""

    def __init__(self) -> None:
        self._in_place = sys.stdout.isatty()
        self._tenth = 0

    def show(self, text: str, fraction: float | None = None) -> None:
        """Show `text`, and `fraction` (0 to 1) as a percentage where it is known."""
        percent = "" if fraction is None else f"{fraction:4.0%} "
        if self._in_place:
            width = min(shutil.get_terminal_size().columns - 1, LABEL_WIDTH + 10)
            print(f"\r  {percent}{text}"[:width].ljust(width), end="", flush=True)
        elif fraction is not None and int(fraction * 10) > self._tenth:
            self._tenth = int(fraction * 10)
            say(f"  {percent}{text}"[:LABEL_WIDTH])

    def clear(self) -> None:
        """Leave an empty line for what is said next."""
        if self._in_place:
            width = min(shutil.get_terminal_size().columns - 1, LABEL_WIDTH + 10)
            print("\r" + " " * width, end="\r", flush=True)


def program(name: str, how: str) -> str:
    """Path of an installed program; a BuildError that tells `how` to get it where there is none."""
    if found := shutil.which(name):
        return found
    raise BuildError(f"{name} was not found. {how}")


def output_of(*command: object) -> str:
    """What a command prints."""
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


def run(
    command: Sequence[object],
    *,
    log: Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    title: str = "",
) -> None:
    """Run a command with its output in `log`, its last line or its own `[n/m]` shown as progress.

    `env` is added to the environment. A failure raises BuildError with the end of the output.
    """
    progress = Progress()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as record:
        record.write(f"$ {' '.join(map(str, command))}\n")
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        assert process.stdout is not None
        try:
            for line in process.stdout:
                record.write(line)
                step = re.match(r"\[(\d+)/(\d+)\]", line)
                fraction = int(step[1]) / int(step[2]) if step else None
                progress.show(title if step and title else line.strip(), fraction)
            code = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        finally:
            progress.clear()
    if code:
        end = "\n  ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-N_LINES_SHOWN:])
        raise BuildError(f"{Path(str(command[0])).name} failed with code {code}. The end of {log}:\n  {end}")
