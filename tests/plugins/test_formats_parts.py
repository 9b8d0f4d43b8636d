"""Reasoning as parts among other parts: Anthropic, Responses, Gemini, Converse, Mistral, Cohere."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealegs.knowledge import ReasoningFormat
from sealegs_plugins.formats import ALL
from sealegs_plugins.formats.parts import PartsFormat
from sealegs_plugins.formats.places import moved

FORMATS = {form.name: form for form in ALL if isinstance(form, PartsFormat)}
BLOCKS, ITEMS = FORMATS["thinking_blocks"], FORMATS["reasoning_items"]
THOUGHTS, CONVERSE = FORMATS["thought_parts"], FORMATS["reasoning_content_blocks"]

THINKING = {"type": "thinking", "thinking": "why", "signature": "Eq0E"}
REDACTED = {"type": "redacted_thinking", "data": "EmwK"}
TEXT = {"type": "text", "text": "It is cold."}
USE = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}
ITEM = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"}
FC = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"}
CALL = {"functionCall": {"name": "f", "args": {}}}


def said(text: str, **more: object) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text}]
    return {"type": "message", "role": "assistant", "content": content, **more}


def turn(form: PartsFormat, parts: object) -> dict[str, Any]:
    return {"role": "assistant", form.member: parts}


def read(form: PartsFormat, parts: object) -> Any:
    return form.read(turn(form, parts))


def kept(form: PartsFormat, before: list[Any], after: object) -> object:
    """Write what was read before into what came after; give the parts, or nothing."""
    written = form.write(turn(form, after), form.read(turn(form, before)))
    return None if written is None else written[form.member]


SHAPES: list[tuple[str, Any, bool, str]] = [
    ("thinking_blocks", THINKING, True, "why"),
    ("thinking_blocks", {"type": "thinking", "thinking": "", "signature": "Eq0E"}, True, ""),
    ("thinking_blocks", {"type": "thinking", "thinking": "why", "signature": ""}, False, "why"),
    ("thinking_blocks", REDACTED, True, ""),
    ("reasoning_items", ITEM, True, ""),
    ("reasoning_items", {"type": "reasoning", "id": "rs_1", "summary": []}, True, ""),
    (
        "reasoning_items",
        {
            "type": "reasoning",
            "id": "r1",
            "summary": [{"type": "summary_text", "text": "a"}],
            "content": [{"type": "reasoning_text", "text": "b"}],
        },
        False,
        "a\n\nb",
    ),
    ("thought_parts", {"text": "why", "thought": True}, False, "why"),
    ("thought_parts", {"text": "", "thoughtSignature": "EqIZ"}, True, ""),
    ("thought_parts", {"thought_signature": "EqIZ"}, True, ""),
    (
        "reasoning_content_blocks",
        {"reasoningContent": {"reasoningText": {"text": "why", "signature": "Eq0E"}}},
        True,
        "why",
    ),
    (
        "reasoning_content_blocks",
        {"reasoningContent": {"reasoningText": {"text": "why"}}},
        False,
        "why",
    ),
    ("reasoning_content_blocks", {"reasoningContent": {"redactedContent": "RXU4"}}, True, ""),
    (
        "thinking_chunks",
        {"type": "thinking", "thinking": [{"type": "text", "text": "why"}], "closed": True},
        False,
        "why",
    ),
    (
        "thinking_chunks",
        {"type": "thinking", "thinking": [{"type": "text", "text": "why"}], "signature": "s"},
        True,
        "why",
    ),
    ("thinking_items", {"type": "thinking", "thinking": "why"}, False, "why"),
]


@pytest.mark.parametrize(("name", "part", "signed", "text"), SHAPES)
def test_each_shape_of_part_is_read_and_comes_back(
    name: str, part: Any, signed: bool, text: str
) -> None:
    form = FORMATS[name]
    message = turn(form, [part])
    payload = form.read(message)
    assert payload == {"parts": [[0, part]], "attributes": [], "kinds": []}
    assert (form.signed(payload), form.text(payload)) == (signed, text)
    assert form.without(message) == turn(form, [])
    assert form.write(turn(form, []), payload) == message
    assert form.write({"role": "assistant"}, payload) == message


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("thinking_blocks", {"type": "thinking", "thinking": "", "signature": ""}),
        ("thinking_blocks", {"type": "thinking", "thinking": " \n"}),
        ("thinking_blocks", {"type": "redacted_thinking", "data": ""}),
        ("reasoning_items", {"type": "reasoning", "summary": []}),
        ("reasoning_items", {"type": "reasoning", "summary": [{"text": ""}], "id": None}),
        ("thought_parts", {"text": "", "thought": True}),
        ("reasoning_content_blocks", {"reasoningContent": {"reasoningText": {"text": " "}}}),
        ("thinking_chunks", {"type": "thinking", "thinking": []}),
        ("thinking_items", {"type": "thinking", "thinking": ""}),
    ],
)
def test_a_blank_part_is_no_reasoning_and_is_taken_out(name: str, part: Any) -> None:
    form = FORMATS[name]
    assert form.read(turn(form, [part])) is None
    assert form.without(turn(form, [part])) == turn(form, [])


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("thinking_blocks", {"type": "thinking", "thinking": "x"}),
        ("reasoning_content_blocks", {"reasoningContent": {"reasoningText": {"text": "x"}}}),
        ("thought_parts", {"text": "x", "thought": True}),
        ("thinking_chunks", {"type": "thinking", "thinking": [{"type": "text", "text": "x"}]}),
        ("thinking_items", {"type": "thinking", "thinking": "x"}),
        (
            "reasoning_items",
            {
                "type": "reasoning",
                "summary": [],
                "content": [{"type": "reasoning_text", "text": "x"}],
            },
        ),
    ],
)
def test_plain_text_makes_an_unsigned_part_before_everything(name: str, part: Any) -> None:
    form = FORMATS[name]
    payload = form.plain("x")
    assert (payload, form.signed(payload), form.text(payload)) == (
        {"parts": [[0, part]]},
        False,
        "x",
    )
    assert form.write(turn(form, [FC]), payload) == turn(form, [part, FC])


@pytest.mark.parametrize("form", FORMATS.values(), ids=lambda form: form.name)
@pytest.mark.parametrize("parts", ["", "Hello", None, [], ["Hello"], [{}], [None], 7, {"type": []}])
def test_a_message_without_reasoning_is_given_as_it_is(form: PartsFormat, parts: object) -> None:
    message = turn(form, parts)
    assert form.read(message) is None
    assert form.without(message) is message


@pytest.mark.parametrize("parts", [7, {"type": "thinking"}])
def test_parts_have_no_place_in_what_is_no_content(parts: object) -> None:
    assert BLOCKS.write(turn(BLOCKS, parts), BLOCKS.plain("x")) is None


def test_parts_between_parts_come_back_in_their_places() -> None:
    parts = [THINKING, REDACTED, TEXT, {**THINKING, "thinking": "then"}, USE, REDACTED]
    payload = read(BLOCKS, parts)
    assert payload["kinds"] == ["text", "tool_use"]
    assert [anchor for anchor, _ in payload["parts"]] == [0, 0, 1, 2]
    assert kept(BLOCKS, parts, [TEXT, USE]) == parts


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (BLOCKS, {"type": "text", "text": "Hi"}),
        (FORMATS["thinking_chunks"], {"type": "text", "text": "Hi"}),
        (FORMATS["thinking_items"], {"type": "text", "text": "Hi"}),
        (CONVERSE, {"text": "Hi"}),
    ],
    ids=lambda value: value.name if isinstance(value, PartsFormat) else "",
)
def test_a_string_is_one_text_part(form: PartsFormat, text: Any) -> None:
    (_, part), *_ = (form.plain("x") or {})["parts"]
    assert kept(form, [part, text], "Hi") == [part, text]
    assert kept(form, [text, part], "Hi") == [text, part]
    assert kept(form, [part], "") == [part]


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        # the framework dropped a text without text
        (
            [{"type": "text", "text": ""}, THINKING, TEXT, REDACTED, USE],
            [TEXT, USE],
            [THINKING, TEXT, REDACTED, USE],
        ),
        # it joined two texts; what stood at their ends still has its place
        ([THINKING, TEXT, TEXT, REDACTED, USE], [TEXT, USE], [THINKING, TEXT, REDACTED, USE]),
        # it dropped all text beside the call
        ([THINKING, TEXT, REDACTED, USE], [USE], [THINKING, REDACTED, USE]),
        # what stood between the two texts has none
        ([THINKING, TEXT, REDACTED, TEXT, USE], [TEXT, USE], None),
        # parts before everything always have one
        ([THINKING, USE], [TEXT, USE, USE], [THINKING, TEXT, USE, USE]),
        # a call that is missing, or that is another kind of part
        ([USE, THINKING, USE], [USE], None),
        ([USE, THINKING, TEXT], [{"type": "server_tool_use"}, TEXT], None),
        # a text that was not there: before or after it?
        ([USE, THINKING, USE], [USE, TEXT, USE], None),
    ],
)
def test_parts_find_their_place_or_none(before: list[Any], after: Any, wanted: Any) -> None:
    assert kept(BLOCKS, before, after) == wanted


def test_an_item_goes_only_before_what_it_led_to() -> None:
    before = [ITEM, said("Look."), {**ITEM, "id": "rs_2"}, FC]
    assert kept(ITEMS, before, [said("Look!"), FC]) == [ITEM, said("Look!"), before[2], FC]
    assert kept(ITEMS, before, [FC]) is None
    assert kept(ITEMS, [ITEM, {"type": "web_search_call"}, said("x")], [said("x")]) is None
    assert kept(ITEMS, [ITEM], [FC]) is None


def test_an_item_without_its_type_is_a_message() -> None:
    easy = {"role": "assistant", "content": "Look."}
    assert kept(ITEMS, [ITEM, said("Look.")], [easy]) == [ITEM, easy]


def test_the_phase_of_a_message_comes_back() -> None:
    items = [said("I look.", phase="commentary"), ITEM, FC, said("Cold.", phase="final_answer")]
    payload = read(ITEMS, items)
    assert payload["attributes"] == [
        ["text", 0, "phase", "commentary"],
        ["text", 1, "phase", "final_answer"],
    ]
    bare = [said("I look."), FC, said("Cold.")]
    assert ITEMS.without(turn(ITEMS, items)) == turn(ITEMS, bare)
    assert kept(ITEMS, items, bare) == items


def test_a_phase_alone_does_not_make_a_turn_one_with_reasoning() -> None:
    items = [said("x", phase="final_answer")]
    assert read(ITEMS, items) is None
    assert ITEMS.without(turn(ITEMS, items)) == turn(ITEMS, [said("x")])


def test_a_message_that_only_refuses_is_no_reasoning() -> None:
    refusal = {"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}
    items = [ITEM, {**refusal, "phase": "final_answer"}]
    assert read(ITEMS, items)["parts"] == [[0, ITEM]]
    assert kept(ITEMS, items, [refusal]) == items


def test_ids_that_ask_for_lost_reasoning_are_taken_out() -> None:
    search = {"type": "web_search_call", "id": "ws_1"}
    items = [said("x", id="msg_1"), {**FC, "id": "fc_1"}, {"role": "assistant", "id": "m"}, search]
    loose = [said("x"), FC, {"role": "assistant"}, search]
    assert ITEMS.detached(turn(ITEMS, items)) == turn(ITEMS, loose)
    message = turn(ITEMS, loose)
    assert ITEMS.detached(message) is message


@pytest.mark.parametrize("form", [form for form in ALL if form is not ITEMS])
def test_elsewhere_ids_ask_for_nothing(form: ReasoningFormat) -> None:
    message = {"content": [USE], "tool_calls": [{"id": "c1"}], "parts": [CALL], "items": [ITEM]}
    assert form.detached(message) is message


def test_a_thought_signature_comes_back_on_its_own_part() -> None:
    parts = [
        {"text": "why", "thought": True, "thoughtSignature": "AA"},
        {"text": "Look."},
        {**CALL, "thoughtSignature": "BB"},
        CALL,
        {"executableCode": {"code": "1"}, "thoughtSignature": "CC"},
        {"text": "Done.", "thought_signature": "DD"},
        {"text": "", "thoughtSignature": "EE"},
    ]
    bare = [
        {"text": "Look."},
        CALL,
        CALL,
        {"executableCode": {"code": "1"}},
        {"text": "Done."},
    ]
    message = turn(THOUGHTS, parts)
    payload = read(THOUGHTS, parts)
    assert payload == {
        "parts": [[0, parts[0]], [5, parts[6]]],
        "attributes": [
            ["functioncall", 0, "thoughtSignature", "BB"],
            ["executablecode", 0, "thoughtSignature", "CC"],
            ["text", 1, "thought_signature", "DD"],
        ],
        "kinds": ["text", "functioncall", "functioncall", "executablecode", "text"],
    }
    assert THOUGHTS.signed(payload)
    assert THOUGHTS.without(message) == turn(THOUGHTS, bare)
    assert THOUGHTS.write(turn(THOUGHTS, bare), payload) == message


def test_a_call_spelled_in_snake_case_is_the_same_call() -> None:
    snake = {"function_call": {"name": "f"}, "id": "x"}
    signed = [{**CALL, "thoughtSignature": "AA"}]
    assert kept(THOUGHTS, signed, [{"function_call": {}}]) == [
        {"function_call": {}, "thoughtSignature": "AA"}
    ]
    assert THOUGHTS.read(turn(THOUGHTS, [{**snake, "thought_signature": "AA"}])) is not None


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        # the text beside the call is gone: the call's signature is not
        (
            [{"text": "Look."}, {**CALL, "thoughtSignature": "AA"}],
            [CALL],
            [{**CALL, "thoughtSignature": "AA"}],
        ),
        # one of two calls is gone: whose signature was it?
        ([{**CALL, "thoughtSignature": "AA"}, CALL], [CALL], None),
        # a signed text was joined with one that was not
        ([{"text": "a"}, {"text": "b", "thoughtSignature": "AA"}], [{"text": "ab"}], None),
        # the empty part that carried the signature of the whole text
        (
            [{"text": "a"}, {"text": "b"}, {"text": "", "thoughtSignature": "AA"}],
            [{"text": "ab"}],
            [{"text": "ab"}, {"text": "", "thoughtSignature": "AA"}],
        ),
    ],
)
def test_a_signature_finds_its_part_or_none(before: list[Any], after: Any, wanted: Any) -> None:
    assert kept(THOUGHTS, before, after) == wanted


def test_a_part_that_says_it_is_no_thought_is_none() -> None:
    message = turn(THOUGHTS, [{**CALL, "thought": False}, {"text": "x", "thought": False}])
    assert THOUGHTS.read(message) is None
    assert THOUGHTS.without(message) is message


def test_a_blank_signature_is_no_reasoning_and_is_taken_out() -> None:
    message = turn(THOUGHTS, [{**CALL, "thoughtSignature": ""}])
    assert THOUGHTS.read(message) is None
    assert THOUGHTS.without(message) == turn(THOUGHTS, [CALL])


def test_a_dummy_without_kinds_goes_on_the_first_of_any_calls() -> None:
    dummy = {"attributes": [["functioncall", 0, "thoughtSignature", "skip"]]}
    signed = {**CALL, "thoughtSignature": "skip"}
    assert THOUGHTS.write(turn(THOUGHTS, [{"text": "a"}, CALL, CALL]), dummy) == turn(
        THOUGHTS, [{"text": "a"}, signed, CALL]
    )
    assert THOUGHTS.write(turn(THOUGHTS, [{"text": "a"}]), dummy) is None


def ordinary(name: str) -> st.SearchStrategy[Any]:
    if name == "reasoning_items":
        return st.text(max_size=2).map(said) | st.sampled_from([FC, {"type": "web_search_call"}])
    typed = {} if name in {"thought_parts", "reasoning_content_blocks"} else {"type": "text"}
    calls = [CALL, {"toolUse": {"name": "f"}}] if not typed else [USE, {"type": "image"}]
    text = st.text(max_size=2).map(lambda text: {**typed, "text": text})
    return text | st.sampled_from(calls)


@st.composite
def turns(draw: st.DrawFn) -> tuple[PartsFormat, dict[str, Any]]:
    name = draw(st.sampled_from(sorted(FORMATS)))
    thoughts = st.sampled_from([part for known, part, *_ in SHAPES if known == name])
    parts: list[Any] = draw(st.lists(ordinary(name) | thoughts, max_size=7))
    for i, part in enumerate(parts):
        marked: bool = draw(st.booleans())
        for attribute in FORMATS[name].attributes[:marked]:
            parts[i] = {**part, attribute: "EqIZ"}
    return FORMATS[name], turn(FORMATS[name], parts)


@given(turns())
def test_any_turn_survives_the_round_trip_and_none_is_changed(
    drawn: tuple[PartsFormat, dict[str, Any]],
) -> None:
    form, message = drawn
    before = copy.deepcopy(message)
    bare, payload = form.without(message), form.read(message)
    assert form.read(bare) is None
    assert form.without(bare) is bare
    if payload is None:
        assert bare is message or form is ITEMS  # which has a phase alone
    else:
        assert form.write(bare, payload) == message
    assert message == before


@given(turns(), st.data())
def test_a_framework_never_gets_a_part_out_of_order(
    drawn: tuple[PartsFormat, dict[str, Any]], data: st.DataObject
) -> None:
    form, message = drawn
    payload = form.read(message)
    if payload is None:
        return
    bare = form.without(message)[form.member]
    left = [part for part in bare if data.draw(st.booleans())]
    written = form.write(turn(form, left), payload)
    if written is None:
        return
    wanted = [part for _, part in payload["parts"]]
    assert [part for part in written[form.member] if part in wanted] == wanted
    assert form.without(written) == turn(form, left)


@given(st.lists(st.sampled_from(["", "text", "call", "other"]), max_size=6))
def test_every_place_is_found_among_the_same_kinds(kinds: list[str]) -> None:
    anchors = list(range(len(kinds) + 1))
    assert moved(anchors, kinds, kinds) == anchors


def test_a_place_that_was_never_there_is_not_found() -> None:
    assert moved([3], ["text"], []) is None
