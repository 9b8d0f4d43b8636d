"""A request is edited by splicing: what nobody touched stays the bytes that came."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsontexts import patient, spaces, texts, values, written
from sealegs.document import JsonDocument
from sealegs.jsons import dump, parse
from sealegs.layout import Layout
from sealegs.spans import array, members
from sealegs.wire import Role


def role(raw: bytes) -> Role:
    value = parse(raw)
    return value["role"] if isinstance(value, dict) else "user"


LAYOUT = Layout(turns="messages", role=role, system="system")
names = texts.filter(lambda name: "." not in name and name != "messages" and name != "")
turns = st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"]), "content": values})


@st.composite
def requests(draw: st.DrawFn) -> tuple[dict[str, Any], bytes]:
    value = draw(st.dictionaries(names, values, max_size=5))
    order = draw(st.permutations([*value, "messages"]))
    value["messages"] = draw(st.lists(turns, max_size=4))
    value = {name: value[name] for name in order}
    text = draw(spaces) + draw(written(value)) + draw(spaces)
    return json.loads(text), text.encode()


@patient
@given(requests())
def test_a_request_without_an_edit_is_the_same_object(request: tuple[Any, bytes]) -> None:
    value, body = request
    document = JsonDocument(body, LAYOUT)
    assert document.encode() is body
    assert [parse(turn.raw) for turn in document.turns] == value["messages"]
    assert {name: document.parameter(name) for name in value} == value
    same = {name: one for name, one in value.items() if one is not None and name != "messages"}
    assert document.edited(parameters=same).encode() is body


@patient
@given(requests(), st.data())
def test_an_edited_turn_changes_no_other_byte(request: tuple[Any, bytes], data: Any) -> None:
    value, body = request
    document = JsonDocument(body, LAYOUT)
    if not document.turns:
        return
    index = data.draw(st.integers(0, len(document.turns) - 1))
    message = data.draw(turns)
    edited = document.edited(turns={index: message})
    start, end = array(body, members(body)["messages"])[index]
    before, turn = document.turns[index], edited.turns[index]
    assert (turn.origin, parse(turn.raw)) == (body[start:end], parse(dump(message)))
    assert edited.encode() == body[:start] + turn.raw + body[end:]
    assert document.encode() is body
    same = document.edited(turns={index: parse(before.raw)})
    assert same.encode() == body[:start] + same.turns[index].raw + body[end:]
    assert json.loads(same.encode()) == value


@patient
@given(requests(), st.data())
def test_members_are_set_and_removed(request: tuple[Any, bytes], data: Any) -> None:
    value, body = request
    known = sorted(value.keys() - {"messages"})
    changed = data.draw(
        st.dictionaries(st.sampled_from(known) | names if known else names, values, max_size=5)
    )
    edited = JsonDocument(body, LAYOUT).edited(parameters=changed)
    removed = {name for name, one in changed.items() if one is None}
    expected = {name: one for name, one in (value | changed).items() if name not in removed}
    encoded = edited.encode()
    assert json.loads(encoded) == expected
    assert [name for name in json.loads(encoded) if name in value] == [
        name for name in value if name in expected
    ]
    assert {name: edited.parameter(name) for name in changed} == {
        name: json.loads(json.dumps(one)) for name, one in changed.items()
    }
    again = JsonDocument(encoded, LAYOUT)
    assert [turn.raw for turn in again.turns] == [turn.raw for turn in edited.turns]


@pytest.mark.parametrize(
    ("body", "gone", "left"),
    [
        (b'{"a": 1, "messages": [], "b": 2}', ["a"], b'{"messages": [], "b": 2}'),
        (b'{"a": 1, "messages": [], "b": 2}', ["b"], b'{"a": 1, "messages": []}'),
        (b'{"a": 1, "messages": [], "b": 2}', ["a", "b"], b'{"messages": []}'),
        (b'{ "a" : 1 , "b" : 2 , "messages" : [ ] }', ["a", "b"], b'{ "messages" : [ ] }'),
        (b'{\n "messages": [],\n "a": 1,\n "b": 2\n}', ["a"], b'{\n "messages": [],\n "b": 2\n}'),
        (b'{\n "messages": [],\n "a": 1,\n "b": 2\n}', ["b"], b'{\n "messages": [],\n "a": 1\n}'),
        (b'{"messages": [], "a": "}"}', ["a"], b'{"messages": []}'),
        (b'{"messages": []}', ["a"], b'{"messages": []}'),
    ],
)
def test_a_removed_member_goes_with_its_key_and_one_comma(
    body: bytes, gone: list[str], left: bytes
) -> None:
    document = JsonDocument(body, LAYOUT)
    edited = document.edited(parameters=dict.fromkeys(gone))
    assert edited.encode() == left
    assert [edited.parameter(name) for name in gone] == [None] * len(gone)
    back = edited.edited(parameters=dict.fromkeys(gone, 3))
    assert json.loads(back.encode()) == json.loads(left) | dict.fromkeys(gone, 3)


def test_dotted_paths_reach_into_members() -> None:
    body = b'{"messages": [], "thinking": {"type": "enabled", "keep": 1}}'
    document = JsonDocument(body, LAYOUT)
    assert document.parameter("thinking.type") == "enabled"
    assert document.parameter("thinking.type.deeper") is None
    assert document.parameter("nothing.at.all") is None
    edited = document.edited(parameters={"thinking.keep": None, "extra.a.b": 2, "extra.a.c": 3})
    assert edited.encode() == (
        b'{"messages": [], "thinking": {"type":"enabled"},"extra":{"a":{"b":2,"c":3}}}'
    )
    assert document.edited(parameters={"extra.a": None, "thinking.no": None}).encode() is body


def test_a_later_edit_wins_and_earlier_ones_stay() -> None:
    document = JsonDocument(b'{"messages":[{"role":"user"}],"a":1}', LAYOUT)
    first = document.edited(parameters={"a": 2, "b": 3})
    second = first.edited(turns={0: {"role": "user", "x": 1}}, parameters={"a": None})
    assert first.encode() == b'{"messages":[{"role":"user"}],"a":2,"b":3}'
    assert second.encode() == b'{"messages":[{"role":"user","x":1}],"b":3}'
    assert second.turns[0].origin == b'{"role":"user"}'
    assert second.edited(parameters={"b": None}).encode() == b'{"messages":[{"role":"user","x":1}]}'


def test_equal_is_not_the_same_type() -> None:
    document = JsonDocument(b'{"messages":[],"store":1}', LAYOUT)
    assert document.edited(parameters={"store": True}).encode() == b'{"messages":[],"store":true}'


def test_numbers_and_escapes_of_untouched_members_survive() -> None:
    body = rb'{"seed": 123456789012345678901234567890, "x": "\ud83d\/", "f": 1.10, "messages": []}'
    edited = JsonDocument(body, LAYOUT).edited(parameters={"stream": True})
    assert edited.encode() == body[:-1] + b',"stream":true}'


def test_what_holds_no_list_of_turns_is_refused() -> None:
    for body in (b'{"prompt": "x"}', b'{"messages": {}}', b'{"messages": 1}', b"[]", b"", b"{"):
        with pytest.raises(ValueError, match=r"."):
            JsonDocument(body, LAYOUT)


@patient
@given(requests(), st.lists(turns, min_size=1, max_size=3), st.data())
def test_added_turns_stand_behind_the_others(
    request: tuple[Any, bytes], added: list[Any], data: Any
) -> None:
    value, body = request
    document = JsonDocument(body, LAYOUT)
    longer = document.extended(added)
    assert json.loads(longer.encode()) == value | {"messages": value["messages"] + added}
    assert [turn.origin for turn in longer.turns[len(document.turns) :]] == [b""] * len(added)
    index = data.draw(st.integers(0, len(longer.turns) - 1))
    message = data.draw(turns)
    expected = [*value["messages"], *added]
    expected[index] = message
    edited = longer.edited(turns={index: message})
    assert json.loads(edited.encode()) == value | {"messages": expected}
    assert document.encode() is body


@pytest.mark.parametrize("name", ["asked", "other"])
@pytest.mark.parametrize("there", [b"", b'"NAME":{"a":[1]},', b'"NAME":null,'])
def test_members_that_are_asked_for_read_and_change_like_any_other(name: str, there: bytes) -> None:
    layout = Layout(turns="messages", role=lambda _: "user", asked=("asked",))
    body = b"{" + there.replace(b"NAME", name.encode()) + b'"messages":[{"role":"user"}]}'
    document = JsonDocument(body, layout)
    value = {"a": [1]} if b"[1]" in there else None
    assert document.parameter(name) == value
    assert document.parameter(f"{name}.a") == (value and value["a"])
    assert document.edited(parameters={}).encode() == body
    changed = document.edited(parameters={f"{name}.a": 2})
    assert json.loads(changed.encode())[name] == {"a": 2}
    assert changed.parameter(f"{name}.a") == 2
    assert document.encode() == body
    removed = document.edited(parameters={name: None})
    assert removed.parameter(name) is None
    if there:
        assert name not in json.loads(removed.encode())


@patient
@given(requests(), st.data())
def test_turns_can_be_arranged_left_out_and_repeated_between_other_edits(
    request: tuple[Any, bytes], data: Any
) -> None:
    value, body = request
    count = len(value["messages"])
    order = data.draw(st.lists(st.integers(0, count - 1), max_size=6)) if count else []
    said = {"role": "user", "content": "an edit"}
    known: list[Any] = value["messages"]
    document = JsonDocument(body, LAYOUT)
    if count:
        document, known = document.edited(turns={0: said}), [said, *known[1:]]
    document = document.edited(parameters={"temperature": 1}).arranged(order)
    expected = [known[index] for index in order]
    assert json.loads(document.encode()) == {**value, "temperature": 1, "messages": expected}
    assert document.parameter("temperature") == 1
    again = document.extended([said])
    again = again.edited(turns={len(order): {**said, "content": "another"}}, parameters={"top": 2})
    if order:
        again = again.edited(turns={0: said})
        expected[0] = said
    expected.append({**said, "content": "another"})
    after = {**value, "temperature": 1, "messages": expected, "top": 2}
    assert json.loads(again.encode()) == after
    origins = [turn.origin for turn in JsonDocument(body, LAYOUT).turns]
    assert [turn.origin for turn in document.turns] == [origins[index] for index in order]


def test_turns_as_they_stand_are_no_new_arrangement() -> None:
    document = JsonDocument(b'{"messages":[{"role":"user"},{"role":"user"}]}', LAYOUT)
    assert document.arranged([0, 1]) is document
