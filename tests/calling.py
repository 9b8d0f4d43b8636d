"""What models say when they call tools, whole and streamed, and tools with awkward definitions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from loopback import Answer, events, sse, whole

LONG = "search_" + "the_archive_of_all_things_" * 3
"""Eighty-five characters: more than most providers take."""

AWKWARD = ("files.read", LONG, "é")
"""Names that hosts of the MCP give to tools, and most providers refuse."""

CITY: Any = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}

ORDER: Any = {
    "type": "object",
    "properties": {
        "item": {"type": "string"},
        "count": {"type": "integer", "minimum": 1},
        "note": {"type": "string"},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["item"],
    "additionalProperties": False,
}
"""An optional note, and a map: what strict modes have no words for."""


@dataclass(frozen=True)
class Says:
    """One call as a model makes it."""

    name: str
    arguments: str = '{"city": "Oslo"}'
    id: str = "call_1"


def pieces(text: str, size: int) -> list[str]:
    """Cut a text."""
    return [text[at : at + size] for at in range(0, len(text), size)]


# ------------------------------------------------------------------ chat completions


def chat_tool(name: str, parameters: Any = None, **more: Any) -> Any:
    """Define a tool for chat completions."""
    function = {"name": name, "description": f"The tool {name}.", **more}
    return {"type": "function", "function": {**function, "parameters": parameters or CITY}}


def chat_message(*calls: Says, text: str | None = None) -> Any:
    """An assistant's message of the history."""
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if calls:
        message["tool_calls"] = [_entry(call) for call in calls]
    return message


def _entry(call: Says) -> Any:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


def chat_said(*calls: Says, text: str | None = None, reason: str = "", **message: Any) -> Any:
    """A chat completion."""
    said = {**chat_message(*calls, text=text), **message}
    finish = reason or ("tool_calls" if calls else "stop")
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": said, "finish_reason": finish}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12},
    }


def chat_stream(
    *calls: Says, text: str = "", reason: str = "", size: int = 7, reasoning: str = ""
) -> list[bytes]:
    """The same as a stream, texts and arguments in pieces of a size."""
    deltas: list[Any] = [{"role": "assistant", "content": ""}]
    deltas += [{"reasoning_content": piece} for piece in pieces(reasoning, size)]
    deltas += [{"content": piece} for piece in pieces(text, size)]
    for index, call in enumerate(calls):
        entry = _entry(Says(call.name, "", call.id))
        deltas.append({"tool_calls": [{"index": index, **entry}]})
        deltas += [
            {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
            for piece in pieces(call.arguments, size)
        ]
    chunks = [_chunk(delta, None) for delta in deltas]
    chunks.append(_chunk({}, reason or ("tool_calls" if calls else "stop")))
    return [*map(sse, chunks), sse("[DONE]")]


def _chunk(delta: Any, reason: str | None) -> Any:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
    }


def chat_answer(streamed: bool, *calls: Says, **more: Any) -> Answer:
    """Either of the two as a reply to be."""
    if streamed:
        return events(chat_stream(*calls, **more))
    more.pop("size", None)
    return whole(chat_said(*calls, **more))


# ------------------------------------------------------------------ responses


def responses_tool(name: str, parameters: Any = None, **more: Any) -> Any:
    """Define a tool for responses."""
    function = {"name": name, "description": f"The tool {name}.", **more}
    return {"type": "function", **function, "parameters": parameters or CITY}


def _response(status: str, output: Sequence[Any]) -> Any:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "m",
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "store": False,
        "status": status,
        "output": list(output),
        "usage": {
            "input_tokens": 7,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 5,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 12,
        },
    }


def responses_item(call: Says, number: int = 0, status: str = "completed") -> Any:
    """A call as an item."""
    item = {"type": "function_call", "id": f"fc_{number}", "call_id": call.id}
    return {**item, "name": call.name, "arguments": call.arguments, "status": status}


def _text_item(text: str) -> Any:
    part = {"type": "output_text", "text": text, "annotations": []}
    item = {"type": "message", "id": "msg_0", "role": "assistant", "status": "completed"}
    return {**item, "content": [part]}


def responses_said(*calls: Says, text: str = "", status: str = "completed") -> Any:
    """A response."""
    output = [_text_item(text)] if text else []
    output += [responses_item(call, number, status) for number, call in enumerate(calls)]
    return _response(status, output)


def responses_stream(
    *calls: Says, text: str = "", status: str = "completed", size: int = 7
) -> list[bytes]:
    """The same as a stream."""
    values: list[Any] = [{"type": "response.created", "response": _response("in_progress", [])}]
    output = responses_said(*calls, text=text, status=status)["output"]
    for index, item in enumerate(output):
        values += _item_events(item, index, size)
    ended = _response(status, output)
    values.append({"type": f"response.{status}", "response": ended})
    return [sse({**one, "sequence_number": n}, one["type"]) for n, one in enumerate(values)]


def _item_events(item: Any, index: int, size: int) -> list[Any]:
    place = {"output_index": index, "item_id": item["id"]}
    added, done = "response.output_item.added", "response.output_item.done"
    if item["type"] == "message":
        place |= {"content_index": 0}
        part = item["content"][0]
        kind = "response.output_text"
        middle: list[Any] = [
            {"type": "response.content_part.added", **place, "part": {**part, "text": ""}},
            *(
                {"type": f"{kind}.delta", **place, "delta": piece, "logprobs": []}
                for piece in pieces(part["text"], size)
            ),
            {"type": f"{kind}.done", **place, "text": part["text"], "logprobs": []},
            {"type": "response.content_part.done", **place, "part": part},
        ]
        begun = {**item, "content": [], "status": "in_progress"}
    else:
        kind = "response.function_call_arguments"
        middle = [
            {"type": f"{kind}.delta", **place, "delta": piece}
            for piece in pieces(item["arguments"], size)
        ]
        done_data = {"name": item["name"], "arguments": item["arguments"]}
        middle.append({"type": f"{kind}.done", **place, **done_data})
        begun = {**item, "arguments": "", "status": "in_progress"}
    return [
        {"type": added, "output_index": index, "item": begun},
        *middle,
        {"type": done, "output_index": index, "item": item},
    ]


def responses_answer(streamed: bool, *calls: Says, **more: Any) -> Answer:
    """Either of the two as a reply to be."""
    if streamed:
        return events(responses_stream(*calls, **more))
    more.pop("size", None)
    return whole(responses_said(*calls, **more))


# ------------------------------------------------------------------ Anthropic


def anthropic_tool(name: str, parameters: Any = None, **more: Any) -> Any:
    """Define a tool for messages."""
    return {
        "name": name,
        "description": f"The tool {name}.",
        "input_schema": parameters or CITY,
        **more,
    }


def _blocks(calls: Sequence[Says], text: str, thought: Any) -> list[Any]:
    blocks: list[Any] = [thought] if thought else []
    blocks += [{"type": "text", "text": text}] if text else []
    for call in calls:
        given = json.loads(call.arguments)
        blocks.append({"type": "tool_use", "id": call.id, "name": call.name, "input": given})
    return blocks


def _anthropic(blocks: Sequence[Any], reason: str | None) -> Any:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-model",
        "content": list(blocks),
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 7, "output_tokens": 5},
    }


def anthropic_said(*calls: Says, text: str = "", reason: str = "", thought: Any = None) -> Any:
    """A message."""
    finish = reason or ("tool_use" if calls else "end_turn")
    return _anthropic(_blocks(calls, text, thought), finish)


def anthropic_stream(
    *calls: Says, text: str = "", reason: str = "", thought: Any = None, size: int = 7
) -> list[bytes]:
    """The same as a stream; arguments stand there as text, so they may be broken."""
    values: list[Any] = [{"type": "message_start", "message": _anthropic([], None)}]
    shown = [Says(call.name, "{}", call.id) for call in calls]
    for index, block in enumerate(_blocks(shown, text, thought)):
        values += _block_events(block, index, calls, size)
    finish = reason or ("tool_use" if calls else "end_turn")
    delta = {"stop_reason": finish, "stop_sequence": None}
    values.append({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 5}})
    values.append({"type": "message_stop"})
    return [sse(value, value["type"]) for value in values]


def _block_events(block: Any, index: int, calls: Sequence[Says], size: int) -> list[Any]:
    match block["type"]:
        case "thinking":
            begun = {**block, "thinking": "", "signature": ""}
            said = [
                {"type": "thinking_delta", "thinking": piece}
                for piece in pieces(block["thinking"], size)
            ]
            said.append({"type": "signature_delta", "signature": block["signature"]})
        case "text":
            begun = {**block, "text": ""}
            said = [{"type": "text_delta", "text": piece} for piece in pieces(block["text"], size)]
        case _:
            begun = block
            call = next(call for call in calls if call.id == block["id"])
            said = [
                {"type": "input_json_delta", "partial_json": piece}
                for piece in pieces(call.arguments, size)
            ]
    return [
        {"type": "content_block_start", "index": index, "content_block": begun},
        *({"type": "content_block_delta", "index": index, "delta": one} for one in said),
        {"type": "content_block_stop", "index": index},
    ]


def anthropic_answer(streamed: bool, *calls: Says, **more: Any) -> Answer:
    """Either of the two as a reply to be."""
    if streamed:
        return events(anthropic_stream(*calls, **more))
    more.pop("size", None)
    return whole(anthropic_said(*calls, **more))
