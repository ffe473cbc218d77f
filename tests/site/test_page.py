"""The built page: complete, for itself alone, and what its list of assets says it is."""

import hashlib
import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from bundle import STAMP, TEXT_SUFFIXES, UNCACHED, VENDOR, other_origins
from policy import CONTENT_SECURITY_POLICY, MEDIA_TYPES


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
    return {path.relative_to(dist).as_posix() for path in dist.rglob("*") if path.is_file()} - {STAMP}


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
    assert set(VENDOR) | {"LICENSES.txt"} == {file.name for file in (dist / "vendor").iterdir()}
    assert (dist / "vendor" / "LICENSES.txt").read_text().count("Permission") >= 2


class TestRuntime:
    @pytest.fixture
    def lock(self, dist):
        return json.loads((dist / "runtime" / "pyodide-lock.json").read_text())

    def test_lock_names_the_wheels_by_their_hash(self, dist, lock):
        assert set(lock["packages"]) == {"numpy", "micropip"}
        for entry in lock["packages"].values():
            content = (dist / "runtime" / entry["file_name"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == entry["sha256"]
            assert set(entry["depends"]) <= set(lock["packages"])

    @pytest.mark.parametrize("pattern", ["python_stdlib.zip", "numpy-*.whl", "micropip-*.whl"])
    def test_modules_are_compiled_and_nothing_else(self, dist, pattern):
        (archive,) = (dist / "runtime").glob(pattern)
        with zipfile.ZipFile(archive) as opened:
            names = opened.namelist()
            assert not [name for name in names if name.endswith(".py")]
            compiled = [name for name in names if name.endswith(".pyc")]
            assert len(compiled) > 20
            assert len({opened.read(name)[:4] for name in compiled}) == 1, "one magic number"
            assert not [name for name in names if "/tests/" in name]

    def test_wheels_record_their_files(self, dist):
        for wheel in (dist / "runtime").glob("*.whl"):
            with zipfile.ZipFile(wheel) as opened:
                (record,) = (name for name in opened.namelist() if name.endswith(".dist-info/RECORD"))
                listed = [line.split(",")[0] for line in opened.read(record).decode().splitlines()]
                assert sorted(listed) == sorted(opened.namelist())

    def test_saysos_wheel_has_sources_and_bytecode(self, dist):
        (wheel,) = (dist / "runtime").glob("sayso-*-py3-none-any.whl")
        with zipfile.ZipFile(wheel) as opened:
            names = set(opened.namelist())
        sources = [name for name in names if name.endswith(".py")]
        assert "sayso/__init__.py" in sources
        for name in sources:
            folder, _, module = name.rpartition("/")
            assert f"{folder}/__pycache__/{module.removesuffix('.py')}.cpython-314.pyc" in names

    def test_nothing_names_a_folder_of_the_machine_that_built_it(self, dist):
        home = str(Path.home()).encode()
        for wheel in (dist / "runtime").glob("*.whl"):
            with zipfile.ZipFile(wheel) as opened:
                for name in opened.namelist():
                    assert home + b"/" not in opened.read(name), name
