"""Runs inside Pyodide: writes each archive of /job/in to /job/out with compiled modules, as /job/job.json says.

job.json: {"<archive>": {"prefix": "<folder the archive is unpacked to>", "keep_sources": true | false}, ...}

Without sources a module's .pyc takes the place of its .py, which is where zipimport and the importer of sourceless
files look. With sources it goes to __pycache__. Both are "unchecked": the interpreter never compares them with a
source, whose time of change means nothing after unpacking. The same input gives the same bytes.
"""

import base64
import hashlib
import importlib.util
import json
import posixpath
import py_compile
import sys
import tempfile
import zipfile
from pathlib import Path

TIMESTAMP = (2026, 1, 1, 0, 0, 0)


def bytecode(source: bytes, shown_path: str) -> bytes:
    """The content of a .pyc file; `shown_path` is what tracebacks will name."""
    with tempfile.TemporaryDirectory() as folder:
        module, compiled = Path(folder, "module.py"), Path(folder, "module.pyc")
        module.write_bytes(source)
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(
            str(module), str(compiled), dfile=shown_path, doraise=True, optimize=0, invalidation_mode=mode
        )
        return compiled.read_bytes()


def compiled_entries(archive: zipfile.ZipFile, prefix: str, keep_sources: bool) -> dict[str, bytes]:
    """Names and contents of the archive to write, but a wheel's RECORD."""
    entries: dict[str, bytes] = {}
    for info in archive.infolist():
        name = info.filename
        if info.is_dir() or name.endswith(".dist-info/RECORD"):
            continue
        content = archive.read(info)
        if not name.endswith(".py"):
            entries[name] = content
            continue
        shown_path = posixpath.join(prefix, name)
        if keep_sources:
            entries[name] = content
            entries[importlib.util.cache_from_source(name)] = bytecode(content, shown_path)
        else:
            entries[name + "c"] = bytecode(content, shown_path)
    return entries


def record(entries: dict[str, bytes], name: str) -> bytes:
    """A wheel's list of its own files."""
    lines = []
    for path, content in entries.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        lines.append(f"{path},sha256={digest},{len(content)}\n")
    return "".join([*lines, f"{name},,\n"]).encode()


def rewrite(source: Path, target: Path, prefix: str, keep_sources: bool) -> None:
    with zipfile.ZipFile(source) as archive:
        entries = compiled_entries(archive, prefix, keep_sources)
        for name in archive.namelist():
            if name.endswith(".dist-info/RECORD"):
                entries[name] = record(entries, name)
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name, TIMESTAMP), content, zipfile.ZIP_DEFLATED, 9)


job = json.loads(Path("/job/job.json").read_text())
for file_name, options in job.items():
    rewrite(Path("/job/in", file_name), Path("/job/out", file_name), **options)
    print(f"[{list(job).index(file_name) + 1}/{len(job)}] {file_name}", file=sys.stderr)
