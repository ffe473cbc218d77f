"""Changes to WebAssembly modules, as an engine sees them."""

import json
import subprocess

import pytest
from engine.npm import node, package
from toolchain.runtime import INTERPRETER, RUNTIME
from toolchain.wasm import imported_names, with_exports

LOOK = """
const { readFileSync } = require('node:fs');
const names = process.argv.slice(1).map((file) => {
  const module = new WebAssembly.Module(readFileSync(file));
  const both = [WebAssembly.Module.imports(module), WebAssembly.Module.exports(module)];
  return both.map((all) => all.map(({ name }) => name));
});
console.log(JSON.stringify(names));
"""


def look(*files):
    """For each module, the names of its imports and of its exports."""
    done = subprocess.run([node(), "-e", LOOK, *files], check=True, capture_output=True, text=True)
    return [(set(imports), set(exports)) for imports, exports in json.loads(done.stdout)]


@pytest.fixture(scope="module")
def original():
    return package("pyodide") / "pyodide.asm.wasm"


def test_imports_are_those_that_an_engine_sees(original):
    ((imports, _),) = look(original)
    assert imported_names(original.read_bytes()) == imports


def test_other_exports_are_gone_and_the_module_is_one(original, tmp_path):
    changed = tmp_path / "changed.wasm"
    changed.write_bytes(with_exports(original.read_bytes(), {"memory", "malloc", "nothing of the kind"}))
    (before, _), (after, exports) = look(original, changed)
    assert after == before
    assert exports == {"memory", "malloc"} & look(original)[0][1]


def test_the_page_keeps_every_export_that_its_parts_import(original):
    page = RUNTIME.folder / "page"
    parts = sorted(page.glob("*.wasm"))
    (_, offered), (own, kept), *others = look(original, page / INTERPRETER, *parts)
    assert len(others) > 10
    assert len(kept) < len(offered) / 4
    for imports in (own, *(imports for imports, _ in others)):
        assert imports & offered <= kept
