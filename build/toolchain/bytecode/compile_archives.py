"""Runs inside Pyodide: writes each archive of /job/in to /job/out with compiled modules, as /job/job.json says.

job.json: {"prefix": "<path of the archive they will be in>", "archives": {"<archive>": {"optimize": 0 | 1 | 2,
"keep_lines": true | false, "keep_sources": true | false}, ...}}

A module's .pyc is beside its .py or takes its place: zipimport looks for it first. It is "unchecked": the interpreter
never compares it with a source, whose time of change means nothing. The same input gives the same bytes.
"""

import importlib.util
import json
import marshal
import posixpath
import sys
import zipfile
from pathlib import Path
from types import CodeType

TIMESTAMP = (2026, 1, 1, 0, 0, 0)
SAME_LINE, UNITS_AN_ENTRY = (
    0x80 | 13 << 3,
    8,
)  # entries of line tables: Objects/locations.md of CPython
UNCHECKED = 0b01  # the flag of a .pyc file that is never compared with its source (PEP 552)


def bytecode(source: bytes, shown_path: str, *, optimize: int, keep_lines: bool) -> bytes:
    """The content of a .pyc file; `shown_path` is what tracebacks will name."""
    code = compile(source, shown_path, "exec", dont_inherit=True, optimize=optimize)
    header = importlib.util.MAGIC_NUMBER + UNCHECKED.to_bytes(4, "little") + importlib.util.source_hash(source)
    return header + marshal.dumps(code if keep_lines else without_lines(code))


def without_lines(code: CodeType) -> CodeType:
    """The code with each function on a single line, its first: the table of lines is a tenth of a module."""
    constants = tuple(without_lines(item) if isinstance(item, CodeType) else item for item in code.co_consts)
    n_units = len(code.co_code) // 2
    lengths = (min(UNITS_AN_ENTRY, n_units - start) for start in range(0, n_units, UNITS_AN_ENTRY))
    table = b"".join(bytes([SAME_LINE | (length - 1), 0]) for length in lengths)
    return code.replace(co_linetable=table, co_consts=constants)


def rewrite(source: Path, target: Path, prefix: str, *, optimize: int, keep_lines: bool, keep_sources: bool) -> None:
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w") as compiled:

        def write(name: str, content: bytes) -> None:
            compiled.writestr(zipfile.ZipInfo(name, TIMESTAMP), content, zipfile.ZIP_DEFLATED, 9)

        for info in archive.infolist():
            if info.is_dir():
                continue
            content = archive.read(info)
            is_module = info.filename.endswith(".py")
            if is_module:
                shown_path = posixpath.join(prefix, info.filename)
                write(info.filename + "c", bytecode(content, shown_path, optimize=optimize, keep_lines=keep_lines))
            if keep_sources or not is_module:
                write(info.filename, content)


job = json.loads(Path("/job/job.json").read_text())
for n, (file_name, options) in enumerate(job["archives"].items(), start=1):
    rewrite(Path("/job/in", file_name), Path("/job/out", file_name), job["prefix"], **options)
    print(f"[{n}/{len(job['archives'])}] {file_name}", file=sys.stderr)
