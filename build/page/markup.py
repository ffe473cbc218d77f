"""The page's markup: index.html, with the markup of each view, which lives with the view, in its place."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import indent

from engine.console import BuildError

PLACE = re.compile(r"^( *)<!-- (views/\S+\.html) -->\n", re.MULTILINE)


def page_html(web: Path) -> str:
    """index.html of `web` with each line `<!-- views/NAME.html -->` replaced by that file, indented as the line is.

    Raises
    ------
    BuildError : a file that is named is missing, or one of views/ is not named exactly once
    """
    page = (web / "index.html").read_text(encoding="utf-8")
    named = [match[2] for match in PLACE.finditer(page)]
    there = [file.relative_to(web).as_posix() for file in sorted((web / "views").rglob("*.html"))]
    for name in sorted({*named, *there}):
        if name not in there:
            raise BuildError(f"index.html names {name}, which is missing")
        if named.count(name) != 1:
            raise BuildError(f"index.html names {name} {named.count(name)} times, expected once: <!-- {name} -->")
    return PLACE.sub(lambda match: indent((web / match[2]).read_text(encoding="utf-8"), match[1]), page)
