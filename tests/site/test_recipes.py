"""Parts of the build that decide what goes into the page, on small inputs."""

import tarfile

import pytest
from checks.runners import NO_TESTS_COLLECTED, outcome
from engine.console import BuildError, program, run
from engine.npm import package
from toolchain.numpy_wasm.sources import check_sha256, unpack
from toolchain.numpy_wasm.target import pyconfig
from toolchain.pyodide_scripts import CHANGES, changed

REPORT = """<testsuites><testsuite tests="7" failures="1" errors="2" skipped="1"/></testsuites>"""


def test_pyconfig_has_the_names_of_one_platform_and_the_values_of_another():
    names = "#define HAVE_A 1\n/* #undef HAVE_B */\n#  define SIZE 8\n#define ONLY_HERE 1\n"
    text = pyconfig(names, {"HAVE_A": 0, "HAVE_B": 1, "SIZE": 4, "OTHER": 1})
    defined = [line for line in text.splitlines() if line.startswith("#define") and "Py_PYCONFIG_H" not in line]
    assert defined == ["#define HAVE_B 1", "#define SIZE 4"]


@pytest.mark.parametrize("name", CHANGES)
def test_an_unknown_pyodide_is_refused(name):
    script = (package("pyodide") / name).read_text()
    assert "jsdelivr" not in changed(name, script)
    for unknown in ("", script + script):
        with pytest.raises(BuildError, match=rf"{name} has .*, expected once"):
            changed(name, unknown)


def test_a_download_with_another_hash_is_refused_and_removed(tmp_path):
    file = tmp_path / "numpy.tar.gz"
    file.write_bytes(b"something else")
    with pytest.raises(BuildError, match=r"numpy\.tar\.gz has SHA-256 .*, expected 00"):
        check_sha256(file, "00" * 32)
    assert not file.exists()


def test_an_archive_is_unpacked_without_its_top_folder_and_once(tmp_path):
    (tmp_path / "top").mkdir()
    (tmp_path / "top" / "a.txt").write_text("1")
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "top", "top")
    unpack(tmp_path / "a.tar.gz", tmp_path / "source")
    (tmp_path / "source" / "built").touch()
    unpack(tmp_path / "a.tar.gz", tmp_path / "source")
    assert {file.name for file in (tmp_path / "source").iterdir()} == {"a.txt", "built"}


def test_a_missing_program_is_named_with_the_way_to_get_it():
    with pytest.raises(BuildError, match=r"no-such-program was not found\. Install it\."):
        program("no-such-program", "Install it.")


def test_a_failing_command_shows_the_end_of_its_output(tmp_path):
    with pytest.raises(BuildError, match=r"sh failed with code 3.*\n.*\n  the reason"):
        run(["sh", "-c", "echo the reason; exit 3"], log=tmp_path / "log.txt")


@pytest.mark.parametrize(
    ("code", "report", "expected"),
    [
        (1, REPORT, {"passed": 3, "failed": 3, "skipped": 1}),
        (0, REPORT.replace('failures="1" errors="2"', 'failures="0" errors="0"'), {"passed": 6, "skipped": 1}),
        (4, "", {"failed": 1}),
        (NO_TESTS_COLLECTED, "", {}),
        (
            139,
            REPORT.replace('failures="1" errors="2"', 'failures="0" errors="0"'),
            {"passed": 6, "failed": 1, "skipped": 1},
        ),
    ],
)
def test_an_outcome_counts_what_pytest_reports_and_what_it_could_not(tmp_path, code, report, expected):
    if report:
        (tmp_path / "report.xml").write_text(report)
    assert +outcome(code, tmp_path / "report.xml") == expected
