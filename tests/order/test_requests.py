"""The page's list of requests, their types, and what Python answers are one set."""

import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest
from sayso.worker.requests import Request
from sayso.worker.service import Service
from sayso.worker.workbench import Workbench

WORKER = Path(__file__).parents[2] / "web" / "worker"
PROTOCOL, WIRE = ((WORKER / name).read_text() for name in ("protocol.js", "wire.d.ts"))
KEPT_BY_THE_WORKER = {("listen.start", "port")}  # the worker's script takes the port and hands on the rest

DECLARED = {
    each.name: each for owner in (Service, Workbench) for each in vars(owner).values() if isinstance(each, Request)
}


def block(text: str, start: str) -> str:
    """The text between the braces that open after `start`."""
    first = text.index("{", text.index(start)) + 1
    depth, at = 1, first
    while depth:
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return text[first : at - 1]


def calls() -> dict[str, str]:
    """The type of each request's payload in wire.d.ts, as text."""
    entries = re.split(r"\n  '([\w.]+)': Call<", block(WIRE, "interface Calls"))
    payloads = {}
    for name, rest in zip(entries[1::2], entries[2::2], strict=True):
        depth = 0
        for at, character in enumerate(rest):
            depth += {"{": 1, "<": 1, "}": -1, ">": -1}.get(character, 0)
            if character == "," and not depth:
                payloads[name] = rest[:at].strip()
                break
    return payloads


def keys_of(type_text: str) -> set[str]:
    """The keys of an object type: written out, by its name in protocol.js, or several joined by `&`."""
    type_text = type_text.strip()
    if type_text == "Nothing":
        return set()
    if partial := re.fullmatch(r"Partial<(\w+)>", type_text):
        return keys_of(partial[1])
    if re.fullmatch(r"\w+", type_text):
        (definition,) = re.findall(rf"@typedef \{{((?:(?!@typedef).)+)\}} {type_text}\n", PROTOCOL, re.DOTALL)
        return keys_of(re.sub(r"\n \*", "", definition))
    if type_text.startswith("{"):
        inner = block(type_text, "{")
        while "{" in inner:
            inner = re.sub(r"\{[^{}]*\}", "", inner)
        return set(re.findall(r"(\w+)\??:", inner)) | keys_of(type_text.partition("} & ")[2] or "Nothing")
    first, _, rest = type_text.partition(" & ")
    return keys_of(first) | keys_of(rest)


def snake(name: str) -> str:
    return re.sub("([A-Z])", lambda match: "_" + match[1].lower(), name)


def test_protocol_wire_and_python_name_the_same_requests():
    listed = re.findall(r"\b[A-Z_]+: '([\w.]+)'", block(PROTOCOL, "REQUESTS = Object.freeze("))
    assert len(listed) == len(set(listed))
    assert set(listed) == calls().keys() == DECLARED.keys()


def test_protocol_and_wire_name_the_same_events():
    listed = re.findall(r"\b[A-Z_]+: '([\w.]+)'", block(PROTOCOL, "EVENTS = Object.freeze("))
    assert set(listed) == set(re.findall(r"^  '([\w.]+)':", block(WIRE, "interface Events"), re.MULTILINE))


@pytest.mark.parametrize("name", DECLARED)
def test_a_payload_has_the_same_keys_on_both_sides(name):
    described = {field.name for field in fields(DECLARED[name].payload)}
    sent = {snake(key) for key in keys_of(calls()[name]) if (name, key) not in KEPT_BY_THE_WORKER}
    assert sent == described


def test_what_the_page_may_leave_out_has_a_default():
    assert all(field.default is not MISSING for field in fields(DECLARED["listen.tune"].payload))


@pytest.mark.parametrize("name", DECLARED)
def test_every_request_says_its_payload_and_result_in_a_comment(name):
    comment = re.search(rf"/\*\*((?:(?!\*/).)+)\*/\s+[A-Z_]+: '{re.escape(name)}'", PROTOCOL, re.DOTALL)
    assert comment, "no comment stands before it"
    assert "→" in comment[1]


def test_keys_are_read_off_types():
    assert keys_of("{ a: string; b?: { c: number }[] } & { d: File }") == {"a", "b", "d"}
    assert keys_of("TrainSettings") >= {"network", "batchSize", "startFrom"}
