"""Reading JSON that strangers wrote: the values that `json` reads, and a depth that no text can hide."""

import json

import pytest
from sayso.json_text import MAX_DEPTH, parse_json


@pytest.mark.parametrize(
    "value", [None, 3, 'ü\u2028"\\[{', [], {"a": [1, {"b": "]]]]"}]}, ["[" * 1000, "\\" * 1000, '"' * 1000, '\\"'] * 3]
)
def test_values_come_back_as_they_were(value):
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False), json.dumps(value).encode()):
        assert parse_json(text) == value


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"]]":', "}]")])
def test_nesting_is_allowed_up_to_its_bound(opening, closing):
    n = MAX_DEPTH // len([c for c in opening.replace("]]", "") if c in "[{"])
    parse_json(opening * n + "1" + closing * n)
    with pytest.raises(ValueError, match=rf"nested {MAX_DEPTH + 1}|nested {MAX_DEPTH + 2}"):
        parse_json(opening * (n + 1) + "1" + closing * (n + 1))


@pytest.mark.parametrize(
    "text",
    ["[" * 1_000_000, '{"a":' * 200_000, '["]]]]]]]]",' * 100_000, '["\\"]]",' * 100_000, "[" * 500_000 + "]" * 500_000,
     '"unclosed ' + "[" * 100_000],
)  # fmt: skip
def test_depth_is_found_without_recursion_whatever_stands_in_strings(text):
    with pytest.raises(ValueError, match="nested"):
        parse_json(text)


@pytest.mark.parametrize("text", ["", "{", "nope", "[1,]", '{"a" 1}', '"unclosed', b"\xff\xfe[\x00]\x00", "\ud800"])
def test_what_is_not_json_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"."):
        parse_json(text)
