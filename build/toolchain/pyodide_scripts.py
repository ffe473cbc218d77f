"""What the page changes in Pyodide's own scripts. A Pyodide that these changes do not fit stops the build."""

from __future__ import annotations

import re
from collections import Counter

from engine.console import BuildError

CHANGES: dict[str, tuple[tuple[str | re.Pattern[str], str], ...]] = {
    "pyodide.mjs": (
        # the last place to look for packages is the script's own folder: the page contacts no other host
        (re.compile(r"`https://cdn\.jsdelivr\.net/[^`]*`"), '"./"'),
        ("//# sourceMappingURL=pyodide.mjs.map", ""),
        # compile the interpreter while its script is on the way
        ("i=K();return function(s,r)", "p=n&&WebAssembly.compileStreaming(n),i=K();return function(s,r)"),
        (
            "n?l=await WebAssembly.instantiateStreaming(n,s):",
            "n?l={module:await p,instance:await WebAssembly.instantiate(await p,s)}:",
        ),
    ),
    "pyodide.asm.mjs": (
        # the memory, which never shrinks, grows by a twentieth at a time, not by a fifth
        ("oldSize*(1+.2/cutDown)", "oldSize*(1+.05/cutDown)"),
        # only those of its own functions whose address the interpreter asks for get one, not all ten thousand
        (
            "updateGOT(origExports)",
            "updateGOT(Object.fromEntries(Object.entries(origExports).filter(([name])=>name in GOT)))",
        ),
        # compile what lets WebAssembly call functions of JavaScript once for all functions of a type
        (
            "var convertJsFunctionToWasm=(func,sig)=>{var bytes=",
            "var callers={};var convertJsFunctionToWasm=(func,sig)=>{var module=callers[sig]??=new WebAssembly.Module(",
        ),
        (";var module=new WebAssembly.Module(bytes);var instance=", ");var instance="),
        # the parentheses have engines compile the function at once, not parse all of it twice
        ("async function _createPyodideModule(", "const _createPyodideModule=(async function("),
        (";return moduleRtn}export default", ";return moduleRtn});export default"),
    ),
}


EXPORTED = re.compile(r'(_(\w+))=Module\["\1"\]=wasmExports\["\2"\];')
EXPORTS = re.compile(r"\bvar ([\w,]+);function assignWasmExports\(wasmExports\)\{")
ALL_EXPORTED = 'for(const[name,value]of Object.entries(wasmExports))Module["_"+name]=value;'


def _with_exports_in_a_loop(source: str) -> str:
    """Hand out the interpreter's functions in a loop, not in five thousand statements, which are a third of the script.

    Each function has a variable of its own too; variables that nothing else mentions are left out. Other scripts know
    the functions as members of Module.
    """
    mentions = Counter(re.findall(r"\w+", source))
    # three mentions are a declaration, an assignment and a name in Module
    unused = {name for name, _ in EXPORTED.findall(source) if mentions[name] == 3}
    found = EXPORTS.search(source)
    if not found or not unused:
        raise BuildError("pyodide.asm.mjs hands out its functions otherwise: see build/toolchain/pyodide_scripts.py.")
    declared = ",".join(name for name in found[1].split(",") if name not in unused)
    start = f"var {declared};function assignWasmExports(wasmExports){{{ALL_EXPORTED}"
    rest = EXPORTED.sub(lambda export: "" if export[1] in unused else export[0], source[found.end() :])
    return source[: found.start()] + start + rest


def changed(name: str, source: str) -> str:
    """The script of this name with its changes."""
    for old, new in CHANGES[name]:
        pattern = old if isinstance(old, re.Pattern) else re.compile(re.escape(old))
        parts = pattern.split(source)
        if len(parts) != 2:
            raise BuildError(f"{name} has {pattern.pattern!r} {len(parts) - 1} times, expected once: see "
                             "build/toolchain/pyodide_scripts.py.")  # fmt: skip
        source = new.join(parts)
    return _with_exports_in_a_loop(source) if name == "pyodide.asm.mjs" else source
