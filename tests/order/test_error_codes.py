"""Every error code is in one list, and the page explains each that it can meet."""

import ast
import re
from pathlib import Path

import pytest
from sayso.errors import CODES, DESK_CODES, PACKAGE_CODES, PAGE_CODES

ROOT = Path(__file__).parents[2]
FIXED = {"internal", "out_of_memory"}  # made of exceptions that are not Sayso's own
CALLS = ("SaysoError", "refuse_unless")


def raised_in(source: str) -> set[str]:
    """Codes that are written out in a module's calls, and as the `code` of a class."""
    codes = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in CALLS:
            codes |= {
                arg.value for arg in node.args[:2] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
            }
        elif isinstance(node, ast.ClassDef):
            values = [
                each.value
                for each in node.body
                if isinstance(each, ast.Assign) and getattr(each.targets[0], "id", "") == "code"
            ]
            codes |= {value.value for value in values if isinstance(value, ast.Constant)}
    return {code for code in codes if re.fullmatch(r"[a-z]\w+", code)}


def named_by_page() -> dict[str, set[str]]:
    """Codes that the page's scripts name, each with the files that do."""
    before = r"SaysoError\(\s*", "code: ", r"hasCode\([^,()]+, ", r"\w+Error: \[", r"\b(?:fail|lose)\(\s*", r"^\s+"
    pattern = rf"(?:{'|'.join(before)})'([a-z]+_[a-z_\d]+)'"
    found: dict[str, set[str]] = {}
    for file in (ROOT / "web").rglob("*.js"):
        if file.name not in ("protocol.js", "explanations.js"):
            for code in re.findall(pattern, file.read_text(), re.MULTILINE):
                found.setdefault(code, set()).add(file.name)
    return found


def test_every_code_that_python_raises_is_in_the_list_and_every_one_listed_is_raised():
    raised = {code for file in (ROOT / "py").rglob("*.py") for code in raised_in(file.read_text())}
    assert raised | FIXED == PACKAGE_CODES.keys() | DESK_CODES.keys()


def test_desk_codes_are_raised_by_nothing_that_the_tab_alone_runs():
    worker = {code for file in (ROOT / "py/sayso/worker").glob("*.py") for code in raised_in(file.read_text())}
    assert not worker & DESK_CODES.keys()


def test_every_code_that_the_page_names_is_in_the_list_and_every_one_listed_is_named():
    named = named_by_page()
    unknown = {code: files for code, files in named.items() if code not in PACKAGE_CODES | PAGE_CODES}
    assert not unknown
    assert PAGE_CODES.keys() <= named.keys() | {"boot_failed"}, "boot_failed comes as an event"


def test_the_page_explains_each_code_it_can_meet_and_no_others():
    text = (ROOT / "web/ui/explanations.js").read_text()
    explained = re.findall(r"^  (\w+): \[", text, re.MULTILINE)
    assert sorted(explained) == sorted({*PACKAGE_CODES, *PAGE_CODES})


@pytest.mark.parametrize("code", CODES)
def test_a_code_has_a_sentence(code):
    assert re.fullmatch(r"[a-z][a-z0-9_]+", code)
    assert re.fullmatch(r"[A-Z].{10,}\.", CODES[code])


def test_a_code_is_in_one_part_of_the_list():
    assert len(CODES) == len(PACKAGE_CODES) + len(DESK_CODES) + len(PAGE_CODES)


def test_codes_are_found_in_sources():
    source = 'class A:\n    code = "one_a"\nSaysoError("two_b", f"x")\nrefuse_unless(x, "three_c", name, v, "y")\n'
    assert raised_in(source) == {"one_a", "two_b", "three_c"}
