"""What the wire formats say of hand-written requests, replies and streams."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from recorded import WIRES
from sealegs.jsons import dump
from sealegs.wire import CallOutline, Outline, RequestHead

CALL = CallOutline("weather", {"city": "Köln"}, "call_1")

# One conversation in every format: question, call with a text beside it, result, answer.
CHAT: list[Any] = [
    {"role": "user", "content": "Weather?"},
    {
        "role": "assistant",
        "content": "I look.",
        "tool_calls": [
            {
                "id": "call_1",
                "type": "function",
                "function": {"name": "weather", "arguments": '{"city": "Köln"}'},
            }
        ],
    },
    {"role": "tool", "tool_call_id": "call_1", "content": "15 degrees"},
    {"role": "assistant", "content": "It is 15 degrees."},
]
PLAIN_ARGUMENTS = {"name": "weather", "arguments": {"city": "Köln"}}
SAME: dict[str, dict[str, Any]] = {
    "openai-chat": {"messages": CHAT},
    "mistral": {
        "messages": [
            *CHAT[:3],
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "15, then."}]},
                    {"type": "text", "text": "It is 15 degrees."},
                ],
            },
        ]
    },
    "cohere-v2": {
        "messages": [
            CHAT[0],
            {**CHAT[1], "tool_plan": "I must look."},
            {
                "role": "tool",
                "tool_call_id": "call_1",
                "content": [{"type": "document", "document": {"data": {"result": "15 degrees"}}}],
            },
            {"role": "assistant", "content": [{"type": "text", "text": "It is 15 degrees."}]},
        ]
    },
    "ollama": {
        "messages": [
            CHAT[0],
            {
                "role": "assistant",
                "content": "I look.",
                "thinking": "hm",
                "tool_calls": [{"id": "call_1", "function": PLAIN_ARGUMENTS}],
            },
            {"role": "tool", "tool_call_id": "call_1", "content": "15 degrees"},
            CHAT[3],
        ]
    },
    "openai-responses": {
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "Weather?"}]},
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "x"}]},
            {
                "type": "message",
                "role": "assistant",
                "id": "msg_1",
                "status": "completed",
                "phase": "commentary",
                "content": [{"type": "output_text", "text": "I look.", "annotations": []}],
            },
            {
                "type": "function_call",
                "id": "fc_1",
                "call_id": "call_1",
                "name": "weather",
                "arguments": '{"city":"Köln"}',
            },
            {"type": "function_call_output", "call_id": "call_1", "output": "15 degrees"},
            {"role": "assistant", "content": "It is 15 degrees."},
        ]
    },
    "anthropic-messages": {
        "messages": [
            {"role": "user", "content": "Weather?"},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "hm", "signature": "s"},
                    {"type": "text", "text": "I look.", "cache_control": {"type": "ephemeral"}},
                    {
                        "type": "tool_use",
                        "id": "call_1",
                        "name": "weather",
                        "input": {"city": "Köln"},
                    },
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "call_1",
                        "content": [{"type": "text", "text": "15 degrees"}],
                    }
                ],
            },
            {"role": "assistant", "content": [{"type": "text", "text": "It is 15 degrees."}]},
        ]
    },
    "gemini": {
        "contents": [
            {"role": "user", "parts": [{"text": "Weather?"}]},
            {
                "role": "model",
                "parts": [
                    {"text": "hm", "thought": True},
                    {"text": "I look."},
                    {
                        "functionCall": {
                            "id": "call_1",
                            "name": "weather",
                            "args": {"city": "Köln"},
                        },
                        "thoughtSignature": "s",
                    },
                ],
            },
            {
                "role": "user",
                "parts": [
                    {
                        "functionResponse": {
                            "id": "call_1",
                            "name": "weather",
                            "response": {"output": "15 degrees"},
                        }
                    }
                ],
            },
            {"role": "model", "parts": [{"text": "It is "}, {"text": "15 degrees."}]},
        ]
    },
    "bedrock-converse": {
        "messages": [
            {"role": "user", "content": [{"text": "Weather?"}]},
            {
                "role": "assistant",
                "content": [
                    {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}},
                    {"text": "I look."},
                    {
                        "toolUse": {
                            "toolUseId": "call_1",
                            "name": "weather",
                            "input": {"city": "Köln"},
                        }
                    },
                ],
            },
            {
                "role": "user",
                "content": [
                    {"toolResult": {"toolUseId": "call_1", "content": [{"text": "15 degrees"}]}}
                ],
            },
            {"role": "assistant", "content": [{"text": "It is 15 degrees."}]},
        ]
    },
}
SAME["anthropic-bedrock"] = SAME["anthropic-messages"]
HEAD = RequestHead("POST", "https://h/", "h", "/")


def outlines(name: str, body: bytes) -> list[Outline]:
    wire = WIRES[name]
    turns = wire.read(body, HEAD).turns
    return [wire.outline(wire.message(turn.raw)) for turn in turns]


@pytest.mark.parametrize("name", sorted(WIRES))
def test_a_conversation_means_the_same_in_every_format(name: str) -> None:
    said = outlines(name, json.dumps(SAME[name]).encode())
    assert [replace(outline, ids=()) for outline in said] == [
        Outline("user", "Weather?"),
        Outline("assistant", "I look.", (CALL,)),
        Outline("tool", results=(("call_1", "15 degrees"),)),
        Outline("assistant", "It is 15 degrees."),
    ]


@pytest.mark.parametrize("name", sorted(WIRES))
def test_a_turn_written_back_unchanged_is_the_same_turn(name: str) -> None:
    wire = WIRES[name]
    body = json.dumps(SAME[name], separators=(",", ":"), ensure_ascii=False).encode()
    document = wire.read(body, HEAD)
    turns = {number: wire.message(turn.raw) for number, turn in enumerate(document.turns)}
    assert document.edited(turns=turns).encode() == body


@pytest.mark.parametrize("name", sorted(WIRES))
def test_a_request_with_lone_surrogates_reads(name: str) -> None:
    body = json.dumps(SAME[name]).replace("Weather?", r"Weather\ud83d").encode()
    assert outlines(name, body)[0].text == "Weather\ud83d"
    roles = [outline.role for outline in outlines(name, body)]
    assert roles == ["user", "assistant", "tool", "assistant"]


@pytest.mark.parametrize(
    ("path", "host", "name"),
    [
        ("/v1/chat/completions", "api.openai.com", "openai-chat"),
        ("/v1/chat/completions", "api.mistral.ai", "mistral"),
        ("/v1/chat/completions", "notmistral.ai", "openai-chat"),
        ("/openai/deployments/gpt/chat/completions", "x.openai.azure.com", "openai-chat"),
        ("/openai/v1/responses", "x.openai.azure.com", "openai-responses"),
        ("/backend-api/codex/responses", "chatgpt.com", "openai-responses"),
        ("/anthropic/v1/messages", "api.minimax.io", "anthropic-messages"),
        (
            "/v1/projects/p/locations/l/publishers/anthropic/models/claude:streamRawPredict",
            "aiplatform.googleapis.com",
            "anthropic-messages",
        ),
        ("/model/eu.anthropic.claude-x-v1:0/invoke", "bedrock-runtime.h", "anthropic-bedrock"),
        ("/model/us.amazon.nova-lite/invoke", "bedrock-runtime.h", "bedrock-converse"),
        ("/model/any%2Fid/converse-stream", "bedrock-runtime.h", "bedrock-converse"),
        ("/v1beta/models/gemini-3-pro:generateContent", "h", "gemini"),
        ("/v2/chat", "api.cohere.com", "cohere-v2"),
        ("/api/chat", "localhost:11434", "ollama"),
        ("/v1/messages/count_tokens", "api.anthropic.com", ""),
        ("/v1/threads/t/messages", "api.openai.com", ""),
        ("/v1/responses/resp_1/input_items", "api.openai.com", ""),
        ("/v1beta/models/gemini-3-pro:countTokens", "h", ""),
        ("/model/us.meta.llama/invoke", "bedrock-runtime.h", ""),
        ("/v1/embeddings", "api.openai.com", ""),
    ],
)
def test_a_path_belongs_to_one_format_or_to_none(path: str, host: str, name: str) -> None:
    head = RequestHead("POST", f"https://{host}{path}", host, path)
    assert [wire.name for wire in WIRES.values() if wire.claims(head)] == ([name] if name else [])
    read = RequestHead("GET", head.url, host, path)
    assert not any(wire.claims(read) for wire in WIRES.values())


@pytest.mark.parametrize(
    ("name", "path", "query", "model", "streams"),
    [
        ("gemini", "/v1/models/gemini-3:streamGenerateContent", "alt=sse", "gemini-3", True),
        ("gemini", "/v1/models/gemini-3:streamGenerateContent", "", "gemini-3", False),
        ("gemini", "/v1/models/gemini-3:generateContent", "alt=sse", "gemini-3", False),
        ("bedrock-converse", "/model/a.b-v1%3A0/converse-stream", "", "a.b-v1:0", True),
        ("bedrock-converse", "/model/a.b-v1%3A0/converse", "", "a.b-v1:0", False),
        ("anthropic-bedrock", "/model/anthropic.c%3A0/invoke", "", "anthropic.c:0", False),
        (
            "anthropic-bedrock",
            "/model/anthropic.c/invoke-with-response-stream",
            "",
            "anthropic.c",
            True,
        ),
        (
            "anthropic-messages",
            "/p/publishers/anthropic/models/claude@1:streamRawPredict",
            "",
            "claude@1",
            True,
        ),
        ("openai-chat", "/openai/deployments/gpt%2Dx/chat/completions", "", "gpt-x", False),
        ("ollama", "/api/chat", "", "", True),
    ],
)
def test_the_path_says_model_and_stream_where_the_body_does_not(
    name: str, path: str, query: str, model: str, streams: bool
) -> None:
    head = RequestHead("POST", f"https://h{path}", "h", path, query)
    document = WIRES[name].read(json.dumps(SAME[name]).encode(), head)
    assert (document.model, document.streams) == (model, streams)


@pytest.mark.parametrize("said", [True, False])
def test_the_body_says_whether_the_reply_streams(said: bool) -> None:
    for name in ("openai-chat", "openai-responses", "anthropic-messages", "ollama", "cohere-v2"):
        body = dump({**SAME[name], "stream": said, "model": "m"})
        document = WIRES[name].read(body, HEAD)
        assert (document.streams, document.model) == (said, "m")


def test_what_stands_beside_the_messages_is_found() -> None:
    for name, member in [
        ("anthropic-messages", "system"),
        ("openai-responses", "instructions"),
        ("bedrock-converse", "system"),
        ("gemini", "systemInstruction"),
        ("gemini", "system_instruction"),
    ]:
        body = dump({member: "Be brief.", **SAME[name]})
        assert WIRES[name].read(body, HEAD).system == b'"Be brief."'
    assert WIRES["openai-chat"].read(dump(SAME["openai-chat"]), HEAD).system == b""


def test_a_body_of_another_format_is_refused() -> None:
    for wire in WIRES.values():
        with pytest.raises(ValueError, match=r"no member|expected|JSON|Expecting"):
            wire.read(b'{"prompt": "x"}', HEAD)
        with pytest.raises(ValueError, match=r"expected|JSON|Expecting"):
            wire.read(b"[1]", HEAD)


# ------------------------------------------------------------------ OpenAI Responses


def test_items_of_the_model_are_one_turn_and_outputs_one_each() -> None:
    body = dump(
        {
            "input": [
                {"role": "developer", "content": "d"},
                {"type": "reasoning", "id": "rs_1", "summary": []},
                {"type": "web_search_call", "id": "ws_1", "status": "completed"},
                {"type": "tool_search_output", "execution": "server", "tools": []},
                {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
                {"type": "function_call", "call_id": "b", "name": "f", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "a", "output": "1"},
                {"type": "function_call_output", "call_id": "b", "output": "2"},
                {"type": "compaction", "encrypted_content": "x"},
                {"type": "mcp_approval_response", "approval_request_id": "m", "approve": True},
            ]
        }
    )
    wire = WIRES["openai-responses"]
    turns = wire.read(body, HEAD).turns
    assert [turn.role for turn in turns] == [
        "system",
        "assistant",
        "tool",
        "tool",
        "assistant",
        "tool",
    ]
    assert [item["type"] for item in wire.message(turns[1].raw)["items"]] == [
        "reasoning",
        "web_search_call",
        "tool_search_output",
        "function_call",
        "function_call",
    ]


def test_a_text_for_input_is_a_turn_of_the_user() -> None:
    wire = WIRES["openai-responses"]
    document = wire.read(b'{"input": "Hi", "model": "m"}', HEAD)
    (turn,) = document.turns
    assert wire.message(turn.raw) == {"role": "user", "content": "Hi"}
    assert wire.outline(wire.message(turn.raw)) == Outline("user", "Hi")
    edited = document.edited(turns={0: {"role": "user", "content": "Ho"}})
    assert edited.encode() == b'{"input": [{"role":"user","content":"Ho"}], "model": "m"}'


def test_calls_of_built_in_client_tools_are_calls_and_hosted_ones_are_not() -> None:
    items = [
        {"type": "custom_tool_call", "call_id": "a", "name": "sql", "input": "SELECT 1"},
        {"type": "shell_call", "call_id": "b", "action": {"commands": ["ls"]}, "status": "x"},
        {"type": "file_search_call", "id": "fs", "queries": ["q"], "results": None},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
    ]
    assert WIRES["openai-responses"].outline({"items": items}) == Outline(
        "assistant",
        "No.",
        (CallOutline("sql", "SELECT 1", "a"), CallOutline("shell_call", {"commands": ["ls"]}, "b")),
        other=[{"type": "file_search_call"}],
        ids=("fs",),
    )


def test_a_responses_turn_is_known_by_the_ids_of_its_items() -> None:
    said = outlines("openai-responses", dump(SAME["openai-responses"]))
    assert [outline.ids for outline in said] == [(), ("msg_1", "fc_1"), (), ()]


def fed(name: str, *events: Any) -> Any:
    assembler = WIRES[name].assembler()
    for event in events:
        assembler.feed("", event)
    return assembler


def test_a_responses_stream_that_is_cut_gives_its_deltas() -> None:
    started = [
        {"type": "response.created", "response": {"id": "r", "output": []}},
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {"type": "reasoning", "summary": [], "encrypted_content": "early"},
        },
        {
            "type": "response.reasoning_summary_text.delta",
            "output_index": 0,
            "summary_index": 0,
            "delta": "So",
        },
        {
            "type": "response.output_item.added",
            "output_index": 1,
            "item": {"type": "function_call", "call_id": "c", "name": "f", "arguments": ""},
        },
        {"type": "response.function_call_arguments.delta", "output_index": 1, "delta": '{"a"'},
    ]
    assembler = fed("openai-responses", *started)
    assert not assembler.terminal
    assert assembler.reply()["output"] == [
        {
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "So"}],
            "encrypted_content": "early",
        },
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"a"'},
    ]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "error", "code": "server_error", "message": "broke"},
        {
            "type": "response.failed",
            "response": {"error": {"code": "server_error", "message": "broke"}, "output": []},
        },
    ],
)
def test_an_error_in_a_responses_stream_is_reported(event: Any) -> None:
    wire = WIRES["openai-responses"]
    assert "broke" in wire.error(fed("openai-responses", event).error)


# ------------------------------------------------------------------ Anthropic


def anthropic_events(*deltas: tuple[dict[str, Any], list[dict[str, Any]]]) -> list[Any]:
    events: list[Any] = [{"type": "message_start", "message": {"role": "assistant", "content": []}}]
    for index, (block, pieces) in enumerate(deltas):
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        events += [{"type": "content_block_delta", "index": index, "delta": one} for one in pieces]
        events.append({"type": "content_block_stop", "index": index})
    stop = {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {}}
    return [*events, stop, {"type": "message_stop"}]


def test_anthropic_deltas_make_the_blocks() -> None:
    thinking = {"type": "thinking", "thinking": "", "signature": ""}
    events = anthropic_events(
        (
            thinking,
            [
                {"type": "thinking_delta", "thinking": "a"},
                {"type": "thinking_delta", "thinking": "b"},
                {"type": "signature_delta", "signature": "AA"},
                {"type": "signature_delta", "signature": "BB"},
            ],
        ),
        ({**thinking, "signature": "whole"}, [{"type": "signature_delta", "signature": "whole"}]),
        ({"type": "redacted_thinking", "data": "x"}, []),
        (
            {"type": "text", "text": ""},
            [
                {"type": "text_delta", "text": "t"},
                {"type": "citations_delta", "citation": {"cited_text": "c"}},
            ],
        ),
        ({"type": "tool_use", "id": "1", "name": "f", "input": {}}, []),
        (
            {"type": "tool_use", "id": "2", "name": "f", "input": {}},
            [
                {"type": "input_json_delta", "partial_json": '{"a"'},
                {"type": "input_json_delta", "partial_json": ": 1}"},
            ],
        ),
    )
    assert fed("anthropic-messages", *events).reply()["content"] == [
        {"type": "thinking", "thinking": "ab", "signature": "AABB"},
        {"type": "thinking", "thinking": "", "signature": "whole"},
        {"type": "redacted_thinking", "data": "x"},
        {"type": "text", "text": "t", "citations": [{"cited_text": "c"}]},
        {"type": "tool_use", "id": "1", "name": "f", "input": {}},
        {"type": "tool_use", "id": "2", "name": "f", "input": {"a": 1}},
    ]


def test_an_anthropic_stream_is_terminal_with_its_stop_reason_and_final_at_its_end() -> None:
    events = anthropic_events(({"type": "text", "text": ""}, []))
    states: list[tuple[bool, bool]] = []
    assembler = WIRES["anthropic-messages"].assembler()
    for event in events:
        assembler.feed("", event)
        states.append((assembler.terminal, assembler.final))
    assert states == [(False, False)] * 3 + [(True, False), (True, True)]


def test_an_error_in_an_anthropic_stream_leaves_the_turn_open() -> None:
    error = {"type": "overloaded_error", "message": "Overloaded"}
    assembler = fed("anthropic-messages", {"type": "error", "error": error})
    assert (assembler.error, assembler.terminal) == (error, False)


def test_an_anthropic_message_with_any_tool_result_is_the_tools() -> None:
    content = [
        {"type": "tool_result", "tool_use_id": "1", "is_error": True},
        {"type": "text", "text": "Go on."},
        {"type": "image", "source": {"data": "x"}, "cache_control": {"type": "ephemeral"}},
    ]
    body = dump({"messages": [{"role": "user", "content": content}]})
    assert outlines("anthropic-messages", body) == [
        Outline(
            "tool",
            "Go on.",
            results=(("1", ""),),
            other=[{"type": "image", "source": {"data": "x"}}],
        )
    ]


# ------------------------------------------------------------------ Gemini


def gemini_chunk(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, **more}]}


def test_gemini_text_is_joined_but_never_across_a_signature_or_a_thought() -> None:
    chunks = [
        gemini_chunk({"text": "th", "thought": True}),
        gemini_chunk({"text": "ink", "thought": True}),
        gemini_chunk({"text": "sa"}),
        gemini_chunk({"text": "id"}),
        gemini_chunk({"text": "signed", "thoughtSignature": "A"}),
        gemini_chunk({"text": "more"}),
        gemini_chunk({"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "B"}),
        gemini_chunk({"text": "", "thoughtSignature": "C"}, finishReason="STOP"),
    ]
    parts: list[dict[str, Any]] = [
        {"text": "think", "thought": True},
        {"text": "said"},
        {"text": "signed", "thoughtSignature": "A"},
        {"text": "more"},
        {"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "B"},
        {"text": "", "thoughtSignature": "C"},
    ]
    assembler = fed("gemini", *chunks)
    assert assembler.terminal
    assert assembler.reply() == gemini_chunk(*parts, finishReason="STOP")
    assert WIRES["gemini"].messages(chunks) == [{"role": "model", "parts": parts}]
    assert WIRES["gemini"].outline({"role": "model", "parts": parts}) == Outline(
        "assistant", "saidsignedmore", (CallOutline("f", {}),)
    )


def test_a_gemini_stream_is_whole_when_every_candidate_is() -> None:
    one = gemini_chunk({"text": "a"}, index=0, finishReason="STOP")
    two = gemini_chunk({"text": "b"}, index=1)
    assert not fed("gemini", one, two).terminal
    done = gemini_chunk(index=1, finishReason="STOP")
    assert fed("gemini", one, two, done).terminal
    assert fed("gemini", {"promptFeedback": {"blockReason": "SAFETY"}}).terminal


def test_snake_case_gemini_parts_are_read_as_camel_case_ones() -> None:
    def body(call: str, response: str, data: str) -> bytes:
        return dump(
            {
                "contents": [
                    {"role": "model", "parts": [{call: {"name": "f", "args": {"a": 1}}}]},
                    {"role": "user", "parts": [{response: {"name": "f", "response": {"b": 2}}}]},
                    {"role": "user", "parts": [{data: {"data": "x"}}]},
                ]
            }
        )

    camel = outlines("gemini", body("functionCall", "functionResponse", "inlineData"))
    assert camel == outlines("gemini", body("function_call", "function_response", "inline_data"))
    assert camel == [
        Outline("assistant", calls=(CallOutline("f", {"a": 1}),)),
        Outline("tool", results=(("f", '{"b":2}'),)),
        Outline("user", other=[{"inlineData": {"data": "x"}}]),
    ]


# ------------------------------------------------------------------ the others


def test_parallel_chat_calls_that_share_an_index_stay_apart() -> None:
    def chunk(call: dict[str, Any]) -> dict[str, Any]:
        return {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, **call}]}}]}

    reply = fed(
        "openai-chat",
        chunk({"id": "a", "function": {"name": "f", "arguments": "{}"}}),
        chunk({"id": "b", "function": {"name": "g", "arguments": ""}}),
        chunk({"function": {"arguments": "{}"}}),
    ).reply()
    (message,) = WIRES["openai-chat"].messages(reply)
    assert WIRES["openai-chat"].outline(message).calls == (
        CallOutline("f", {}, "a"),
        CallOutline("g", {}, "b"),
    )


def test_several_chat_choices_are_whole_when_each_has_its_reason() -> None:
    def chunk(index: int, text: str, reason: str | None = None) -> dict[str, Any]:
        delta = {"content": text}
        return {"choices": [{"index": index, "delta": delta, "finish_reason": reason}]}

    assembler = fed("openai-chat", chunk(0, "a"), chunk(1, "b"), chunk(0, "c", "stop"))
    assert not assembler.terminal
    assembler.feed("", chunk(1, "d", "stop"))
    assert assembler.terminal
    texts = [message["content"] for message in WIRES["openai-chat"].messages(assembler.reply())]
    assert texts == ["ac", "bd"]


def test_an_error_in_a_chat_stream_keeps_it_from_being_whole() -> None:
    choices = [{"index": 0, "delta": {}, "finish_reason": "error"}]
    assembler = fed("openai-chat", {"choices": choices, "error": {"code": 5}}, "[DONE]")
    assert (assembler.terminal, assembler.final, assembler.error) == (False, True, {"code": 5})


def test_custom_and_legacy_chat_calls_are_calls() -> None:
    custom = {"id": "a", "type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}}
    message = {
        "role": "assistant",
        "content": None,
        "tool_calls": [custom],
        "function_call": {"name": "f", "arguments": "{broken"},
    }
    assert WIRES["openai-chat"].outline(message) == Outline(
        "assistant", "", (CallOutline("sql", "SELECT 1", "a"), CallOutline("f", "{broken"))
    )


def test_mistral_chunks_of_one_type_are_joined() -> None:
    def chunk(content: Any, reason: str | None = None) -> dict[str, Any]:
        delta = {"content": content}
        return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}

    def thinking(text: str, **more: Any) -> dict[str, Any]:
        return {"type": "thinking", "thinking": [{"type": "text", "text": text}], **more}

    reply = fed(
        "mistral",
        chunk(""),
        chunk([thinking("a")]),
        chunk([thinking("b", closed=True, signature="s")]),
        chunk("It"),
        chunk([{"type": "text", "text": " is"}]),
        chunk("", "stop"),
    ).reply()
    assert WIRES["mistral"].messages(reply) == [
        {
            "role": "assistant",
            "content": [
                thinking("ab", closed=True, signature="s"),
                {"type": "text", "text": "It is"},
            ],
        }
    ]


def test_converse_events_make_the_blocks() -> None:
    def delta(index: int, value: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return "contentBlockDelta", {"contentBlockIndex": index, "delta": value, "p": "abc"}

    redacted = [base64.b64encode(piece).decode() for piece in (b"a", b"bcd", b"abcd")]
    events: list[tuple[str, dict[str, Any]]] = [
        ("messageStart", {"role": "assistant"}),
        delta(0, {"reasoningContent": {"text": "a"}}),
        delta(0, {"reasoningContent": {"text": "b"}}),
        delta(0, {"reasoningContent": {"signature": "s"}}),
        ("contentBlockStop", {"contentBlockIndex": 0}),
        delta(1, {"reasoningContent": {"redactedContent": redacted[0]}}),
        delta(1, {"reasoningContent": {"redactedContent": redacted[1]}}),
        delta(2, {"text": "t"}),
        (
            "contentBlockStart",
            {"contentBlockIndex": 3, "start": {"toolUse": {"toolUseId": "1", "name": "f"}}},
        ),
        delta(3, {"toolUse": {"input": '{"a":'}}),
        delta(3, {"toolUse": {"input": "1}"}}),
        ("contentBlockStop", {"contentBlockIndex": 3}),
        ("messageStop", {"stopReason": "tool_use"}),
        ("metadata", {"usage": {"inputTokens": 1}}),
    ]
    content = [
        {"reasoningContent": {"reasoningText": {"text": "ab", "signature": "s"}}},
        {"reasoningContent": {"redactedContent": redacted[2]}},
        {"text": "t"},
        {"toolUse": {"toolUseId": "1", "name": "f", "input": {"a": 1}}},
    ]
    named, nested = (WIRES["bedrock-converse"].assembler() for _ in range(2))
    for name, data in events:
        named.feed(name, data)
        nested.feed("chunk", {name: data})
    assert (
        named.reply()
        == nested.reply()
        == {
            "stopReason": "tool_use",
            "usage": {"inputTokens": 1},
            "output": {"message": {"role": "assistant", "content": content}},
        }
    )
    broken = WIRES["bedrock-converse"].assembler()
    broken.feed("throttlingException", {"message": "slow down"})
    assert (broken.error, broken.terminal) == ({"message": "slow down"}, False)


def test_ollama_chunks_are_joined_and_calls_kept_whole() -> None:
    call = {"function": {"name": "f", "arguments": {"a": 1}}}
    assembler = fed(
        "ollama",
        {"model": "m", "message": {"role": "assistant", "thinking": "a", "content": ""}},
        {"model": "m", "message": {"role": "assistant", "thinking": "b"}},
        {"model": "m", "message": {"role": "assistant", "content": "c", "tool_calls": [call]}},
        {"model": "m", "message": {"role": "assistant", "tool_calls": [call]}, "done": True},
    )
    assert assembler.terminal
    assert assembler.reply() == {
        "model": "m",
        "done": True,
        "message": {
            "role": "assistant",
            "thinking": "ab",
            "content": "c",
            "tool_calls": [call, call],
        },
    }
    assert fed("ollama", {"error": "no such model"}).error == "no such model"


def test_a_cohere_stream_that_ends_in_an_error_is_not_whole() -> None:
    end = {"type": "message-end", "delta": {"finish_reason": "ERROR", "error": "broke"}}
    assembler = fed("cohere-v2", {"type": "message-start", "delta": {}}, end)
    assert (assembler.error, assembler.terminal, assembler.final) == ("broke", False, True)


def test_ids_of_reasoning_tied_to_a_call_are_renamed_with_it() -> None:
    message: dict[str, Any] = {
        "role": "assistant",
        "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "{}"}}],
        "reasoning_details": [{"type": "reasoning.encrypted", "data": "x", "id": "a"}],
    }
    assert WIRES["openai-chat"].rename_calls(message, {"a": "b"}.__getitem__)
    assert message["reasoning_details"][0]["id"] == message["tool_calls"][0]["id"] == "b"


def test_ids_of_the_providers_own_tools_are_not_renamed() -> None:
    content = [
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
    ]
    message = {"role": "assistant", "content": content}
    before = json.dumps(message)
    assert not WIRES["anthropic-messages"].rename_calls(message, lambda name: "x" + name)
    assert json.dumps(message) == before


def test_what_a_function_is_called_with_is_told_apart_by_every_argument() -> None:
    wire = WIRES["openai-responses"]
    calls = [
        {"type": "function_call", "name": "get", "call_id": "c", "arguments": f'{{"id": {number}}}'}
        for number in (1, 2)
    ]
    said = [wire.outline({"items": [call]}).calls[0].arguments for call in calls]
    assert said == [{"id": 1}, {"id": 2}]
