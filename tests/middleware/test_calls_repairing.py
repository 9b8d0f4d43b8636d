"""JSON as models write it: what is made of it, and how sure that is."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsontexts import patient, texts, values, written
from manglings import mangled
from sealegs.calls.repairing import read_json
from sealegs.calls.repairs import worse
from sealegs.calls.strictness import MAX_DEPTH, MAX_SIZE, same
from sealegs.errors import ArgumentError

roots = st.lists(values, max_size=4) | st.dictionaries(texts, values, max_size=4)

JSON: list[tuple[str, Any]] = [
    ('{"a": 1}', {"a": 1}),
    (' {"a": [1, 2.5, true, null, "x"]}\n', {"a": [1, 2.5, True, None, "x"]}),
    ('{"a": 123456789012345678901234567890}', {"a": 123456789012345678901234567890}),
    ('{"a": "\\ud800"}', {"a": "\ud800"}),
    ('{"a": "\ud800"}', {"a": "\ud800"}),
    ('{"a": "no \\"b\\": name, and : neither"}', {"a": 'no "b": name, and : neither'}),
    ('{"a": {"a": 1}, "b": {"a": 1}}', {"a": {"a": 1}, "b": {"a": 1}}),
    ('"{}"', "{}"),
    ("12", 12),
]


@pytest.mark.parametrize(("text", "value"), JSON)
def test_json_is_read_as_it_stands(text: str, value: Any) -> None:
    read = read_json(text)
    assert same(read.value, value)
    assert read.repairs == ()


LOSSLESS: list[tuple[str, Any, set[str]]] = [
    ('{"a": 1,}', {"a": 1}, {"trailing comma"}),
    ('{"a": [1, 2,],}', {"a": [1, 2]}, {"trailing comma"}),
    ('{"a": 1,, "b": 2}', {"a": 1, "b": 2}, {"extra comma"}),
    ('{"a": 1},', {"a": 1}, {"extra comma"}),
    ('{"a": 1}\u00a0', {"a": 1}, {"white space"}),
    ("\u200b{}", {}, {"white space"}),
    ("True", True, {"python literal"}),
    ('{"a": 1 /* why */, // how\n "b": 2 # what\n}', {"a": 1, "b": 2}, {"comment"}),
    ("{'a': 'it\\'s', 'b': '\"'}", {"a": "it's", "b": '"'}, {"single quotes"}),
    ("{'a': '\\x41\\U0001F600\\n'}", {"a": "A😀\n"}, {"single quotes"}),
    ("{“a”: “b”, ‘c’: ‘d’}", {"a": "b", "c": "d"}, {"smart quotes"}),
    ("{a: 1, b_2: 2, $c-d: 3}", {"a": 1, "b_2": 2, "$c-d": 3}, {"bare key"}),
    ("{1: true}", {"1": True}, {"bare key"}),
    (
        '{"a": True, "b": False, "c": None, "d": [TRUE]}',
        {"a": True, "b": False, "c": None, "d": [True]},
        {"python literal"},
    ),
    ('{"a": "x\ny\tz"}', {"a": "x\ny\tz"}, {"raw control character"}),
    ('```json\n{"a": 1}\n```', {"a": 1}, {"fence"}),
    ('```{"a": 1}```', {"a": 1}, {"fence"}),
    ('{"a": 1}\n```', {"a": 1}, {"fence"}),
    ('Sure!\n```json\n{"a": "```"}\n```', {"a": "```"}, {"fence", "prose"}),
    ('Here it is: {"a": 1}. Anything else?', {"a": 1}, {"prose"}),
    ('get_weather({"city": "Paris"})', {"city": "Paris"}, {"prose"}),
    ('<tool>{"a": 1}</tool><|im_end|>', {"a": 1}, {"prose"}),
    ('\ufeff{"a": 1}', {"a": 1}, {"byte order mark"}),
    ('{"a":\u00a01}', {"a": 1}, {"white space"}),
    (r'{"a": "\d+\.\d"}', {"a": r"\d+\.\d"}, {"bad escape"}),
    (r'{"a": "it\'s"}', {"a": "it's"}, {"bad escape"}),
    (r'{"a": "\d+\n"}', {"a": "\\d+\n"}, {"bad escape"}),
    (
        '{"a": +1, "b": .5, "c": 1., "d": 0x1F, "e": 1_000}',
        {"a": 1, "b": 0.5, "c": 1.0, "d": 31, "e": 1000},
        {"number spelling"},
    ),
]
UNAMBIGUOUS: list[tuple[str, Any, set[str]]] = [
    ('{"a": "x"', {"a": "x"}, {"unclosed object"}),
    ('{"a": {"b": true', {"a": {"b": True}}, {"unclosed object"}),
    ('{"a": 1 ', {"a": 1}, {"unclosed object"}),
    ('```json\n{"a": 1\n```', {"a": 1}, {"fence", "unclosed object"}),
    (
        '{"name": "f", "arguments": {"city": "Paris", "days": 3}\n',
        {"name": "f", "arguments": {"city": "Paris", "days": 3}},
        {"unclosed object"},
    ),
    ('{"a": [1, 2}', {"a": [1, 2]}, {"unclosed array"}),
    ('{"a": [{"b": 1], "c": 2}', {"a": [{"b": 1}], "c": 2}, {"unclosed object"}),
    ('{"a": 1}}', {"a": 1}, {"extra closer"}),
    ('{"a": 1, "a": 1}', {"a": 1}, {"repeated key"}),
    ('{"a": {"b": [1]}, "\\u0061": {"b": [1]}}', {"a": {"b": [1]}}, {"repeated key"}),
    ('{"a": 1}{"a": 1}', {"a": 1}, {"repeated object"}),
    ('{"a": 1}\n{ "a" : 1 }\n', {"a": 1}, {"repeated object"}),
    ('{"a": 1 "b": 2}', {"a": 1, "b": 2}, {"missing comma"}),
    ('{"a": "x" "b": "y"}', {"a": "x", "b": "y"}, {"missing comma"}),
    ('{"a": [{"b": 1} {"b": 2}]}', {"a": [{"b": 1}, {"b": 2}]}, {"missing comma"}),
]
GUESS: list[tuple[str, Any, set[str]]] = [
    ('{"a": 1}{"a": 2}', {"a": 1}, {"several objects"}),
    ('{} {"a": 1}', {}, {"several objects"}),
    ('{"a": 1}' * 40, {"a": 1}, {"several objects", "repeated object"}),
    ('{"a": 1, "a": 2}', {"a": 2}, {"repeated key"}),
    ('{"a": 1, "a": true}', {"a": True}, {"repeated key"}),
    ('{"a": NaN, "b": -Infinity}', {"a": None, "b": None}, {"not a number"}),
    ('{"a": 1e999}', {"a": None}, {"not a number"}),
    ('{"a": , "b": 1}', {"a": None, "b": 1}, {"missing value"}),
    ('{"a":}', {"a": None}, {"missing value"}),
    ("[1,,2]", [1, 2], {"missing value"}),
    ('{"a" 1}', {"a": 1}, {"missing colon"}),
    ("[1 2]", [1, 2], {"missing comma"}),
    ('["a" "b"]', ["a", "b"], {"missing comma"}),
    ('{"a": hello}', {"a": "hello"}, {"bare value"}),
    ('{"a": undefined}', {"a": None}, {"bare value"}),
    ('{"a": 007}', {"a": "007"}, {"bare value"}),
    ('{"a": "he said "hi" to me"}', {"a": 'he said "hi" to me'}, {"unescaped quote"}),
    ("{'a': 'it's'}", {"a": "it's"}, {"single quotes", "unescaped quote"}),
    ('"a": 1}', {"a": 1}, {"missing opener"}),
    ('{{"a": 1}}', {"a": 1}, {"stray text", "extra closer"}),
    ('{"a": {"b": 1}}, "c": 2}', {"a": {"b": 1}}, {"stray text"}),
    ('"b": 2}, and {"a": 1}', {"b": 2}, {"missing opener", "several objects", "stray text"}),
    (r'{"a": "\d\b"}', {"a": "\\d\b"}, {"bad escape"}),
    (r'{"a": "\x41"}', {"a": r"\x41"}, {"bad escape"}),
    (r'{"a": "C:\Users\new"}', {"a": "C:\\Users\new"}, {"bad escape"}),
    ("[1, 2}", [1, 2], {"extra closer"}),
    ("[1, :2]", [1, 2], {"stray text"}),
    ('{"a": 12:30}', {"a": 12}, {"stray text"}),
    ('"Sure", he said: {"a": 1}', {"a": 1}, {"stray text"}),
    ('{"a": 1} {[', {"a": 1}, {"several objects"}),
    ('{"a": 1} ' + '{"a": ' * 1_000, {"a": 1}, {"stray text"}),
    ("NaN", None, {"not a number"}),
]
TRUNCATED: list[tuple[str, Any]] = [
    ('{"a": [1, {"b": true', {"a": [1, {"b": True}]}),
    ('{"wheels": ["left", "right"', {"wheels": ["left", "right"]}),
    ('{"amount": 12', {"amount": 12}),
    ('{"amount": 12.', {"amount": 12.0}),
    ('{"amount": -', {"amount": "-"}),
    ('{"a": "x', {"a": "x"}),
    ('{"a": "x\\', {"a": "x\\"}),
    ('{"a":', {}),
    ('{"a"', {}),
    ('{"a', {}),
    ("{", {}),
    ('{"a": 1,', {"a": 1}),
    ('{"a": tru', {"a": "tru"}),
    ('{"a": [1, 2', {"a": [1, 2]}),
    ('{"a": 1 /* and', {"a": 1}),
]


@pytest.mark.parametrize(
    ("text", "value", "whats", "repair"),
    [
        *((*row, "lossless") for row in LOSSLESS),
        *((*row, "unambiguous") for row in UNAMBIGUOUS),
        *((*row, "guess") for row in GUESS),
    ],
)
def test_what_is_broken_is_mended_in_a_class(
    text: str, value: Any, whats: set[str], repair: str
) -> None:
    read = read_json(text)
    assert same(read.value, value), read.value
    assert {one.what for one in read.repairs} == whats
    assert read.worst == repair


@pytest.mark.parametrize(("text", "value"), TRUNCATED)
def test_what_may_have_gone_on_is_truncated(text: str, value: Any) -> None:
    read = read_json(text)
    assert same(read.value, value), read.value
    assert read.worst == "truncated"
    assert [one.what for one in read.repairs if one.repair == "truncated"] == ["cut off"]


@pytest.mark.parametrize("row", UNAMBIGUOUS[:3])
def test_a_missing_closer_is_a_missing_rest_where_the_text_was_cut(
    row: tuple[str, Any, Any],
) -> None:
    assert read_json(row[0], whole=False).worst == "truncated"


def test_a_closed_object_is_whole_whatever_the_provider_says() -> None:
    assert read_json('{"a": 1}', whole=False).worst == "none"
    assert read_json("{'a': 1}", whole=False).worst == "lossless"


@pytest.mark.parametrize(
    "text", ["", " \n", "I cannot do that.", "hello", "]", ":", '{"a": ' + "9" * 5000 + "}"]
)
def test_where_there_is_nothing_to_read_the_error_is_typed(text: str) -> None:
    with pytest.raises(ArgumentError):
        read_json(text)


def test_a_repair_says_where_it_was_made() -> None:
    read = read_json("""{"a~/b": [{"c": 1,}, {'d': None}]}""")
    assert [(one.pointer, one.what) for one in read.repairs] == [
        ("/a~0~1b/0", "trailing comma"),
        ("/a~0~1b/1", "single quotes"),
        ("/a~0~1b/1/d", "python literal"),
    ]


@patient
@given(st.data())
def test_other_spellings_mean_the_same(data: st.DataObject) -> None:
    value = data.draw(roots)
    text = data.draw(mangled(value))
    read = read_json(text)
    assert same(read.value, value)
    assert not worse(read.worst, "lossless")


@patient
@given(st.data())
def test_json_however_it_is_written_needs_no_repair(data: st.DataObject) -> None:
    value = data.draw(values)
    read = read_json(data.draw(written(value)))
    assert same(read.value, json.loads(json.dumps(value)))
    assert read.repairs == ()


@patient
@given(st.data())
def test_a_prefix_is_truncated_unless_only_the_ends_of_objects_are_missing(
    data: st.DataObject,
) -> None:
    text = data.draw(written(data.draw(roots))).strip()
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    try:
        read = read_json(cut)
        cut_off = read_json(cut, whole=False)
    except ArgumentError:
        return
    assert cut_off.worst == "truncated"
    if read.worst != "truncated":
        assert {one.what for one in read.repairs} <= {"unclosed object"}
        assert same(json.loads(cut + "}" * len(read.repairs)), read.value)


@patient
@given(st.text("{}[]\"'\\,:/*#`nu1.- \n“”", max_size=40))
def test_any_text_is_read_or_refused_and_only_json_needs_no_repair(text: str) -> None:
    try:
        read = read_json(text)
    except ArgumentError:
        return
    if not read.repairs:
        assert same(json.loads(text), read.value)


@pytest.mark.parametrize(
    "text",
    [
        "{" + ",".join(f"'k{i}': 'v{i}'" for i in range(20_000)) + "}",
        '{"a": "' + '"x ' * 130_000 + '"}',
        "[" * 400_000,
        "{" * 400_000,
        '{"a":"' + "\\" * 400_000,
        '"' * 400_000,
        '{"a": ' + '" ' * 200_000,
        "{'a': " + "' \"" * 130_000,
        "{" + '"a":1,' * 60_000 + '"a":2}',
        '{"a":1}' * 50_000,
        '{"a":1' + "/*" * 200_000,
        '{"a"' + " " * 400_000,
        '{"a":1}' + " " * 400_000 + "x",
        "```\n{" + " " * 400_000,
        "x" + "```\n{" * 80_000,
        '{"a": ' + "b " * 200_000,
        '{"a":"' + "\\d" * 200_000 + '"}',
        "x" * MAX_SIZE + "{}",
    ],
    ids=lambda text: text[:12],
)
def test_hostile_texts_end(text: str) -> None:
    with contextlib.suppress(ArgumentError):
        read_json(text)


@pytest.mark.parametrize("broken", ["", ","])
def test_nesting_has_a_bound(broken: str) -> None:
    within = '{"a":' * (MAX_DEPTH - 1) + "[1" + broken + "]" + "}" * (MAX_DEPTH - 1)
    assert read_json(within).worst == ("lossless" if broken else "none")
    with pytest.raises(ArgumentError, match="nested deeper"):
        read_json('{"a":' + within + "}")
