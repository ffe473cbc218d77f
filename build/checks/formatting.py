"""The form of the sources: ruff lints and formats Python, Prettier formats JavaScript and CSS."""

from __future__ import annotations

from collections import Counter

from engine.desk import desk_python
from engine.npm import node

from checks.runners import run_check
from checks.tools import tool

FORMATTED_BY_PRETTIER = ("web/**/*.{js,css,d.ts}", "build/**/*.mjs", "tests/**/*.{js,mjs,d.ts}")


def _ruff(*arguments: str) -> list[object]:
    return [desk_python(), "-m", "ruff", *arguments, "."]


def _prettier(action: str) -> list[object]:
    program = tool("prettier") / "bin" / "prettier.cjs"
    return [node(), program, action, "--log-level=warn", *FORMATTED_BY_PRETTIER]


def check_form() -> Counter[str]:
    """Tell what `python3 build fix` would change, and what it could not mend; changes nothing."""
    commands = (_ruff("check"), _ruff("format", "--check"), _prettier("--check"))
    return sum((run_check(command) for command in commands), Counter())


def mend_form() -> Counter[str]:
    """Mend what can be mended without a person, and format everything."""
    commands = (_ruff("check", "--fix"), _ruff("format"), _prettier("--write"))
    return sum((run_check(command) for command in commands), Counter())
