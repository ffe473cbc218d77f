"""Imports of the page's scripts run downwards, those of types alone too. Their source is read; nothing of it is run."""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .levels import Levels

WEB = Path(__file__).resolve().parents[2] / "web"

PAGE = Levels(
    ["types.d.ts", "util", "worker", "audio storage", "state", "ui", "views", "first-worker.js sw.js", "main.js"]
)
MADE_BY_THE_BUILD = {"assets.js", "runtime", "vendor"}  # what every folder may import

# `import x from 'y'`, `export x from 'y'`, `@import {X} from 'y'`, `import 'y'`, `import('y')`
IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"\n]+)['"]""")


def part_of(path: str) -> str:
    """The folder, or the file beside index.html, that a path below web/ begins with."""
    return path.split("/")[0]


def imports(source: str, path: str) -> Iterator[str]:
    """Paths below web/ that the script at `path` imports."""
    for match in IMPORT.finditer(source):
        if match[1].startswith("."):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(path), match[1]))


def faults(source: str, path: str) -> list[str]:
    """What the script at `path` imports against the order."""
    wanted = [name for name in imports(source, path) if part_of(name) not in MADE_BY_THE_BUILD]
    found = (PAGE.fault(path, part_of(path), part_of(name), name) for name in wanted)
    return [fault for fault in found if fault]


def scripts() -> Iterator[tuple[str, str]]:
    """Path and source of each script of the page."""
    for file in sorted(file for suffix in ("*.js", "*.d.ts") for file in WEB.rglob(suffix)):
        path = file.relative_to(WEB).as_posix()
        if "node_modules" not in path:
            yield path, file.read_text("utf-8")


def test_imports_run_downwards():
    found = [fault for path, source in scripts() for fault in faults(source, path)]
    assert not found, "\n".join(found)


def test_what_is_imported_is_there():
    missing = [
        f"{path} imports {name}, which is not there"
        for path, source in scripts()
        for name in imports(source, path)
        if part_of(name) not in MADE_BY_THE_BUILD and not (WEB / name).is_file()
    ]
    assert not missing, "\n".join(missing)


def test_the_ground_and_the_first_worker_import_nothing():
    assert [
        name for path in ("types.d.ts", "first-worker.js") for name in imports((WEB / path).read_text(), path)
    ] == []


@pytest.mark.parametrize(
    ("path", "source", "imported"),
    [
        ("util/format.js", "import {\n  play,\n} from '../audio/player.js';", "audio"),
        ("audio/mic.js", "/** @import {Store} from '../storage/store.js' */", "storage"),
        ("state/files.js", "const { goTo } = await import('../ui/router.js');", "ui"),
        ("ui/drop.js", "/** @param {import('../views/app.d.ts').App} app */", "views"),
        ("views/train/run.js", "import '../../main.js';", "main.js"),
        ("views/models.js", "export * from '../first-worker.js';", "first-worker.js"),
    ],
)
def test_an_import_that_runs_upwards_is_found(path, source, imported):
    (fault,) = faults(source, path)
    assert path in fault
    assert f"{imported} stands" in fault


def test_imports_that_run_downwards_are_none_of_these():
    source = "import { openDB } from '../vendor/idb.js';\n/** @import {DBSchema} from 'idb' */\nimport './database.js';"
    assert faults(source, "storage/store.js") == []
