"""Runs inside Pyodide: writes each archive of /job/in to /job/out with compiled modules, as /job/job.json says.

job.json: {"prefix": "<path of the archive they will be in>", "archives": {"<archive>": {"optimize": 0 | 1 | 2,
"keep_sources": true | false}, ...}}

A module's .pyc is beside its .py or takes its place: zipimport looks for it first. It is "unchecked": the interpreter
never compares it with a source, whose time of change means nothing. The same input gives the same bytes.
"""

import json
import posixpath
import py_compile
import sys
import tempfile
import zipfile
from pathlib import Path

TIMESTAMP = (2026, 1, 1, 0, 0, 0)


def bytecode(source: bytes, shown_path: str, optimize: int) -> bytes:
    """The content of a .pyc file; `shown_path` is what tracebacks will name."""
    with tempfile.TemporaryDirectory() as folder:
        module, compiled = Path(folder, "module.py"), Path(folder, "module.pyc")
        module.write_bytes(source)
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(
            str(module), str(compiled), dfile=shown_path, doraise=True, optimize=optimize, invalidation_mode=mode
        )
        return compiled.read_bytes()


def rewrite(source: Path, target: Path, prefix: str, *, optimize: int, keep_sources: bool) -> None:
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w") as compiled:

        def write(name: str, content: bytes) -> None:
            compiled.writestr(zipfile.ZipInfo(name, TIMESTAMP), content, zipfile.ZIP_DEFLATED, 9)

        for info in archive.infolist():
            if info.is_dir():
                continue
            content = archive.read(info)
            is_module = info.filename.endswith(".py")
            if is_module:
                write(info.filename + "c", bytecode(content, posixpath.join(prefix, info.filename), optimize))
            if keep_sources or not is_module:
                write(info.filename, content)


job = json.loads(Path("/job/job.json").read_text())
for n, (file_name, options) in enumerate(job["archives"].items(), start=1):
    rewrite(Path("/job/in", file_name), Path("/job/out", file_name), job["prefix"], **options)
    print(f"[{n}/{len(job['archives'])}] {file_name}", file=sys.stderr)
