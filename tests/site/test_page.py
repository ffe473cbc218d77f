"""The built page: complete, for itself alone, and what its list of assets says it is."""

import json
import re
import subprocess
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import brotli
import pytest
import zstandard
from engine.compress import SUFFIXES
from engine.npm import node
from page.bundle import STAMP, TEXT_SUFFIXES, UNCACHED, VENDOR, other_origins
from page.policy import CONTENT_SECURITY_POLICY, MEDIA_TYPES
from toolchain.numpy_wasm import IS_OWN


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def tags(dist):
    return Tags((dist / "index.html").read_text()).found


def files_of(dist: Path) -> set[str]:
    """The page's files, but for their compressed copies."""
    files = {path for path in dist.rglob("*") if path.is_file() and path.suffix not in SUFFIXES.values()}
    return {path.relative_to(dist).as_posix() for path in files} - {STAMP}


def test_page_declares_the_policy_it_is_served_with(tags):
    metas = {attributes.get("http-equiv"): attributes.get("content") for tag, attributes in tags if tag == "meta"}
    declared = metas["Content-Security-Policy"].split(";")
    assert [part.strip() for part in declared if part.strip()] == CONTENT_SECURITY_POLICY.split("; ")


def test_service_worker_sets_the_same_policy(dist):
    policy = re.search(r"POLICY = \[(.*?)\]", (dist / "sw.js").read_text(), re.DOTALL)[1]
    assert re.findall(r'"([^"]+)"', policy) == CONTENT_SECURITY_POLICY.split("; ")


def test_page_has_nothing_the_policy_forbids(tags):
    for tag, attributes in tags:
        assert "style" not in attributes, (tag, attributes)
        assert not any(name.startswith("on") for name in attributes), (tag, attributes)
        assert tag != "script" or attributes.get("src"), (tag, attributes)


def test_page_addresses_are_relative_and_there(dist, tags):
    addresses = [attributes[name] for _, attributes in tags for name in ("src", "href") if attributes.get(name)]
    for address in addresses:
        if not address.startswith(("#", "data:")):
            assert not address.startswith("/"), address
            assert (dist / address.split("#")[0].split("?")[0]).exists(), address


def test_modules_import_what_is_there(dist):
    pattern = re.compile(r"""(?:^|[;\s}])(?:from|import)\s*\(?\s*['"]([^'"]+)['"]""")
    for module in dist.rglob("*.js"):
        code = "\n".join(line for line in module.read_text().splitlines() if not re.match(r"\s*(//|/?\*)", line))
        for address in pattern.findall(code):
            assert address.startswith("."), f"{module.name} imports {address}: workers know no import maps"
            assert (module.parent / address).resolve().exists(), f"{module.name} imports {address}"


def test_no_other_origin_in_any_text_file(dist):
    assert list(other_origins(dist)) == []


@pytest.mark.parametrize(
    "line",
    [
        "fetch('https://example.org/model')",
        'import("//example.org/x.js")',
        "@import url(https://example.org/font.css);",
        '<img src="HTTP://example.org/pixel.gif">',
        "new WebSocket('wss://example.org')",
    ],
)
def test_other_origins_are_found(tmp_path, line):
    (tmp_path / "page.js").write_text(f"// see https://example.org/why\n{line}\n")
    (found,) = other_origins(tmp_path)
    assert found.startswith("page.js:2:")


def test_assets_are_the_files_of_the_page(dist):
    text = (dist / "assets.js").read_text()
    assets = json.loads(re.search(r"ASSETS = (\[.*\]);", text, re.DOTALL)[1].replace(",\n]", "\n]"))
    assert {asset["url"] for asset in assets} == files_of(dist) - UNCACHED
    for asset in assets:
        assert (dist / asset["url"]).stat().st_size == asset["bytes"]


def test_every_file_has_a_media_type(dist):
    suffixes = {Path(name).suffix for name in files_of(dist)}
    assert suffixes <= set(MEDIA_TYPES)
    assert set(MEDIA_TYPES) >= TEXT_SUFFIXES


def test_settings_and_sources_of_the_build_are_left_out(dist):
    assert not {"package.json", "package-lock.json", "tsconfig.json"} & files_of(dist)
    assert not [name for name in files_of(dist) if name.endswith(".d.ts") or "node_modules" in name]


def test_vendor_modules_are_there_with_their_licences(dist):
    assert set(VENDOR) | {"LICENSES.txt"} == {
        name.removeprefix("vendor/") for name in files_of(dist) if name.startswith("vendor/")
    }
    assert (dist / "vendor" / "LICENSES.txt").read_text().count("Permission") >= 2


RESTORE = """
const { readFileSync } = require('node:fs'), [page] = process.argv.slice(1);
const module = readFileSync(page + "/runtime/memory.wasm");
const [ours, theirs] = [0, 1].map(() => new WebAssembly.Memory({ initial: 1000 }));
import(page + '/worker/python.js').then(({ placeSegments }) => {
  placeSegments(module, new Uint8Array(ours.buffer));
  new WebAssembly.Instance(new WebAssembly.Module(module), { interpreter: { memory: theirs } });
  const [mine, plain] = [ours, theirs].map(({ buffer }) => Buffer.from(buffer));
  if (!mine.equals(plain)) throw new Error('the memories differ');
  console.log(plain.filter((byte) => byte).length);
});
"""


class TestRuntime:
    @pytest.fixture
    def library(self, dist):
        with zipfile.ZipFile(dist / "runtime" / "library.zip") as opened:
            yield opened

    @pytest.fixture
    def snapshot(self, dist):
        text = (dist / "runtime" / "snapshot.js").read_text()
        return json.loads(re.search(r"SNAPSHOT = (\{.*\});", text, re.DOTALL)[1])

    def test_modules_are_compiled_by_one_interpreter(self, library):
        names = library.namelist()
        assert len(names) == len(set(names))
        compiled = {name for name in names if name.endswith(".pyc")}
        assert {name + "c" for name in names if name.endswith(".py")} <= compiled
        assert {"traceback.pyc", "numpy/__init__.pyc", "sayso/worker/session.pyc"} <= compiled
        assert len({library.read(name)[:4] for name in compiled}) == 1, "one magic number"
        assert not [name for name in names if "/tests/" in name]

    def test_tracebacks_can_show_saysos_sources_and_no_others(self, library):
        sources = [name for name in library.namelist() if name.endswith(".py")]
        assert "sayso/worker/session.py" in sources
        assert not [name for name in sources if not name.startswith("sayso/")]

    def test_packages_are_there_as_pip_would_have_installed_them(self, library):
        installed = [name.split("-")[0] for name in library.namelist() if name.endswith(".dist-info/METADATA")]
        assert sorted(installed) == ["numpy", "sayso"]

    def test_snapshot_names_the_libraries_that_are_there(self, dist, snapshot):
        there = {path.name for path in (dist / "runtime").glob("*.wasm")} - {"pyodide.asm.wasm", "memory.wasm"}
        assert any("/sayso_loops." in library["path"] for library in snapshot["libraries"]) == IS_OWN
        assert {library["file"] for library in snapshot["libraries"]} == there
        for library in snapshot["libraries"]:
            place = library.get("packed", {"start": 0})
            content = (dist / "runtime" / library["file"]).read_bytes()[place["start"] : place.get("end")]
            assert content.startswith(b"\0asm"), library
        assert set(snapshot["handles"].values()) == {library["path"] for library in snapshot["libraries"]}

    def test_nothing_names_a_folder_of_the_machine_that_built_it(self, dist, library):
        home = str(Path.home()).encode()
        for name in library.namelist():
            if name.startswith(("numpy", "sayso")):  # Pyodide's own files name its builders' folders
                assert home + b"/" not in library.read(name), name
        for file in (path.name for path in (dist / "runtime").glob("*.wasm") if path.name != "pyodide.asm.wasm"):
            assert home + b"/" not in (dist / "runtime" / file).read_bytes(), file

    def test_memory_is_restored_as_an_engine_would(self, dist):
        result = subprocess.run([node(), "-e", RESTORE, dist], check=True, capture_output=True, text=True)
        assert int(result.stdout) > 1_000_000, "bytes that are not zero"


FIRST_MODEL = "models/yes-no.safetensors"  # what a first visit listens with


class TestSize:
    """Bytes that a first visit transfers before listening works, from a server that sends the compressed copies."""

    @pytest.fixture
    def items(self, dist):
        return dict(first_visit(dist))

    def test_is_below_9_mb(self, items):
        table = "\n".join(f"{size:10,}  {file}" for file, size in sorted(items.items(), key=lambda item: -item[1]))
        assert sum(items.values()) < 9_000_000, table

    def test_compressed_copies_are_of_the_files_beside_them(self, dist):
        unpack = {".br": brotli.decompress, ".zst": zstandard.decompress}
        copies = {path.relative_to(dist).as_posix(): path for path in dist.rglob("*") if path.suffix in unpack}
        assert {"runtime/memory.wasm.br", "runtime/memory.wasm.zst", "main.js.br"} <= copies.keys()
        for name, copy in copies.items():
            assert unpack[copy.suffix](copy.read_bytes()) == copy.with_suffix("").read_bytes(), name


def first_visit(dist: Path):
    """Files that are fetched until the page listens, each with what is transferred of it."""
    for file in sorted(files_of(dist)):
        is_late = file.startswith(("voices/", "vendor/LICENSES", "vendor/uplot.js")) or file.endswith(
            ("library.zip", ".md")
        )
        if not is_late and not (file.endswith(".safetensors") and file != FIRST_MODEL):
            copies = [Path(dist, file + suffix) for suffix in (*SUFFIXES.values(), "")]
            yield file, next(copy for copy in copies if copy.exists()).stat().st_size
