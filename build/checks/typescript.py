"""Type-checks the page's JavaScript where it lies, with the modules the build puts beside it."""

from __future__ import annotations

import json
from pathlib import Path

from engine.npm import WEB, node, package

from checks.tools import tool

CONFIGURATIONS = ("tsconfig.json", "tsconfig.worker.json", "tsconfig.worklet.json")

INTERPRETER_TYPES = """\
import type { Interpreter, Settings } from '../worker/python.js';
declare const createInterpreter: (settings: Settings) => Promise<Interpreter>;
export default createInterpreter;
"""

SNAPSHOT_TYPES = "export const SNAPSHOT: import('../worker/python.js').Snapshot;\n"

ASSETS_TYPES = """\
export const VERSION: string;
export const ASSETS: readonly { readonly url: string; readonly bytes: number }[];
"""


def tsc_command(configuration: Path, folder: Path) -> list[str | Path]:
    """A command that checks one configuration of web/; `folder` takes the declarations of what only dist/ holds."""
    modules = {
        "vendor/idb.d.ts": "export * from 'idb';\n",
        "vendor/uplot.d.ts": "export { default } from 'uplot';\n",
        "runtime/pyodide.d.mts": "export * from 'pyodide';\n",
        "runtime/pyodide.asm.d.mts": INTERPRETER_TYPES,
        "runtime/snapshot.d.ts": SNAPSHOT_TYPES,
        "assets.d.ts": ASSETS_TYPES,
    }
    beside = folder / "beside"
    for name, text in modules.items():
        (beside / name).parent.mkdir(parents=True, exist_ok=True)
        (beside / name).write_text(text)
    settings = {
        "extends": str(configuration),
        "compilerOptions": {
            "rootDirs": [str(WEB), str(beside)],
            "paths": {name: [str(package(name))] for name in ("idb", "uplot", "pyodide")},
            "typeRoots": [str(tool("@types"))],
            "noEmit": True,
        },
    }
    derived = folder / configuration.name
    derived.write_text(json.dumps(settings))
    return [node(), tool("typescript") / "bin" / "tsc", "--pretty", "--project", derived]
