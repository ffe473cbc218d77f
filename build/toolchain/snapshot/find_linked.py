"""Runs inside Pyodide: has imports find the compiled parts that are linked into the interpreter already.

/libraries.json: {"<module>": "<path its library is linked under>", ...}
"""

from __future__ import annotations

import importlib.abc
import importlib.util
import json
import sys
from collections.abc import Sequence
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from pathlib import Path
from types import ModuleType

LIBRARIES: dict[str, str] = json.loads(Path("/libraries.json").read_text())


class Linked(importlib.abc.MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None, /
    ) -> ModuleSpec | None:
        if name not in LIBRARIES:
            return None
        loader = ExtensionFileLoader(name, LIBRARIES[name])
        return importlib.util.spec_from_file_location(name, loader.path, loader=loader)


sys.meta_path.insert(0, Linked())
