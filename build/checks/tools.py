"""Programs from npm that check the page's sources; none of them is part of the page."""

from __future__ import annotations

from pathlib import Path

from engine.npm import npm_packages

CHECK_TOOLS = npm_packages("checks-npm", "Tools that check the page", Path(__file__).parent)


def tool(name: str) -> Path:
    """Folder of an installed npm package that checks or formats."""
    return CHECK_TOOLS.ensure() / "node_modules" / name
