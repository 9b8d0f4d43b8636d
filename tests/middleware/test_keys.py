"""What a turn is known by: what it says, never how it is spelled."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations import catalog
from sealegs.retention.keys import Facts, Reader, chain, digest, key, looks_unique, seed

ONE, TWO = "call_9Zb2kQ7LmWx4", "call_7Yc4pT2VnRs8"
CHAT = "openai-chat"


def facts(message: Any, wire: str = CHAT) -> Facts:
    reader = Reader(catalog().formats.values())
    return reader.facts(catalog().wires[wire], json.dumps(message).encode())


def call(arguments: str = "{}", call_id: str = ONE, **more: Any) -> dict[str, Any]:
    function = {"name": "f", "arguments": arguments}
    calls = [{"id": call_id, "type": "function", "function": function}]
    return {"role": "assistant", "content": None, "tool_calls": calls, **more}


def said(text: Any, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": text, **more}


SAME: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (said("a b"), said("\n a b \t")),
    (said("ab"), said([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}])),
    (said("It’s “it” – …"), said('It\'s "it" - ...')),
    (said("a"), said("a", name="n", refusal=None, annotations=[], audio=None)),
    (said("a"), said("a", reasoning_content="why", reasoning="why")),
    (said("a"), said("a", reasoning_details=[{"type": "reasoning.text", "text": "why"}])),
    (said("a"), said("<think>\nwhy\n</think>\n\na")),
    (call('{"a":1,"b":"\\u00e9"}'), call('{"b": "é", "a": 1}')),
    (call(""), call("{}")),
    (call(), call(content="")),
    (call(), {**call(), "content": [], "refusal": None}),
    (call(), {k: v for k, v in call().items() if k != "content"}),
    (call(call_id=ONE), call(call_id=TWO)),
    (
        said([{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]),
        said([{"type": "text", "text": "a"}]),
    ),
]

DIFFERENT: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (said("a"), said("b")),
    (said("a b"), said("a  b")),
    (said("a"), {"role": "user", "content": "a"}),
    (call('{"a": 1}'), call('{"a": 2}')),
    (call('{"a": 1}'), call('{"a": "1"}')),
    (call('{"a": [1, 2]}'), call('{"a": [2, 1]}')),
    (call(), said("f {}")),
    (call(), call(content="I look.")),
    (said("a"), said([{"type": "text", "text": "a"}, {"type": "image_url", "image_url": "x"}])),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_turn_are_one_turn(one: Any, other: Any) -> None:
    assert facts(one).digest == facts(other).digest
    assert facts(one).calls == facts(other).calls


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_turns_that_say_something_else_are_told_apart(one: Any, other: Any) -> None:
    assert facts(one).digest != facts(other).digest


def test_the_text_beside_calls_does_not_change_what_the_calls_are_known_by() -> None:
    assert facts(call()).calls == facts(call(content="I look.")).calls != b""


def test_a_turn_without_calls_is_known_by_none() -> None:
    assert facts(said("a")).calls == b""


def test_the_bytes_alone_decide_whoever_reads() -> None:
    reader = Reader(catalog().formats.values(), limit=64)
    wire = catalog().wires[CHAT]
    turns = [json.dumps(said(f"text {n}")).encode() for n in range(20)]
    first = [reader.facts(wire, raw) for raw in turns]
    assert [reader.facts(wire, raw) for raw in turns] == first
    assert len({one.digest for one in first}) == 20


def test_one_text_in_two_wire_formats_is_read_as_each_says() -> None:
    reader = Reader(catalog().formats.values())
    raw = b'{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{}}]}'
    chat = reader.facts(catalog().wires[CHAT], raw)
    messages = reader.facts(catalog().wires["anthropic-messages"], raw)
    assert (chat.names, messages.names) == ((), ("f",))


# Places


def test_system_turns_have_no_place_in_the_chain() -> None:
    system, user = {"role": "system", "content": "s"}, {"role": "user", "content": "q"}
    start = seed("", "")
    with_system = chain(start, [facts(system), facts(user), facts(said("a"))])
    without = chain(start, [facts(user), facts(said("a"))])
    assert with_system[1:] == without


def test_unique_ids_said_before_belong_to_a_place_and_others_do_not() -> None:
    start = seed("", "")
    places = [chain(start, [facts(call(call_id=one))])[1] for one in (ONE, TWO, "f:0", "f:1")]
    assert len({*places}) == 3
    assert places[2] == places[3]


def test_a_reply_is_not_known_by_its_own_ids() -> None:
    assert facts(call(call_id=ONE)).digest == facts(call(call_id=TWO)).digest
    assert facts(call(call_id=ONE)).chained != facts(call(call_id=TWO)).chained


@given(st.lists(st.binary(max_size=4), max_size=4), st.lists(st.binary(max_size=4), max_size=4))
def test_digests_tell_parts_apart(one: list[bytes], other: list[bytes]) -> None:
    assert (digest(*one) == digest(*other)) == (one == other)


@given(st.text(max_size=5), st.text(max_size=5), st.text(max_size=5), st.text(max_size=5))
def test_a_chain_starts_by_namespace_and_session(a: str, b: str, c: str, d: str) -> None:
    assert (seed(a, b) == seed(c, d)) == ((a, b) == (c, d))


def test_keys_of_different_kinds_never_meet() -> None:
    assert key(b"form", b"x" * 16) != key(b"calls", b"x" * 16)


# Ids


@pytest.mark.parametrize(
    "native",
    [
        "call_9Zb2kQ7LmWx4",
        "toolu_01A09q90qw90lq917835lq9",
        "chatcmpl-tool-9b2c6f0a1d3e4c5b8a7f6e5d4c3b2a10",
        "fc_67ca09c5efe081939a9cdd6d",
        "D681PevKs",
        "call_b7f3a91c",
    ],
)
def test_random_ids_look_unique(native: str) -> None:
    assert looks_unique(native)


@pytest.mark.parametrize(
    "native",
    [
        "",
        "1",
        "functions.get_weather:0",
        "pwd_0",
        "call_1",
        "call_" + "0" * 34 + "1a",
        "tool_call_get_weather",
        "get_current_weather",
        "call_00000001",
        "functions.search_2024_archive:12",
    ],
)
def test_counters_and_names_do_not_look_unique(native: str) -> None:
    assert not looks_unique(native)
