"""What the build starts from, each source checked: by a hash pinned here, or by apt's signatures."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tarfile
from pathlib import Path

from engine.console import BuildError, output_of, program, run, say
from engine.desk import THIS_PYTHON, make_environment
from engine.steps import Step

HERE = Path(__file__).parent
NUMPY_VERSION = "2.4.6"
NUMPY_SHA256 = "f3a3570c4a2a16746ac2c31a7c7c7b0c186b95ce902e33db6f28094ed7387dda"

DEBIAN_SUITE = "forky"  # the first that has Python 3.14, and an OpenBLAS with WebAssembly kernels (0.3.33)
DEBIAN_PACKAGES = ("emscripten", "libpython3.14-dev")
OPENBLAS_SHA256 = {"0.3.34": "031220660e58d0afd3344a379e47ba68c6e082cb9c8a104755e8cf0af7d0da7d"}
STOCK_INSTEAD = "With SAYSO_NUMPY=stock Pyodide's own NumPy is taken, which is slower."
KEYRINGS = ("/usr/share/keyrings/debian-archive-keyring.pgp", "/usr/share/keyrings/debian-archive-keyring.gpg")


def check_sha256(file: Path, expected: str) -> None:
    """Refuse a file whose content is not the expected one."""
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != expected:
        file.unlink()
        raise BuildError(f"{file.name} has SHA-256 {found}, expected {expected}: it was not used.")


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a tar archive without its top folder; leaves an already unpacked one as it is."""
    if folder.exists():
        return
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    with tarfile.open(archive) as tar:
        tar.extractall(partial, filter="data")
    (top,) = partial.iterdir()
    top.rename(folder)
    partial.rmdir()


def _make_tools(folder: Path) -> None:
    make_environment(folder, HERE / "requirements.txt")


TOOLS = Step("wasm-tools", "Compiler for WebAssembly", (HERE / "requirements.txt", THIS_PYTHON), _make_tools)


def tool_environment() -> dict[str, str]:
    """Environment variables that put the tools first on the search path."""
    folder = TOOLS.folder / "env" / "bin"
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def _fetch_numpy(folder: Path) -> None:
    # By unearth, since `pip download` would build the archive to learn its metadata.
    unearth = TOOLS.folder / "env" / "bin" / "unearth"
    requirement = f"numpy=={NUMPY_VERSION}"
    run([unearth, requirement, "--no-binary", "--link-only", "--download", folder], log=folder / "fetch.log")
    check_sha256(numpy_archive(), NUMPY_SHA256)


NUMPY_SOURCE = Step("numpy-source", "NumPy's source", (TOOLS, NUMPY_VERSION, NUMPY_SHA256), _fetch_numpy)


def numpy_archive() -> Path:
    return NUMPY_SOURCE.folder / f"numpy-{NUMPY_VERSION}.tar.gz"


def _debian_mirror() -> str:
    """The archive this machine takes its Debian packages from."""
    listed = output_of("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages")
    for uri in sorted(set(listed.split())):
        if uri.rstrip("/").endswith("/debian"):
            return uri
    raise BuildError(f"apt-get knows no Debian archive: add one to the machine's apt sources. {STOCK_INSTEAD}")


def _apt(folder: Path) -> list[str]:
    """An apt-get that works in `folder` alone: the machine's own package lists stay as they are, root is not needed."""
    for name in ("lists/partial", "archives/partial"):
        (folder / name).mkdir(parents=True)
    signed_by = next((f"[signed-by={path}] " for path in KEYRINGS if Path(path).exists()), "")
    place = f"{signed_by}{_debian_mirror()} {DEBIAN_SUITE} main\n"
    (folder / "sources.list").write_text(f"deb {place}deb-src {place}")
    settings = {
        "Dir::Etc::SourceList": folder / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": folder / "lists",
        "Dir::Cache::Archives": folder / "archives",
        "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "",
        "APT::Update::Error-Mode": "any",  # otherwise a list that did not arrive is only a warning
    }
    return ["apt-get", "-q", *(part for name, value in settings.items() for part in ("-o", f"{name}={value}"))]


def _fetch_debian(folder: Path) -> None:
    dpkg = program("dpkg", f"Install it. {STOCK_INSTEAD}")
    apt, log = _apt(folder / "apt"), folder / "fetch.log"
    try:
        run([*apt, "update"], log=log)
        run([*apt, "download", *DEBIAN_PACKAGES], cwd=folder, log=log)
        run([*apt, "source", "--download-only", "openblas"], cwd=folder, log=log)
    except BuildError as error:
        raise BuildError(f"{error}\nThis takes a connection to Debian's archive. {STOCK_INSTEAD}") from error
    for package in folder.glob("*.deb"):
        run([dpkg, "-x", package, folder / "files"], log=log)
        package.unlink()
    shutil.rmtree(folder / "apt")
    version = openblas_version()
    if expected := OPENBLAS_SHA256.get(version):
        check_sha256(openblas_archive(), expected)
    else:
        say(f"  OpenBLAS {version} is new to this recipe; apt vouches for the archive")


DEBIAN = Step(
    "wasm-debian",
    f"Headers and OpenBLAS's source from Debian {DEBIAN_SUITE}",
    (DEBIAN_SUITE, *DEBIAN_PACKAGES, *OPENBLAS_SHA256.values()),
    _fetch_debian,
)


def openblas_archive() -> Path:
    (archive,) = DEBIAN.folder.glob("openblas_*.orig.tar.*z")
    return archive


def openblas_version() -> str:
    """The upstream version in the name of the archive."""
    match = re.match(r"openblas_(\d+(?:\.\d+)+)", openblas_archive().name)
    assert match, openblas_archive()
    return match[1]
