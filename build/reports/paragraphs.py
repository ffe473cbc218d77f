"""Paragraphs of the pages that the reports write, in lines as long as the repository's others."""

from __future__ import annotations

import textwrap

LINE_CHARACTERS = 120


def filled(paragraph: str, **values: object) -> str:
    """The paragraph with these values, broken into lines between words."""
    return textwrap.fill(paragraph.format(**values), LINE_CHARACTERS, break_on_hyphens=False)
