"""Where tools, calls and text stand in requests and whole replies of each wire format."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsontexts import patient, values
from menders import Plain, Reading, Renaming, Rewriting
from recorded import WIRES
from sealegs.calls.saying import Mended, SaidCall
from sealegs.wire import Document, RequestHead
from sealegs_plugins.lenses import ALL
from sealegs_plugins.lenses.shared import is_whole, spoken
from spoken import SPEECHES, Said, Speech

LENSES = {wire: lens for lens in ALL for wire in lens.wires}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}


def request(wire: str, **body: Any) -> Document:
    place = {"gemini": "contents", "openai-responses": "input"}.get(wire, "messages")
    raw = json.dumps({place: [], **body}).encode()
    return WIRES[wire].read(raw, RequestHead("POST", "https://h/", "h", "/"))


def my(name: str) -> str:
    return f"my_{name}"


FUNCTION = {"type": "function", "function": {"name": "f"}}
MINE = {"type": "function", "function": {"name": "my_f"}}


@pytest.mark.parametrize(
    ("wire", "body", "want"),
    [
        ("openai-chat", {"tool_choice": FUNCTION}, {"tool_choice": MINE}),
        ("mistral", {"tool_choice": FUNCTION}, {"tool_choice": MINE}),
        ("openai-chat", {"function_call": {"name": "f"}}, {"function_call": {"name": "my_f"}}),
        (
            "openai-chat",
            {"tool_choice": {"type": "allowed_tools",
                             "allowed_tools": {"mode": "auto", "tools": [FUNCTION]}}},
            {"tool_choice": {"type": "allowed_tools",
                             "allowed_tools": {"mode": "auto", "tools": [MINE]}}},
        ),
        (
            "openai-responses",
            {"tool_choice": {"type": "function", "name": "f"}},
            {"tool_choice": {"type": "function", "name": "my_f"}},
        ),
        (
            "openai-responses",
            {"tool_choice": {"type": "allowed_tools", "mode": "required", "tools": [
                {"type": "function", "name": "f"}, {"type": "mcp", "server_label": "s"}]}},
            {"tool_choice": {"type": "allowed_tools", "mode": "required", "tools": [
                {"type": "function", "name": "my_f"}, {"type": "mcp", "server_label": "s"}]}},
        ),
        (
            "anthropic-messages",
            {"tool_choice": {"type": "tool", "name": "f", "disable_parallel_tool_use": True}},
            {"tool_choice": {"type": "tool", "name": "my_f", "disable_parallel_tool_use": True}},
        ),
        ("anthropic-bedrock", {"tool_choice": {"type": "tool", "name": "f"}},
         {"tool_choice": {"type": "tool", "name": "my_f"}}),
        (
            "gemini",
            {"toolConfig": {"functionCallingConfig": {"mode": "ANY",
                                                      "allowedFunctionNames": ["f", "g"]}}},
            {"toolConfig.functionCallingConfig.allowedFunctionNames": ["my_f", "my_g"]},
        ),
        (
            "gemini",
            {"tool_config": {"function_calling_config": {"allowed_function_names": ["f"]}}},
            {"tool_config.function_calling_config.allowed_function_names": ["my_f"]},
        ),
        (
            "bedrock-converse",
            {"toolConfig": {"tools": [], "toolChoice": {"tool": {"name": "f"}}}},
            {"toolConfig.toolChoice": {"tool": {"name": "my_f"}}},
        ),
        ("openai-chat", {"tool_choice": "required", "function_call": "auto"}, {}),
        ("openai-chat", {"tool_choice": {"type": "custom", "custom": {"name": "f"}}}, {}),
        ("mistral", {"tool_choice": "any"}, {}),
        ("openai-responses", {"tool_choice": {"type": "file_search"}}, {}),
        (
            "openai-responses",
            {"tool_choice": {"type": "mcp", "server_label": "s", "name": "f"}},
            {},
        ),
        ("openai-responses", {"tool_choice": {"type": "custom", "name": "f"}}, {}),
        ("anthropic-messages", {"tool_choice": {"type": "any"}}, {}),
        ("bedrock-converse", {"toolConfig": {"toolChoice": {"any": {}}}}, {}),
        ("cohere-v2", {"tool_choice": "REQUIRED"}, {}),
        ("ollama", {"tools": []}, {}),
    ],
)  # fmt: skip
def test_a_choice_of_tools_names_them_as_they_are_sent(
    wire: str, body: dict[str, Any], want: dict[str, Any]
) -> None:
    document = request(wire, **body)
    new = LENSES[wire].renamed(document, my)
    assert new == want
    edited = document.edited(parameters=new)
    assert all(edited.parameter(path) == value for path, value in want.items())
    assert LENSES[wire].renamed(document, lambda name: name) == {}


@pytest.mark.parametrize(
    ("wire", "body", "path"),
    [
        ("openai-chat",
         {"response_format": {"type": "json_schema", "json_schema": {"name": "n",
                                                                     "schema": SCHEMA}}},
         "response_format.json_schema.schema"),
        ("mistral", {"response_format": {"type": "json_schema", "json_schema": {"schema": SCHEMA}}},
         "response_format.json_schema.schema"),
        ("openai-chat", {"response_format": {"type": "json_object", "schema": SCHEMA}},
         "response_format.schema"),
        ("openai-responses", {"text": {"format": {"type": "json_schema", "schema": SCHEMA}}},
         "text.format.schema"),
        ("anthropic-messages", {"output_config": {"format": {"type": "json_schema",
                                                             "schema": SCHEMA}}},
         "output_config.format.schema"),
        ("anthropic-messages", {"output_format": {"type": "json_schema", "schema": SCHEMA}},
         "output_format.schema"),
        ("gemini", {"generationConfig": {"responseJsonSchema": SCHEMA}},
         "generationConfig.responseJsonSchema"),
        ("gemini", {"generationConfig": {"_responseJsonSchema": SCHEMA}},
         "generationConfig._responseJsonSchema"),
        ("gemini", {"generationConfig": {"responseSchema": SCHEMA}},
         "generationConfig.responseSchema"),
        ("gemini", {"generation_config": {"response_schema": SCHEMA}},
         "generation_config.response_schema"),
        ("ollama", {"format": SCHEMA}, "format"),
        ("cohere-v2", {"response_format": {"type": "json_object", "json_schema": SCHEMA}},
         "response_format.json_schema"),
        ("cohere-v2", {"response_format": {"type": "json_object", "schema": SCHEMA}},
         "response_format.schema"),
    ],
)  # fmt: skip
def test_the_schema_of_the_answer_is_found_and_may_be_replaced(
    wire: str, body: dict[str, Any], path: str
) -> None:
    document = request(wire, **body)
    assert LENSES[wire].answer_schema(document) == (path, SCHEMA)
    edited = document.edited(parameters={path: {"type": "object"}})
    assert LENSES[wire].answer_schema(edited) == (path, {"type": "object"})


@pytest.mark.parametrize(
    ("wire", "body"),
    [
        ("openai-chat", {"response_format": {"type": "json_object"}}),
        ("openai-responses", {"text": {"format": {"type": "text"}}}),
        ("anthropic-messages", {}),
        ("gemini", {"generationConfig": {"responseMimeType": "application/json"}}),
        ("ollama", {"format": "json"}),
        ("cohere-v2", {"response_format": {"type": "json_object"}}),
        ("bedrock-converse", {}),
    ],
)
def test_a_request_without_a_schema_for_its_answer_has_none(
    wire: str, body: dict[str, Any]
) -> None:
    assert LENSES[wire].answer_schema(request(wire, **body)) is None


@pytest.mark.parametrize("wire", sorted(WIRES))
def test_the_definitions_stand_where_the_lens_says(wire: str) -> None:
    path = LENSES[wire].tools
    member, _, inner = path.partition(".")
    document = request(wire, **{member: {inner: [1]} if inner else [1]})
    assert document.parameter(path) == [1]
    assert LENSES[wire].legacy_tools == ("functions" if wire in ("openai-chat", "mistral") else "")


# ---------------------------------------------------------------- history


def renamed(call: SaidCall) -> SaidCall:
    name = f"my_{call.name}" if call.name else ""
    arguments = call.arguments and call.arguments.replace("1", "2")
    return SaidCall(name, arguments, f"{call.id}_x" if call.id else "")


HISTORY: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "openai-chat",
        {"role": "assistant", "content": None, "reasoning_content": "r", "tool_calls": [
            {"id": "i", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}},
            {"id": "c", "type": "custom", "custom": {"name": "g", "input": "1"}}]},
        {"role": "assistant", "content": None, "reasoning_content": "r", "tool_calls": [
            {"id": "i_x", "type": "function", "function": {"name": "my_f",
                                                           "arguments": '{"a": 2}'}},
            {"id": "c", "type": "custom", "custom": {"name": "g", "input": "1"}}]},
    ),
    (
        "mistral",
        {"role": "assistant", "tool_calls": [
            {"id": "i", "function": {"name": "f", "arguments": {"a": 1}}}]},
        {"role": "assistant", "tool_calls": [
            {"id": "i_x", "function": {"name": "my_f", "arguments": {"a": 2}}}]},
    ),
    (
        "openai-chat",
        {"role": "assistant", "function_call": {"name": "f", "arguments": "{1"}},
        {"role": "assistant", "function_call": {"name": "my_f", "arguments": "{2"}},
    ),
    (
        "openai-chat",
        {"role": "function", "name": "f", "content": "1"},
        {"role": "function", "name": "my_f", "content": "1"},
    ),
    (
        "openai-chat",
        {"role": "tool", "tool_call_id": "i", "name": "f", "content": "1"},
        {"role": "tool", "tool_call_id": "i_x", "name": "my_f", "content": "1"},
    ),
    (
        "openai-chat",
        {"role": "user", "name": "f", "content": "1"},
        {"role": "user", "name": "f", "content": "1"},
    ),
    (
        "openai-responses",
        {"items": [
            {"type": "reasoning", "id": "rs"},
            {"type": "function_call", "id": "fc", "call_id": "i", "name": "f",
             "arguments": '{"a":1}'},
            {"type": "custom_tool_call", "call_id": "c", "name": "g", "input": "1"}]},
        {"items": [
            {"type": "reasoning", "id": "rs"},
            {"type": "function_call", "id": "fc", "call_id": "i_x", "name": "my_f",
             "arguments": '{"a":2}'},
            {"type": "custom_tool_call", "call_id": "c", "name": "g", "input": "1"}]},
    ),
    (
        "openai-responses",
        {"type": "function_call_output", "call_id": "i", "output": "1"},
        {"type": "function_call_output", "call_id": "i_x", "output": "1"},
    ),
    (
        "anthropic-messages",
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "t", "signature": "s"},
            {"type": "tool_use", "id": "i", "name": "f", "input": {"a": 1}},
            {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"a": 1}}]},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "t", "signature": "s"},
            {"type": "tool_use", "id": "i_x", "name": "my_f", "input": {"a": 2}},
            {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"a": 1}}]},
    ),
    (
        "anthropic-messages",
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "i", "content": [
                {"type": "tool_reference", "tool_name": "f"}, {"type": "text", "text": "1"}]},
            {"type": "text", "text": "1"}]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "i_x", "content": [
                {"type": "tool_reference", "tool_name": "my_f"}, {"type": "text", "text": "1"}]},
            {"type": "text", "text": "1"}]},
    ),
    (
        "anthropic-bedrock",
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "i",
                                      "content": "1"}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "i_x",
                                      "content": "1"}]},
    ),
    (
        "gemini",
        {"role": "model", "parts": [
            {"functionCall": {"name": "f", "args": {"a": 1}}, "thoughtSignature": "s"},
            {"function_call": {"name": "f", "args": {"a": 1}, "id": "i"}}, {"text": "1"}]},
        {"role": "model", "parts": [
            {"functionCall": {"name": "my_f", "args": {"a": 2}}, "thoughtSignature": "s"},
            {"function_call": {"name": "my_f", "args": {"a": 2}, "id": "i_x"}}, {"text": "1"}]},
    ),
    (
        "gemini",
        {"role": "user", "parts": [
            {"functionResponse": {"name": "f", "response": {"f": 1}}},
            {"function_response": {"name": "f", "id": "i", "response": {"f": 1}}}]},
        {"role": "user", "parts": [
            {"functionResponse": {"name": "my_f", "response": {"f": 1}}},
            {"function_response": {"name": "my_f", "id": "i_x", "response": {"f": 1}}}]},
    ),
    (
        "bedrock-converse",
        {"role": "assistant", "content": [
            {"text": "1"}, {"toolUse": {"toolUseId": "i", "name": "f", "input": {"a": 1}}}]},
        {"role": "assistant", "content": [
            {"text": "1"}, {"toolUse": {"toolUseId": "i_x", "name": "my_f", "input": {"a": 2}}}]},
    ),
    (
        "bedrock-converse",
        {"role": "user", "content": [{"toolResult": {"toolUseId": "i", "content": [
            {"json": {"name": "f"}}]}}]},
        {"role": "user", "content": [{"toolResult": {"toolUseId": "i_x", "content": [
            {"json": {"name": "f"}}]}}]},
    ),
    (
        "ollama",
        {"role": "assistant", "content": "", "tool_calls": [
            {"function": {"name": "f", "arguments": {"a": 1}}}]},
        {"role": "assistant", "content": "", "tool_calls": [
            {"function": {"name": "my_f", "arguments": {"a": 2}}}]},
    ),
    (
        "ollama",
        {"role": "tool", "tool_name": "f", "content": "1"},
        {"role": "tool", "tool_name": "my_f", "content": "1"},
    ),
    (
        "cohere-v2",
        {"role": "assistant", "tool_plan": "1", "tool_calls": [
            {"id": "i", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}]},
        {"role": "assistant", "tool_plan": "1", "tool_calls": [
            {"id": "i_x", "type": "function", "function": {"name": "my_f",
                                                           "arguments": '{"a":2}'}}]},
    ),
    (
        "cohere-v2",
        {"role": "tool", "tool_call_id": "i", "content": [{"type": "document"}]},
        {"role": "tool", "tool_call_id": "i_x", "content": [{"type": "document"}]},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("wire", "message", "want"), HISTORY)
def test_calls_and_results_of_the_history_are_edited_together(
    wire: str, message: dict[str, Any], want: dict[str, Any]
) -> None:
    before = copy.deepcopy(message)
    assert LENSES[wire].with_calls(message, renamed) == want
    assert message == before
    assert LENSES[wire].with_calls(message, lambda call: call) is message


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        ("anthropic-messages",
         {"role": "assistant", "content": [{"type": "tool_use", "id": "i", "name": "f",
                                            "input": {"a": 1}}]}),
        ("gemini", {"role": "model", "parts": [{"functionCall": {"name": "f",
                                                                 "args": {"a": 1}}}]}),
        ("ollama", {"role": "assistant", "tool_calls": [
            {"function": {"name": "f", "arguments": {"a": 1}}}]}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("given", ["[1]", "1", '{"a": ', "", "null"])
def test_what_is_no_object_any_more_stays_as_it_was_in_a_format_of_objects(
    wire: str, message: dict[str, Any], given: str
) -> None:
    new = LENSES[wire].with_calls(message, lambda call: SaidCall(call.name, given, call.id))
    assert new is message


@pytest.mark.parametrize("wire", sorted(WIRES))
@settings(patient, max_examples=25)
@given(message=st.dictionaries(st.text(max_size=4), values, max_size=3), data=st.data())
def test_a_message_of_any_shape_is_taken(wire: str, message: dict[str, Any], data: Any) -> None:
    keys = ["content", "parts", "tool_calls", "function_call", "items", "type", "role"]
    parts = st.dictionaries(
        st.sampled_from(["type", "toolUse", "toolResult", "functionCall", "function", "input"]),
        values | st.sampled_from(["tool_use", "tool_result", "function_call"]),
        max_size=3,
    )
    key = data.draw(st.sampled_from(keys))
    message[key] = data.draw(values | st.lists(parts, max_size=3))
    assert LENSES[wire].with_calls(message, lambda call: call) is message
    LENSES[wire].with_calls(message, renamed)


# ---------------------------------------------------------------- whole replies

REAL = (("id1", "f", '{"a":1}'), ("id2", "g", "{}"))


def outlined(speech: Speech, reply: Any) -> Any:
    wire = WIRES[speech.wire]
    (message,) = wire.messages(reply)
    outline = wire.outline(message)
    return outline.text, [(call.name, call.arguments) for call in outline.calls]


@pytest.mark.parametrize("speech", SPEECHES, ids=lambda one: one.stream.__name__)
def test_a_call_in_the_text_stands_behind_the_others_and_the_reply_stops_for_it(
    speech: Speech,
) -> None:
    said = Said('Look. [[call h {"b":[2]}]]', REAL, "why")
    reply = speech.whole(said)
    before = copy.deepcopy(reply)
    mended = LENSES[speech.wire].mended(reply, Reading())
    assert reply == before
    assert outlined(speech, mended) == ("Look. ", [("f", {"a": 1}), ("g", {}), ("h", {"b": [2]})])
    alone = LENSES[speech.wire].mended(speech.whole(Said("[[call h {}]]")), Reading())
    assert outlined(speech, alone) == ("", [("h", {})])
    assert stops(alone) == stops(speech.whole(Said(calls=REAL)))


def stops(reply: Any) -> Any:
    holder = next(iter(reply.get("choices") or reply.get("candidates") or [reply]))
    names = ("finish_reason", "finishReason", "stop_reason", "stopReason", "done_reason", "status")
    return [holder.get(name) for name in names]


EMPTIED: list[tuple[str, Callable[[Any], Any], Any]] = [
    ("openai-chat", lambda r: r["choices"][0]["message"]["content"], None),
    ("mistral", lambda r: r["choices"][0]["message"]["content"], None),
    ("openai-responses", lambda r: [item["type"] for item in r["output"]], ["function_call"]),
    ("anthropic-messages", lambda r: [one["type"] for one in r["content"]], ["tool_use"]),
    ("gemini", lambda r: [list(one) for one in r["candidates"][0]["content"]["parts"]],
     [["functionCall"]]),
    ("bedrock-converse", lambda r: [list(one) for one in r["output"]["message"]["content"]],
     [["toolUse"]]),
    ("ollama", lambda r: r["message"]["content"], ""),
    ("cohere-v2", lambda r: "content" in r["message"], False),
]  # fmt: skip


@pytest.mark.parametrize(("wire", "look", "want"), EMPTIED, ids=[one[0] for one in EMPTIED])
def test_a_text_that_became_a_call_is_left_out_as_the_server_would_leave_it_out(
    wire: str, look: Callable[[Any], Any], want: Any
) -> None:
    speech = next(one for one in SPEECHES if one.wire == wire)
    mended = LENSES[wire].mended(speech.whole(Said("[[call h {}]]")), Reading())
    assert look(mended) == want


@pytest.mark.parametrize("speech", SPEECHES, ids=lambda one: one.stream.__name__)
def test_only_the_last_call_of_a_cut_reply_is_cut(
    speech: Speech,
) -> None:
    cut = (("id1", "f", '{"a":1}'), ("id2", "g", '{"b": "x'))
    mender = Plain()
    LENSES[speech.wire].mended(speech.whole(Said(calls=cut, cut=True)), mender)
    whole = [(call.name, whole) for _, call, whole in mender.asked]
    # Gemini and Ollama give calls whole or not at all
    parsed = speech.wire in ("gemini", "ollama")
    assert whole == [("f", True), ("g", parsed)]
    mender = Plain()
    LENSES[speech.wire].mended(speech.whole(Said(calls=REAL, cut=True)), mender)
    # where an object is held, nobody can tell how far the last one had come
    blocks = speech.wire.startswith(("anthropic", "bedrock"))
    assert [whole for _, _, whole in mender.asked] == [True, not blocks]


@pytest.mark.parametrize("speech", SPEECHES, ids=lambda one: one.stream.__name__)
def test_reasoning_is_never_read_and_never_edited(speech: Speech) -> None:
    class Strict(Reading):
        def text(self, choice: int, piece: str, /) -> Mended:
            assert "secret" not in piece
            return super().text(choice, piece)

    said = Said("plain [[call h {}]]", REAL, "secret [[call no {}]]")
    reply = speech.whole(said)
    mended = LENSES[speech.wire].mended(reply, Strict())
    assert "secret [[call no {}]]" in json.dumps(mended)
    assert [name for name, _ in outlined(speech, mended)[1]] == ["f", "g", "h"]


def test_each_choice_is_mended_by_itself() -> None:
    texts = ["[[call a {}]]", "plain", "x [[call b {}]]"]
    choices = [
        {"index": n, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        for n, text in enumerate(texts)
    ]
    mended = LENSES["openai-chat"].mended({"choices": choices}, Reading())
    assert mended["choices"][1] is choices[1]
    assert [one["message"]["content"] for one in mended["choices"]] == [None, "plain", "x "]
    assert [one["finish_reason"] for one in mended["choices"]] == [
        "tool_calls",
        "stop",
        "tool_calls",
    ]


def test_a_list_of_chunks_is_mended_as_one_reply() -> None:
    """What Gemini streams without ``alt=sse``."""
    chunks = [
        {"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}}]}
        for text in ("a [[ca", "ll f {", "}]] b")
    ]
    chunks[-1]["candidates"][0]["finishReason"] = "STOP"  # type: ignore[assignment]
    mended = LENSES["gemini"].mended(chunks, Reading())
    wire = WIRES["gemini"]
    outline = wire.outline(wire.messages(mended)[0])
    assert (outline.text, [call.name for call in outline.calls]) == ("a  b", ["f"])
    assert LENSES["gemini"].mended(chunks[:1], Plain()) == chunks[:1]


@pytest.mark.parametrize("lens", ALL, ids=lambda one: one.name)
@settings(patient, max_examples=25)
@given(reply=values)
def test_a_reply_of_any_shape_is_taken(lens: Any, reply: Any) -> None:
    assert lens.mended(reply, Plain()) is reply
    lens.answered(reply, ["no"])
    lens.generation(reply)


@pytest.mark.parametrize("speech", SPEECHES, ids=lambda one: one.stream.__name__)
def test_names_ids_and_arguments_of_a_reply_are_edited(speech: Speech) -> None:
    reply = speech.whole(Said("hi", REAL))
    renamed = LENSES[speech.wire].mended(reply, Renaming())
    assert outlined(speech, renamed) == ("hi", [("my_f", {"a": 1}), ("my_g", {})])
    rewritten = LENSES[speech.wire].mended(reply, Rewriting())
    more = {"more": "é\n"}
    want = [("my_f", {"had": {"a": 1}, **more}), ("my_g", {"had": {}, **more})]
    assert outlined(speech, rewritten) == ("hi", want)


# ---------------------------------------------------------------- answers to calls


@pytest.mark.parametrize("speech", SPEECHES, ids=lambda one: one.stream.__name__)
def test_each_call_of_a_reply_is_answered_by_its_result(speech: Speech) -> None:
    wire, lens = WIRES[speech.wire], LENSES[speech.wire]
    said = Said("Look.", (("id1", "f", '{"a":1}'), ("id2", "g", '{"b": "x')), "why")
    model, *rest = lens.answered(speech.whole(said), ["wrong a", "wrong b"])
    outline = wire.outline(model)
    assert outline.role == "assistant"
    assert [call.name for call in outline.calls] == ["f", "g"]
    # a broken call's arguments are none that a provider would take
    if speech.wire not in ("gemini", "ollama"):
        assert outline.calls[1].arguments == {}
    assert "why" in json.dumps(model)
    results = [one for message in rest for one in wire.outline(message).results]
    ids = [call.id or call.name for call in outline.calls]
    assert [one for one, _ in results] == ids
    assert ["wrong a" in results[0][1], "wrong b" in results[1][1]] == [True, True]


@pytest.mark.parametrize("speech", SPEECHES, ids=lambda one: one.stream.__name__)
def test_calls_found_in_text_are_answered_by_the_user(speech: Speech) -> None:
    wire, lens = WIRES[speech.wire], LENSES[speech.wire]
    model, user = lens.answered(speech.whole(Said("[[call f {}]]")), ["wrong"])
    assert wire.outline(model).text == "[[call f {}]]"
    assert (wire.outline(user).role, wire.outline(user).text) == ("user", "wrong")
    both = lens.answered(speech.whole(Said("[[call f {}]]", REAL)), ["a", "b", "c"])
    outlines = [wire.outline(message) for message in both]
    assert outlines[0].role == "assistant"
    assert sum(len(one.results) for one in outlines) == 2
    assert outlines[-1].text == "c"


def test_what_no_text_can_answer_is_not_answered() -> None:
    custom = {"role": "assistant", "content": None, "tool_calls": [
        {"id": "c", "type": "custom", "custom": {"name": "g", "input": "1"}}]}  # fmt: skip
    assert LENSES["openai-chat"].answered({"choices": [{"message": custom}]}, ["no"]) == ()
    items = [{"type": "custom_tool_call", "call_id": "c", "name": "g", "input": "1"}]
    assert LENSES["openai-responses"].answered({"output": items}, ["no"]) == ()
    for speech in SPEECHES:
        assert LENSES[speech.wire].answered(speech.whole(Said("x", REAL)), ["only one"]) == ()


def test_a_legacy_call_is_answered_by_its_name() -> None:
    message = {"role": "assistant", "content": None,
               "function_call": {"name": "f", "arguments": "{"}}  # fmt: skip
    assert LENSES["openai-chat"].answered({"choices": [{"message": message}]}, ["no"]) == [
        {**message, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "no"},
    ]


def test_a_refused_generation_is_a_reply_of_text() -> None:
    lens = LENSES["openai-chat"]
    refusal = {"error": {"code": "tool_use_failed", "failed_generation": "[[call f {}]]"}}
    reply = lens.generation(refusal)
    mended = lens.mended(reply, Reading())
    assert [call["function"]["name"] for call in mended["choices"][0]["message"]["tool_calls"]] == [
        "f"
    ]
    assert lens.generation({"error": {"code": "tool_use_failed"}}) is None
    assert all(one.generation({"error": {"message": "no"}}) is None for one in ALL)


@pytest.mark.parametrize(
    ("text", "whole"),
    [("{}", True), ('{"a": {"b": "}"}}\n', True), ('{"a": 1', False), ("", False), ("[1]", False),
     ("{}}", False), ('{"a": "}', False)],
)  # fmt: skip
def test_arguments_are_whole_where_they_are_one_object(text: str, whole: bool) -> None:
    assert is_whole(text) is whole


def test_arguments_of_any_depth_are_taken() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    assert not is_whole('{"a":' + deep + "}")
    assert spoken("\ud800") == "\ud800"
    assert json.loads(spoken({"a": "\ud800"})) == {"a": "\ud800"}
