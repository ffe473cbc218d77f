"""`python3 build test`: which suites run, and what is handed on to the programs that run them."""

import subprocess
import sys
from collections import Counter

import pytest
from checks import suites
from checks.arguments import Arguments, read_selection
from checks.suites import QUICK, SUITES, Suite, run_suites
from engine.console import BuildError
from engine.steps import ROOT

FOLDERS = {suite.name: suite.folder for suite in SUITES}
DETECTOR, MEL = "tests/unit/test_detector.py", "tests/unit/test_mel.py"


def read(line):
    return read_selection(line.split(), FOLDERS)


@pytest.mark.parametrize(
    ("line", "selected", "options", "paths"),
    [
        ("", (), (), ()),
        ("unit parity unit", ("unit", "parity"), (), ()),
        (f"unit {DETECTOR} -k lasts", ("unit",), ("-k", "lasts"), (DETECTOR,)),
        (f"unit -k lasts {DETECTOR}", ("unit",), ("-k", "lasts"), (DETECTOR,)),
        (f"unit -x {DETECTOR} --lf -q", ("unit",), ("-x", "--lf", "-q"), (DETECTOR,)),
        (f"unit {DETECTOR}::test_a[x::y/z] {MEL}", ("unit",), (), (f"{DETECTOR}::test_a[x::y/z]", MEL)),
        (f"pyodide {DETECTOR}", ("pyodide",), (), (DETECTOR,)),
        (f"unit pyodide {DETECTOR} -x", ("unit", "pyodide"), ("-x",), (DETECTOR,)),
        (f"unit --ignore {DETECTOR}", ("unit",), ("--ignore", DETECTOR), ()),
        ("unit --tb short -m slow", ("unit",), ("--tb", "short", "-m", "slow"), ()),
        ("unit -k unit", ("unit",), ("-k", "unit"), ()),
        (DETECTOR, ("unit",), (), (DETECTOR,)),
        (f"./tests/parity/../unit/test_mel.py {ROOT}/{DETECTOR} -x", ("unit",), ("-x",), (MEL, DETECTOR)),
        ("tests/site -x", ("site",), ("-x",), ("tests/site",)),
    ],
)  # fmt: skip
def test_suites_come_first_then_paths_and_options(line, selected, options, paths, monkeypatch):
    monkeypatch.chdir(ROOT)
    request = read(line)
    assert request.suites == selected
    assert request.arguments == Arguments(options, paths)


def test_a_path_may_be_one_from_the_folder_the_caller_is_in(monkeypatch):
    monkeypatch.chdir(ROOT / "tests" / "unit")
    assert read("unit test_detector.py").arguments.paths == (DETECTOR,)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("-k lasts", r"-k is for a suite, and none is named\. As in: python3 build test unit tests/"),
        (
            "unti",
            r"unti is no test suite, and no path that is there\.\n(.*\n)+The suites: style, types, web,",
        ),
        ("unit tests/unit/test_detektor.py", r"tests/unit/test_detektor\.py is no test suite, and no path"),
        (f"parity {DETECTOR}", r"test_detector\.py: not of the suite parity, whose tests are in tests/parity\."),
        (f"unit parity {DETECTOR}", r"not of the suite parity"),
        (f"tests/site/conftest.py {DETECTOR}", r"test_detector\.py: not of the suite site"),
        ("tests/golden/frames.json", r"tests/golden/frames\.json belongs to no suite\."),
        ("style -x", r"The suite style runs as a whole: it takes neither paths nor options\."),
        (f"unit types {DETECTOR}", r"The suite types runs as a whole"),
    ],
)
def test_what_cannot_be_run_is_told(line, said, monkeypatch):
    monkeypatch.chdir(ROOT)
    with pytest.raises(BuildError, match=said):
        read(line)


def test_all_of_a_folder_is_run_unless_a_path_is_given():
    assert Arguments(("-x",)).within("tests/unit") == ["-x", "tests/unit"]
    assert Arguments(("-x",), (DETECTOR,)).within("tests/unit") == ["-x", DETECTOR]


def test_node_gets_options_as_single_words_and_a_name_by_its_own_option():
    given = Arguments(("-k", "is cancelled", "--test-only", "--test-reporter", "dot", "--test-timeout=9"))
    joined = ["--test-name-pattern=is cancelled", "--test-only", "--test-reporter=dot", "--test-timeout=9"]
    assert given.for_node() == joined


@pytest.fixture
def ran(monkeypatch):
    """Suites that only say that they ran; what each was given."""
    given = {}

    def suite(name, folder, **counts):
        return Suite(name, name.title(), lambda arguments: given.update({name: arguments}) or Counter(counts), folder)

    listed = (suite("one", "tests/unit", passed=2), suite("two", "tests/site", passed=1, failed=1), suite("none", "x"))
    monkeypatch.setattr(suites, "SUITES", listed)
    monkeypatch.chdir(ROOT)
    return given


def test_every_selected_suite_gets_the_arguments(ran):
    assert run_suites(["one", DETECTOR, "-k", "lasts"])
    assert ran == {"one": Arguments(("-k", "lasts"), (DETECTOR,))}


def test_every_suite_runs_whatever_the_one_before_found(ran, capfd):
    assert not run_suites([])
    assert list(ran) == ["one", "two", "none"]
    assert capfd.readouterr().out.splitlines()[-1] == "3 passed, 2 failed"


def test_a_suite_in_which_no_test_ran_has_failed(ran, capfd):
    assert not run_suites(["none", "-k", "nothing"])
    assert "none: no tests ran" in capfd.readouterr().out


def test_nothing_runs_when_the_command_line_is_wrong(ran):
    with pytest.raises(BuildError):
        run_suites(["one", "tests/site/conftest.py"])
    assert not ran


def test_what_fails_soonest_comes_first():
    assert [suite.name for suite in SUITES][: len(QUICK)] == list(QUICK)


def build(*words):
    command = [sys.executable, ROOT / "build", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_command_hands_options_on_that_it_knows_itself_too():
    done = build("test", "unit", DETECTOR, "-k", "lasts or nothing", "-q", "--help")
    assert "pytest" in done.stdout
    assert "--lf" in done.stdout


def test_one_test_runs_by_its_name():
    done = build("test", "unit", DETECTOR, "-k", "lasts")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "1 passed, 0 failed"


def test_a_name_that_no_test_has_fails():
    done = build("test", DETECTOR, "-k", "nonsensical")
    assert done.returncode == 1
    assert "unit: no tests ran" in done.stdout


def test_options_without_a_suite_are_refused_with_the_way_to_do_it():
    done = build("test", "-k", "lasts")
    assert done.returncode == 1
    assert "none is named. As in: python3 build test unit" in done.stderr


def test_help_lists_the_suites():
    listing = build("test", "--help").stdout
    assert all(f"\n  {suite.name} " in listing for suite in SUITES)
