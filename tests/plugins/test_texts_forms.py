"""Text lenses on the forms that a result, a text or a prompt may have in each format."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorded import WIRES
from sealegs.jsons import dump, parse
from sealegs.perturbation.saying import SaidResult
from sealegs_plugins.texts import ALL

LENSES = {wire: lens for lens in ALL for wire in lens.wires}
CACHED = {"cache_control": {"type": "ephemeral"}}
PICTURE = {"type": "image", "source": {"type": "base64", "data": "aGk="}}


def result(name: str, content: Any, **more: Any) -> Any:
    """A message with one result, in each format."""
    match name:
        case "openai-responses":
            return {"type": "function_call_output", "call_id": "c1", "output": content, **more}
        case "anthropic-messages" | "anthropic-bedrock":
            block = {"type": "tool_result", "tool_use_id": "c1", "content": content, **more}
            return {"role": "user", "content": [block]}
        case "bedrock-converse":
            block = {"toolUseId": "c1", "content": content, **more}
            return {"role": "user", "content": [{"toolResult": block}]}
        case "gemini":
            answer = {"id": "c1", "name": "look", "response": content, **more}
            return {"role": "user", "parts": [{"functionResponse": answer}]}
        case _:
            return {"role": "tool", "tool_call_id": "c1", "content": content, **more}


def said(name: str, content: Any, new: SaidResult | str, **more: Any) -> tuple[SaidResult, Any]:
    """What an edit was given, and the message that it left."""
    given_: list[SaidResult] = []

    def edit(one: SaidResult) -> SaidResult:
        given_.append(one)
        return replace(one, text=new) if isinstance(new, str) else new

    message = result(name, content, **more)
    before = dump(message)
    left = LENSES[name].with_results(message, edit)
    assert dump(message) == before
    return given_[0], left


PLAIN = ("openai-chat", "openai-responses", "anthropic-messages", "mistral", "ollama", "cohere-v2")
TEXTS: dict[str, Any] = {
    "openai-chat": {"type": "text"},
    "openai-responses": {"type": "input_text"},
    "anthropic-messages": {"type": "text"},
    "bedrock-converse": {},
    "cohere-v2": {"type": "text"},
}


@pytest.mark.parametrize("name", PLAIN)
def test_a_result_that_is_a_text_stays_a_text(name: str) -> None:
    assert said(name, "old", '{"a": 1}')[1] == result(name, '{"a": 1}')


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_result_in_parts_becomes_one_part_and_keeps_pictures_and_marks(name: str) -> None:
    kind = TEXTS[name]
    parts = [{**kind, "text": "one "}, PICTURE, {**kind, "text": "two", **CACHED}]
    one, left = said(name, parts, "new")
    assert one.text == "one two"
    assert left == result(name, [{**kind, "text": "new", **CACHED}, PICTURE])


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_result_that_is_a_picture_gets_a_text_before_it(name: str) -> None:
    assert said(name, [PICTURE], "new")[1] == result(
        name, [{**TEXTS[name], "text": "new"}, PICTURE]
    )


def test_a_result_that_becomes_empty_has_no_empty_part_where_none_may_be() -> None:
    text = [{"type": "text", "text": "old"}]
    assert said("anthropic-messages", [*text, PICTURE], "")[1] == result(
        "anthropic-messages", [PICTURE]
    )
    assert said("anthropic-messages", text, "")[1] == result("anthropic-messages", [])
    assert said("bedrock-converse", [{"text": "old"}], "")[1] == result("bedrock-converse", [])
    assert said("openai-chat", text, "")[1] == result("openai-chat", [{"type": "text", "text": ""}])


@pytest.mark.parametrize(
    ("name", "old", "text", "new", "left"),
    [
        ("gemini", {"result": "15"}, "15", "16", {"result": "16"}),
        ("gemini", {"result": "15"}, "15", '{"a": 1}', {"result": '{"a": 1}'}),
        ("gemini", {"b": 1, "a": 2}, '{"b":1,"a":2}', '{"c": 3}', {"c": 3}),
        ("gemini", {"b": 1}, '{"b":1}', "[1]", {"output": "[1]"}),
        ("gemini", {"b": 1}, '{"b":1}', "gone", {"output": "gone"}),
        ("gemini", {"error": "no"}, "no", "never", {"error": "never"}),
        ("gemini", {"error": {"a": 1}}, '{"error":{"a":1}}', "never", {"error": "never"}),
        ("bedrock-converse", [{"json": {"a": 1}}], '{"a":1}', '{"b": 2}', [{"json": {"b": 2}}]),
        ("bedrock-converse", [{"json": {"a": 1}}], '{"a":1}', "gone", [{"text": "gone"}]),
        ("bedrock-converse", [{"json": {"a": 1}}], '{"a":1}', "[1]", [{"text": "[1]"}]),
        (
            "cohere-v2",
            [{"type": "document", "document": {"id": "d", "data": {"a": 1}}}],
            '{"a":1}',
            '{"b": 2}',
            [{"type": "document", "document": {"id": "d", "data": {"b": 2}}}],
        ),
        (
            "cohere-v2",
            [{"type": "document", "document": {"data": {"a": 1}}}],
            '{"a":1}',
            "gone",
            [{"type": "text", "text": "gone"}],
        ),
    ],
)
def test_a_result_that_is_json_stays_json_where_the_text_is(
    name: str, old: Any, text: str, new: str, left: Any
) -> None:
    one, message = said(name, old, new)
    assert one.text == text
    assert message == result(name, left)


@pytest.mark.parametrize(
    ("name", "old", "was", "content", "more"),
    [
        ("anthropic-messages", {}, False, "t", {"is_error": True}),
        ("anthropic-messages", {"is_error": False}, False, "t", {"is_error": True}),
        ("bedrock-converse", {}, False, [{"text": "t"}], {"status": "error"}),
        ("bedrock-converse", {"status": "success"}, False, [{"text": "t"}], {"status": "error"}),
    ],
)
def test_a_result_is_marked_as_an_error(
    name: str, old: Any, was: bool, content: Any, more: Any
) -> None:
    one, message = said(name, content, SaidResult("c1", "", "t", error=True), **old)
    assert one == SaidResult("c1", "", "t", error=was)
    assert message == result(name, content, **{**old, **more})
    _, back = said(name, content, SaidResult("c1", "", "t", error=False), **more)
    no = {"is_error": False} if "is_error" in more else {"status": "success"}
    assert back == result(name, content, **no)


def test_geminis_errors_stand_in_a_member_of_their_own() -> None:
    failed = SaidResult("c1", "look", "t", error=True)
    assert said("gemini", {"result": "t"}, failed)[1] == result("gemini", {"error": "t"})
    well = SaidResult("c1", "look", '{"a": 1}', error=False)
    assert said("gemini", {"error": "t"}, well)[1] == result("gemini", {"a": 1})


@pytest.mark.parametrize("name", PLAIN)
def test_where_there_is_no_mark_of_errors_none_is_made(name: str) -> None:
    one, message = said(name, "t", SaidResult("c1", "", "t", error=True))
    marked = name == "anthropic-messages"
    assert one.error is (False if marked else None)
    assert message == result(name, "t", **({"is_error": True} if marked else {}))


@pytest.mark.parametrize("name", sorted(LENSES))
def test_a_result_may_answer_another_call(name: str) -> None:
    content = {"a": 1} if name == "gemini" else [{"text": "t"}] if "converse" in name else "t"
    message = result(name, content)
    new = LENSES[name].with_results(message, lambda one: replace(one, id="c2"))
    want = dump(message).replace(b'"c1"', b'"c2"')
    assert dump(new) == want
    assert LENSES[name].without_results(new, frozenset({"c1"})) is new
    assert LENSES[name].without_results(new, frozenset({"c2"})) is None


def test_a_result_without_an_id_is_known_by_its_tools_name() -> None:
    ids = frozenset({"look"})
    message = {"role": "tool", "tool_name": "look", "content": "t"}
    assert LENSES["ollama"].without_results(message, ids) is None
    part = {"functionResponse": {"name": "look", "response": {"a": 1}}}
    rest = {"functionResponse": {"name": "find", "response": {"a": 1}}}
    two = {"role": "user", "parts": [part, rest]}
    assert LENSES["gemini"].without_results(two, ids) == {"role": "user", "parts": [rest]}


def test_what_the_user_says_beside_results_stays() -> None:
    text = {"type": "text", "text": "and now?"}
    message = result("anthropic-messages", "t")
    message["content"].append(text)
    left = LENSES["anthropic-messages"].without_results(message, frozenset({"c1"}))
    assert left == {"role": "user", "content": [text]}


@pytest.mark.parametrize("name", sorted(LENSES))
def test_hostile_messages_are_left_as_they_are(name: str) -> None:
    lens = LENSES[name]
    deep: Any = "bottom"
    for _ in range(400):
        deep = [{"content": deep, "parts": deep, "text": deep}]
    contents: tuple[Any, ...] = (
        None,
        7,
        [None, 7, [], {}],
        {"text": 7},
        [{"type": "text", "text": None}],
        deep,
    )
    holders: tuple[str, ...] = ("content", "parts", "output", "items", "contents")
    for content in contents:
        for role in ("user", "tool", None):
            message: Any = {"role": role, **dict.fromkeys(holders, content)}
            assert lens.with_text(message, lambda text: text) is message
            assert lens.with_results(message, lambda one: one) is message
            lens.with_text(message, str.upper)
            lens.with_results(message, lambda one: replace(one, text="new"))
            lens.without_results(message, frozenset({"c1"}))


def test_a_text_that_nests_deeper_than_can_be_parsed_stays_a_text() -> None:
    deep = "[" * 100_000
    assert said("gemini", {"a": 1}, deep)[1] == result("gemini", {"output": deep})


@given(st.text(min_size=1), st.text(min_size=1), st.sampled_from(sorted(LENSES)))
def test_a_turn_that_says_a_text_says_the_edited_text(old: str, new: str, name: str) -> None:
    lens, wire = LENSES[name], WIRES[name]
    message = lens.said("user", old)
    edited = lens.with_text(message, lambda _: new)
    assert wire.outline(edited).text == new
    assert (edited is message) == (old == new)
    assert wire.outline(message).text == old


@given(st.text(min_size=1), st.sampled_from(sorted(LENSES)))
def test_a_result_says_the_text_that_an_edit_gives_it(new: str, name: str) -> None:
    content = {"a": 1} if name == "gemini" else [{"text": "t"}] if "converse" in name else "t"
    left = LENSES[name].with_results(result(name, content), lambda one: replace(one, text=new))
    found: list[str] = []

    def look(one: SaidResult) -> SaidResult:
        found.append(one.text)
        return one

    assert LENSES[name].with_results(left, look) is left
    assert [read(text) for text in found] == [read(new)]


def read(text: str) -> Any:
    try:
        return parse(text)
    except ValueError:
        return text


@pytest.mark.parametrize(
    ("name", "member", "value"),
    [
        ("anthropic-messages", "system", "Be kind."),
        ("anthropic-messages", "system", [{"type": "text", "text": "Be kind.", **CACHED}]),
        ("openai-responses", "instructions", "Be kind."),
        ("gemini", "systemInstruction", {"parts": [{"text": "Be kind."}]}),
        ("gemini", "system_instruction", {"parts": {"text": "Be kind."}}),
        ("bedrock-converse", "system", [{"text": "Be kind."}, {"cachePoint": {"type": "default"}}]),
    ],
)
def test_a_system_prompt_keeps_its_form(name: str, member: str, value: Any) -> None:
    wire = WIRES[name]
    turns = {"gemini": "contents", "openai-responses": "input"}.get(name, "messages")
    body = dump({member: value, turns: [LENSES[name].said("user", "hi")]})
    paths = {
        "gemini": "/v1beta/models/m:generateContent",
        "bedrock-converse": "/model/m/converse",
        "openai-responses": "/v1/responses",
    }
    head = _head(paths.get(name, "/v1/messages"))
    document = wire.read(body, head)
    found = LENSES[name].system(document, lambda text: text.replace("kind", "brief"))
    assert dump(found) == dump({member: value}).replace(b"kind", b"brief")


def _head(path: str) -> Any:
    from sealegs.wire import RequestHead

    return RequestHead("POST", "https://host" + path, "host", path)
