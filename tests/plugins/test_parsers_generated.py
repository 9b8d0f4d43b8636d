"""What the writers write is read back whole, however it is cut, and is never made up."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sealegs.calls.choosing import Parsers
from sealegs.calls.parsing import ParsedCall, ToolCallParser
from sealegs.calls.scanning import Scanned, Scanner, scan
from sealegs_plugins.parsers import ALL
from writers import MARKUP, WRITERS, Call, Writer, bare

PARSERS = Parsers(ALL)
NAMES = ("get_weather", "get_time", "mcp__files__read-file", "Write")
SCHEMAS: dict[str, Any] = {name: {"type": "object"} for name in NAMES}
KEYS = ("city", "opts", "tags", "zip_code", "content", "item2")

TEXTS = st.lists(st.one_of(st.sampled_from(MARKUP), st.text(max_size=6)), max_size=4).map("".join)
SCALARS = st.one_of(
    TEXTS,
    st.integers(-(10**18), 10**18),
    st.booleans(),
    st.none(),
    st.floats(allow_nan=False, allow_infinity=False),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
    ),
    max_leaves=4,
)
CALLS = st.lists(
    st.builds(
        Call, st.sampled_from(NAMES), st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4)
    ),
    min_size=1,
    max_size=3,
)
BEFORE = st.sampled_from(
    (
        "",
        "Let me check.\n\n",
        "Use `<tool_call>` or `[TOOL_CALLS]` for it:\n",
        "2 < 3, {x} and [y] (a).\n",
        "```xml\n<tool_call>\n```\n\n",
        "<think>I could write <tool_call>{}</tool_call>.</think>\n\n",
        "Ça va 🙂\r\n",
    )
)
AFTER = st.sampled_from(("", "\n", "\n\nThat is all.", "\nThe `end`."))


def clear(writer: Writer, value: Any) -> bool:
    if isinstance(value, str):
        return writer.clear(value)
    if isinstance(value, dict):
        return all(clear(writer, item) for item in value.values())
    return all(clear(writer, item) for item in value) if isinstance(value, list) else True


def spelled(call: Call) -> dict[str, str]:
    return {key: bare(value) for key, value in call.arguments.items()}


def same(found: ParsedCall, call: Call, writer: Writer) -> bool:
    """Say whether a call was read as it was written."""
    if found.name != call.name:
        return False
    if not call.arguments:
        return found.arguments in ({}, "{}")
    if not writer.texts:
        assert isinstance(found.arguments, str)
        return bool(json.loads(found.arguments) == call.arguments)
    assert isinstance(found.arguments, Mapping)
    if writer.parser == "minimax-m3":
        return {key: stringly(text) for key, text in found.arguments.items()} == {
            key: stringly(bare(value)) for key, value in call.arguments.items()
        }
    return found.arguments == spelled(call)


def stringly(text: str) -> Any:
    """Give a value with the scalars that stand in an object or array as their texts."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return leaves(value) if isinstance(value, dict | list) else text


def leaves(value: Any) -> Any:
    if isinstance(value, dict) and value:
        return {key: leaves(item) for key, item in value.items()}
    if isinstance(value, list) and value:
        return [leaves(item) for item in value]
    return bare(value)


def pieces(text: str, sizes: Sequence[int], parser: ToolCallParser) -> Scanned:
    """Scan a text in pieces of these sizes, over and over."""
    scanner = Scanner(parser, SCHEMAS)
    said: list[str] = []
    calls: list[ParsedCall] = []
    at = number = 0
    while at < len(text):
        size = sizes[number % len(sizes)]
        step = scanner.feed(text[at : at + size])
        said.append(step.text)
        calls += step.calls
        at, number = at + size, number + 1
    last = scanner.close()
    return Scanned("".join((*said, last.text)), (*calls, *last.calls))


def parser_of(writer: Writer) -> ToolCallParser:
    parser = PARSERS.named(writer.parser)
    assert parser is not None
    return parser


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=50, deadline=None)
@given(CALLS, BEFORE, AFTER, st.lists(st.integers(1, 40), min_size=1, max_size=5), st.randoms())
def test_what_is_written_is_read_back(
    name: str,
    calls: list[Call],
    before: str,
    after: str,
    sizes: list[int],
    chance: random.Random,
) -> None:
    writer = WRITERS[name]
    parser = parser_of(writer)
    calls = [
        Call(call.name, {k: v for k, v in call.arguments.items() if clear(writer, v)})
        for call in calls[: 3 if writer.several else 1]
    ]
    written = writer.write(calls)
    before = "" if writer.first else before
    text = before + written + after

    found = scan(text, parser, SCHEMAS)
    assert len(found.calls) == len(calls)
    assert all(one.whole for one in found.calls)
    assert all(same(one, call, writer) for one, call in zip(found.calls, calls, strict=True))
    assert found.text.split() == (before + after).split()
    assert pieces(text, sizes, parser) == found

    cut = text[: chance.randrange(len(text))]
    never_changed(cut, calls, writer, parser)
    assert pieces(cut, sizes, parser) == scan(cut, parser, SCHEMAS)


def never_changed(cut: str, calls: Sequence[Call], writer: Writer, parser: ToolCallParser) -> None:
    """Whole calls of a text that was cut off are calls that were written."""
    found = scan(cut, parser, SCHEMAS)
    assert len(found.calls) <= len(calls)
    for one, call in zip(found.calls, calls, strict=False):
        assert one.name == call.name
        assert not one.whole or same(one, call, writer)
    if not found.calls:
        assert found.text == cut


FIXED = (
    Call("get_weather", {"city": "São Paulo", "opts": {"city": 'a "b"', "tags": [1, None]}}),
    Call("Write", {"content": "x = '</tool_call>'\nif a < b:\n    `y`\n", "zip_code": "01234"}),
    Call("get_time", {}),
)


@pytest.mark.parametrize("name", WRITERS)
def test_a_text_may_end_anywhere(name: str) -> None:
    writer = WRITERS[name]
    calls = FIXED if writer.several else FIXED[:1]
    text = ("" if writer.first else "Well:\n") + writer.write(calls)
    for cut in range(len(text)):
        never_changed(text[:cut], calls, writer, parser_of(writer))


@pytest.mark.parametrize("name", WRITERS)
def test_pieces_of_every_size_give_the_same(name: str) -> None:
    writer = WRITERS[name]
    calls = FIXED if writer.several else FIXED[:1]
    text = ("" if writer.first else "Well:\n") + writer.write(calls) + "\n\nDone."
    whole = scan(text, parser_of(writer), SCHEMAS)
    assert len(whole.calls) == len(calls)
    for size in range(1, 41):
        assert pieces(text, [size], parser_of(writer)) == whole


def quiet(text: str, parser: ToolCallParser) -> None:
    """No call is made of a text, and nothing of it is changed."""
    assert scan(text, parser, SCHEMAS) == Scanned(text)
    for size in (1, 7):
        assert pieces(text, [size], parser) == Scanned(text)


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=3, deadline=None)
@given(CALLS)
def test_reasoning_and_code_call_nothing(name: str, calls: list[Call]) -> None:
    writer = WRITERS[name]
    parser = parser_of(writer)
    written = writer.write(calls[: 3 if writer.several else 1])
    for opening, closers in parser.hidden.items():
        if not any(closer in written for closer in closers):
            quiet(f"{opening}\n{written}\n{closers[0]}\n\nI shall not.", parser)
            quiet(f"{opening}{written}", parser)
    if "`````" not in written and "\n~" not in written:
        quiet(f"To call a tool write:\n`````\n{written}\n`````\nThat is all.", parser)
        quiet(f"~~~~~xml\n{written}\n~~~~~\n", parser)
        quiet(f"- so:\n\n  `````\n{written}\n", parser)
    if "\n" not in written and "``" not in written:
        quiet(f"Write `` {written} `` for it.", parser)


@pytest.mark.parametrize("parser", ALL, ids=lambda parser: parser.name)
def test_prose_may_mention_the_marks(parser: ToolCallParser) -> None:
    for opener in parser.openers:
        mark = opener.text.strip()
        quiet(f"The mark {mark} begins a call.", parser)
        quiet(f"{mark} begins a call, {mark} again does.", parser)
        quiet(f"It is\n{mark}\nand nothing else.", parser)
        quiet(f"| {mark} | begins |\n\n{mark}", parser)
        quiet(mark, parser)
        quiet(f"“{mark}…” and '{mark}'", parser)
