"""Imports of the package and of the build run downwards. Their source is read; nothing of it is run."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest

from .levels import Levels

ROOT = Path(__file__).resolve().parents[2]

SAYSO = Levels(
    "ground|audio|nn|features|data|models|listening|evaluation|training|__init__|worker cli|__main__".split("|")
)
PACKAGES_OF_THE_GROUND = {"config"}  # beside the modules that lie directly in sayso/
BUILD = Levels(["engine", "toolchain base", "page speech", "checks", "reports", "__main__"])


def imports(source: str, path: PurePosixPath) -> Iterator[str]:
    """Dotted names that a module imports, wherever in it, for type checkers alone too; `path` is below its root."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = path.parts[: -node.level] if node.level else ()
            module = ".".join([*package, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def sayso_part(dotted: str) -> str | None:
    """The part of the package that a dotted name belongs to: a package in it, its face, or the ground."""
    root, *rest = dotted.split(".")
    if root != "sayso":
        return None
    if rest and rest[0] in PACKAGES_OF_THE_GROUND:
        return "ground"
    if rest and ((ROOT / "py" / "sayso" / rest[0]).is_dir() or rest[0] == "__main__"):
        return rest[0]
    is_module = bool(rest) and (ROOT / "py" / "sayso" / f"{rest[0]}.py").is_file()
    return "ground" if is_module and rest[0] != "__init__" else "__init__"


def build_part(dotted: str) -> str | None:
    """The part of the build that a dotted name belongs to."""
    first = dotted.split(".")[0]
    return first if (ROOT / "build" / first).is_dir() or first == "__main__" else None


def faults(source: str, path: str, levels: Levels, part_of: Callable[[str], str | None]) -> list[str]:
    """What a module at `path`, below its root, imports against the order."""
    part = part_of(path.removesuffix(".py").replace("/", "."))
    names = [(name, part_of(name)) for name in imports(source, PurePosixPath(path))]
    found = (levels.fault(path, part or path, imported, name) for name, imported in names if imported)
    return [fault for fault in found if fault]


@pytest.mark.parametrize(
    ("root", "folder", "levels", "part_of"),
    [("py", "sayso", SAYSO, sayso_part), ("build", ".", BUILD, build_part)],
    ids=["sayso", "build"],
)
def test_imports_run_downwards(root, folder, levels, part_of):
    files = sorted((ROOT / root / folder).rglob("*.py"))
    assert files
    found = [
        fault
        for file in files
        for fault in faults(file.read_text("utf-8"), file.relative_to(ROOT / root).as_posix(), levels, part_of)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("path", "source", "imported"),
    [
        ("sayso/config/base.py", "from sayso.nn.layers import Dense", "nn"),
        ("sayso/nn/layers.py", "def f():\n    import sayso.models.plan", "models"),
        ("sayso/features/mel.py", "from sayso import data", "data"),
        ("sayso/data/clips.py", "from ..training import trainer", "training"),
        ("sayso/data/clips.py", "from sayso import Trainer", "__init__"),
        ("sayso/__init__.py", "from sayso.worker.service import Service", "worker"),
        ("sayso/worker/service.py", "from sayso.cli.terminal import Reporter", "cli"),
        ("sayso/cli/adapt.py", "from sayso.worker.service import Service", "worker"),
    ],
)
def test_an_import_that_runs_upwards_in_the_package_is_found(path, source, imported):
    (fault,) = faults(source, path, SAYSO, sayso_part)
    assert path in fault
    assert f"{imported} stands" in fault


def test_imports_that_run_downwards_in_the_package_are_none_of_these():
    source = "import numpy\nfrom sayso import __version__, errors\nfrom sayso.cli import terminal\nfrom . import page"
    assert faults(source, "sayso/cli/__init__.py", SAYSO, sayso_part) == []


@pytest.mark.parametrize("name", ["engine.steps", "page.bundle"])
def test_an_import_that_runs_upwards_in_the_build_is_found(name):
    (fault,) = faults(f"from reports.cards import card\nimport {name}", "page/server.py", BUILD, build_part)
    assert fault.startswith(
        "page/server.py imports reports.cards.card: reports stands above page; the order is engine <"
    )
