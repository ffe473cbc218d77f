"""What is fetched is named by version and hash, and no file says where from."""

import json
import re
import subprocess

import pytest
from engine.steps import ROOT

REQUIREMENTS = (
    "build/requirements.txt",
    "build/base/requirements.txt",
    "build/toolchain/numpy_wasm/requirements.txt",
    "build/toolchain/stock_requirements.txt",
    "tests/bench/requirements.txt",
)
NPM = ("web", "build/checks", "tests/bench")
COMMANDS = (
    *("serve", "test", "check", "fix", "site", "voices", "base", "sprites", "models"),
    *("compare", "adapt-report", "own-words", "bench", "clean"),
)
REGISTRIES = ["registry.npmjs" + ".org", "pypi.org" + "/simple", "files.pythonhosted" + ".org", "deb.debian" + ".org"]


@pytest.mark.parametrize("path", REQUIREMENTS)
def test_requirements_have_hashes_and_no_index(path):
    text = (ROOT / path).read_text()
    requirements = re.split(r"\n(?=[a-z])", text.replace("\\\n", " "))
    pinned = [part for part in requirements if re.match(r"[a-z0-9._-]+==", part)]
    assert pinned
    for requirement in pinned:
        assert "--hash=sha256:" in requirement
    assert "://" not in text


def test_desk_and_tab_run_the_same_numpy():
    from toolchain.numpy_wasm.sources import NUMPY_VERSION

    assert f"\nnumpy=={NUMPY_VERSION} " in (ROOT / "build/requirements.txt").read_text()


@pytest.mark.parametrize("folder", NPM)
def test_npm_lock_has_hashes_and_no_addresses(folder):
    lock = json.loads((ROOT / folder / "package-lock.json").read_text())
    for name, entry in lock["packages"].items():
        assert "resolved" not in entry
        assert not name or entry["integrity"].startswith("sha512-")


@pytest.mark.parametrize("folder", NPM)
def test_npm_packages_are_pinned_exactly(folder):
    package = json.loads((ROOT / folder / "package.json").read_text())
    for version in (package.get("dependencies", {}) | package["devDependencies"]).values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)


@pytest.mark.parametrize("registry", REGISTRIES)
def test_no_file_names_a_registry(registry):
    found = subprocess.run(["git", "grep", "-lIF", registry], cwd=ROOT, capture_output=True, text=True)
    assert found.stdout == ""


def test_every_command_is_listed():
    import sys

    listing = subprocess.run([sys.executable, ROOT / "build"], capture_output=True, text=True, check=True).stdout
    for command in COMMANDS:
        assert re.search(rf"^\s+{command}\s", listing, re.MULTILINE)
