"""Reasoning in members beside the content: texts, details, and signatures on calls."""

from __future__ import annotations

import copy
from typing import Any

import pluggy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealegs import specs
from sealegs_plugins import formats
from sealegs_plugins.formats import ALL
from sealegs_plugins.formats.details import merged

FORMATS = {form.name: form for form in ALL}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
TEXT_FIELDS = {
    "reasoning_content": "reasoning_content",
    "reasoning": "reasoning",
    "reasoning_text": "reasoning_text",
    "thinking": "thinking",
}
blanks = st.sampled_from([None, "", " ", "\n\t "])
said = st.text(min_size=1).filter(str.strip)
bodies = st.fixed_dictionaries(
    {"role": st.just("assistant"), "content": st.none() | st.text()},
    optional={"tool_calls": st.just([CALL]), "refusal": st.none()},
)


def test_the_formats_have_names_of_their_own_and_their_wires() -> None:
    assert {form.name: form.wires for form in ALL} == {
        "reasoning_content": {"openai-chat", "mistral"},
        "reasoning": {"openai-chat", "mistral"},
        "reasoning_details": {"openai-chat", "mistral"},
        "think_tags": {"openai-chat", "ollama"},
        "reasoning_text": {"openai-chat"},
        "thinking": {"ollama"},
        "thought_signatures": {"openai-chat"},
        "thinking_blocks": {"anthropic-messages", "anthropic-bedrock"},
        "reasoning_items": {"openai-responses"},
        "thought_parts": {"gemini"},
        "reasoning_content_blocks": {"bedrock-converse"},
        "thinking_chunks": {"mistral"},
        "thinking_items": {"cohere-v2"},
    }
    assert len(FORMATS) == len(ALL)


def test_the_module_is_a_plugin_that_contributes_all_formats() -> None:
    manager = pluggy.PluginManager("sealegs")
    manager.add_hookspecs(specs)
    manager.register(formats)
    assert manager.hook.reasoning_formats() == [ALL]


@pytest.mark.parametrize(("name", "member"), TEXT_FIELDS.items())
@given(body=bodies, text=said)
def test_a_text_comes_back_where_it_stood(
    name: str, member: str, body: dict[str, Any], text: str
) -> None:
    form, message = FORMATS[name], {**body, member: text}
    before = copy.deepcopy(message)
    payload = form.read(message)
    assert payload == {member: text}
    assert form.without(message) == body
    assert form.write(body, payload) == message == before
    assert (form.text(payload), form.signed(payload)) == (text, False)
    assert form.plain(text) == payload


@pytest.mark.parametrize(("name", "member"), TEXT_FIELDS.items())
@given(body=bodies, blank=blanks)
def test_a_blank_text_is_no_reasoning_and_is_taken_out(
    name: str, member: str, body: dict[str, Any], blank: str | None
) -> None:
    form = FORMATS[name]
    assert form.read({**body, member: blank}) is None
    assert form.without({**body, member: blank}) == body


def test_copilots_opaque_value_goes_with_its_text_and_signs_it() -> None:
    form = FORMATS["reasoning_text"]
    message = {"role": "assistant", "reasoning_text": "why", "reasoning_opaque": "c2ln"}
    payload = form.read(message)
    assert payload == {"reasoning_text": "why", "reasoning_opaque": "c2ln"}
    assert (form.signed(payload), form.text(payload)) == (True, "why")
    assert form.without(message) == {"role": "assistant"}
    assert form.write({"role": "assistant"}, payload) == message


def test_copilots_opaque_value_alone_is_reasoning() -> None:
    form = FORMATS["reasoning_text"]
    message = {"reasoning_text": None, "reasoning_opaque": "c2ln"}
    assert form.read(message) == message
    assert form.read({"reasoning_text": "", "reasoning_opaque": ""}) is None


def test_two_names_for_one_text_are_read_by_two_formats() -> None:
    message = {"reasoning": "a", "reasoning_details": [{"type": "reasoning.text", "text": "a"}]}
    assert FORMATS["reasoning"].without(message) == {
        "reasoning_details": message["reasoning_details"]
    }
    assert FORMATS["reasoning_details"].without(message) == {"reasoning": "a"}


ANTHROPIC = {"type": "reasoning.text", "format": "anthropic-claude-v1", "index": 0}


def test_fragments_are_joined_and_only_their_texts_grow() -> None:
    fragments = [
        {**ANTHROPIC, "text": "The user is asking for"},
        {**ANTHROPIC, "text": " weather", "id": None},
        {**ANTHROPIC, "signature": "Eq0E"},
    ]
    assert merged(fragments) == [
        {**ANTHROPIC, "text": "The user is asking for weather", "id": None, "signature": "Eq0E"}
    ]


def test_of_what_is_not_text_the_last_value_that_is_not_null_is_taken() -> None:
    kind = {"type": "reasoning.text", "index": 0}
    fragments = [{**kind, "format": "a", "id": "1"}, {**kind, "format": "b", "id": None}]
    assert merged(fragments) == [{**kind, "format": "b", "id": "1"}]


def test_details_of_another_kind_or_index_stay_apart() -> None:
    details = [
        {"type": "reasoning.summary", "summary": "s", "index": 0},
        {"type": "reasoning.encrypted", "data": "d", "index": 0},
        {"type": "reasoning.encrypted", "data": "e", "index": 1},
    ]
    assert merged(details) == details


@pytest.mark.parametrize(
    "second",
    [
        {**ANTHROPIC, "text": "b"},
        {**ANTHROPIC, "signature": "t"},
        {**ANTHROPIC, "text": "b", "id": "2"},
    ],
)
def test_two_signed_details_are_not_made_one(second: dict[str, Any]) -> None:
    first = {**ANTHROPIC, "text": "a", "signature": "s", "id": "1"}
    assert merged([first, second]) == [first, second]


def test_data_in_fragments_is_joined() -> None:
    kind = {"type": "reasoning.encrypted", "index": 0}
    assert merged([{**kind, "data": "Ej"}, {**kind, "data": "QK"}]) == [{**kind, "data": "EjQK"}]


details = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["reasoning.text", "reasoning.summary"])},
        optional={
            "index": st.integers(0, 2),
            "text": st.text(max_size=4),
            "signature": st.sampled_from([None, "", "s", "t"]),
            "id": st.sampled_from([None, "1", "2"]),
        },
    )
    | st.none()
    | st.text(max_size=2),
    max_size=6,
)


@given(found=details)
def test_joining_loses_no_text_changes_nothing_given_and_joins_all_at_once(
    found: list[Any],
) -> None:
    def text(entries: list[Any]) -> str:
        return "".join(d.get("text", "") for d in entries if isinstance(d, dict))

    before = copy.deepcopy(found)
    once = merged(found)
    assert (text(once), found, merged(once)) == (text(before), before, once)


@given(body=bodies, found=details)
def test_details_come_back_whole(body: dict[str, Any], found: list[Any]) -> None:
    form, message = FORMATS["reasoning_details"], {**body, "reasoning_details": found}
    payload = form.read(message)
    assert form.without(message) == body
    if payload is None:
        assert not any(d.get("text", "").strip() for d in found if isinstance(d, dict))
    else:
        assert form.write(body, payload) == {**body, "reasoning_details": merged(found)}


@pytest.mark.parametrize(
    "empty", [None, [], "", [{"type": "reasoning.text", "index": 0}], [{"text": " "}], [None]]
)
def test_details_that_say_nothing_are_no_reasoning(empty: object) -> None:
    form = FORMATS["reasoning_details"]
    assert form.read({"reasoning_details": empty}) is None
    assert form.without({"reasoning_details": empty}) == {}


@pytest.mark.parametrize(
    ("detail", "signed", "text"),
    [
        ({"type": "reasoning.text", "text": "a"}, False, "a"),
        ({"type": "reasoning.text", "text": "a", "signature": "s"}, True, "a"),
        ({"type": "reasoning.text", "signature": "s"}, True, ""),
        ({"type": "reasoning.summary", "summary": "b"}, False, "b"),
        ({"type": "reasoning.encrypted", "data": "EjQK"}, True, ""),
    ],
)
def test_details_are_signed_by_signature_or_data(
    detail: dict[str, Any], signed: bool, text: str
) -> None:
    form = FORMATS["reasoning_details"]
    payload = form.read({"reasoning_details": [detail]})
    assert payload == {"reasoning_details": [detail]}
    assert (form.signed(payload), form.text(payload)) == (signed, text)


def test_details_can_be_made_of_text() -> None:
    form = FORMATS["reasoning_details"]
    plain = {"reasoning_details": [{"type": "reasoning.text", "text": "a"}]}
    assert form.plain("a") == plain
    assert form.read(plain) == plain


SIGNED = {"google": {"thought_signature": "AVSo"}}


def test_a_calls_signature_comes_back_on_its_call() -> None:
    form = FORMATS["thought_signatures"]
    message = {
        "role": "assistant",
        "tool_calls": [CALL, {**CALL, "extra_content": {**SIGNED, "other": 1}}],
    }
    before = copy.deepcopy(message)
    payload = form.read(message)
    assert payload == {"calls": [[1, {"thought_signature": "AVSo"}]], "count": 2, "message": {}}
    bare = form.without(message)
    assert bare["tool_calls"] == [CALL, {**CALL, "extra_content": {"other": 1}}]
    assert form.write(bare, payload) == message == before
    assert (form.signed(payload), form.text(payload), form.plain("x")) == (True, "", None)


def test_a_messages_own_signature_comes_back_with_its_copy() -> None:
    form = FORMATS["thought_signatures"]
    google = {"thought": True, "thought_signature": "AVSo"}
    message = {
        "role": "assistant",
        "content": "Noon.",
        "extra_content": {"google": google},
        "thought_signature": "AVSo",
    }
    payload = form.read(message)
    own = {"extra": google, "signature": "AVSo"}
    assert payload == {"calls": [], "count": 0, "message": own}
    bare = {"role": "assistant", "content": "Noon."}
    assert form.without(message) == bare
    assert form.write(bare, payload) == message


def test_a_signature_does_not_move_to_another_call() -> None:
    form = FORMATS["thought_signatures"]
    payload = form.read({"tool_calls": [{**CALL, "extra_content": SIGNED}, CALL]})
    assert form.write({"tool_calls": [CALL]}, payload) is None
    assert form.write({"role": "assistant"}, payload) is None


def test_a_dummy_without_a_count_goes_on_the_first_of_any_calls() -> None:
    form = FORMATS["thought_signatures"]
    dummy = {"calls": [[0, {"thought_signature": "skip"}]]}
    first = {**CALL, "extra_content": {"google": {"thought_signature": "skip"}}}
    assert form.write({"tool_calls": [CALL, CALL]}, dummy) == {"tool_calls": [first, CALL]}
    assert form.write({"content": "x"}, dummy) is None


@pytest.mark.parametrize("extra", [None, {}, {"google": {}}, {"google": None}, {"other": {}}])
def test_extra_content_without_a_signature_is_left_alone(extra: object) -> None:
    form = FORMATS["thought_signatures"]
    message = {"extra_content": extra, "tool_calls": [{**CALL, "extra_content": extra}]}
    assert form.read(message) is None
    assert form.without(message) is message
