"""LangChain's messages, read as a request in the Anthropic Messages format, and written back.

For chat models that take no HTTP client. The i-th turn of the request is the i-th message, so an
edited turn finds its message again. Only what says something is rendered; what LangChain adds for
its own use (a chunk's index, names, metadata) is left out, so a message that was streamed and one
that was not read alike.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.messages.tool import tool_call
from langchain_core.utils.function_calling import convert_to_openai_tool

from sealegs.jsons import Json, dump, parse
from sealegs.wire import Document

__all__ = ["blocks", "edited", "new_message", "reply", "request", "rewritten", "tool"]


def request(
    messages: Sequence[BaseMessage],
    *,
    model: str,
    system: SystemMessage | None,
    tools: Sequence[Any],
    parameters: Mapping[str, Json],
) -> bytes:
    """Render a request.

    Args:
        messages: the conversation, without the system prompt.
        model: the model's name.
        system: the system prompt.
        tools: tools or their definitions, as an agent holds them.
        parameters: further members; those that are ``None`` are left out.
    """
    body: dict[str, Json] = {"model": model}
    body |= {name: value for name, value in parameters.items() if value is not None}
    if system is not None:
        body["system"] = _plain(system.content)
    if tools:
        body["tools"] = [tool(one) for one in tools]
    body["messages"] = [_turn(message) for message in messages]
    return _dump(body)


def reply(message: AIMessage) -> bytes:
    """Render a reply."""
    body = {
        "type": "message",
        "role": "assistant",
        "model": message.response_metadata.get("model_name", ""),
        "content": blocks(message),
        "stop_reason": message.response_metadata.get("stop_reason"),
        "usage": _usage(message),
    }
    return _dump(body)


def tool(one: Any) -> Json:
    """Render a tool's definition."""
    made: Json = one if _is_object(one) else convert_to_openai_tool(one)
    function: Json = made.get("function")
    if not function:
        return made
    said = _only(function, "name", "description", "strict")
    extras: Mapping[str, Json] = getattr(one, "extras", None) or {}
    return {**said, "input_schema": function.get("parameters", {}), **extras}


def edited(
    messages: Sequence[BaseMessage], before: Document, after: Document
) -> Sequence[BaseMessage]:
    """Give the messages with the turns that were edited put into copies; the others as they are.

    Turns that were added become messages of their own.
    """
    if before is after:
        return messages
    new = list(messages)
    known = len(before.turns)
    for index, (message, old, turn) in enumerate(
        zip(messages, before.turns, after.turns[:known], strict=True)
    ):
        if turn.raw != old.raw:
            new[index] = rewritten(message, parse(turn.raw).get("content"))
    for turn in after.turns[known:]:
        new += _added(parse(turn.raw))
    return new


def _added(turn: Json) -> list[BaseMessage]:
    """Make messages of a turn that no message of the agent's stands for."""
    content: Json = turn.get("content")
    if turn.get("role") == "assistant":
        return [new_message(content)]
    parts: list[Json] = content if _is_list(content) else [{"type": "text", "text": content}]
    results = [block for block in parts if _kind(block) == "tool_result"]
    rest = [block for block in parts if _kind(block) != "tool_result"]
    made: list[BaseMessage] = [
        ToolMessage(
            block.get("content", ""),
            tool_call_id=block["tool_use_id"],
            status="error" if block.get("is_error") else "success",
        )
        for block in results
    ]
    return [*made, HumanMessage(rest)] if rest else made


def rewritten(message: BaseMessage, content: Json) -> BaseMessage:
    """Give a copy of a message that says what a turn's content says.

    Blocks that the message held already stay as they were, with all that LangChain added.
    """
    if isinstance(message, ToolMessage):
        links = [block.get("tool_use_id") for block in content if _is_object(block)]
        return message.model_copy(update={"tool_call_id": links[0]}) if links else message
    if not isinstance(message, AIMessage) or not _is_list(content):
        return message.model_copy(update={"content": content})
    v1 = _is_v1(message)
    held = list(_rendered(message))
    written: list[Json] = []
    for block in content:
        known = next((pair for pair in held if pair[0] == block), None)
        if known is not None:
            held.remove(known)
        written.append(_as_v1(block) if known is None and v1 else (known or (0, block))[1])
    changes: dict[str, Any] = {"content": written}
    calls = _calls(content)
    if calls != [(one["name"], one["args"], one["id"]) for one in message.tool_calls]:
        changes["tool_calls"] = [tool_call(name=n, args=a, id=i) for n, a, i in calls]
    return message.model_copy(update=changes)


def new_message(content: Json) -> AIMessage:
    """Make a message of a reply's content that no model gave."""
    calls = [tool_call(name=n, args=a, id=i) for n, a, i in _calls(content)]
    return AIMessage(content=content, tool_calls=calls)


def blocks(message: AIMessage) -> list[Json]:
    """Render what an assistant says as content blocks, its calls among them."""
    return [block for block, _ in _rendered(message)]


def _turn(message: BaseMessage) -> Json:
    if isinstance(message, AIMessage):
        return {"role": "assistant", "content": blocks(message)}
    if isinstance(message, SystemMessage):
        return {"role": "system", "content": _plain(message.content)}
    if isinstance(message, ToolMessage):
        content = _plain(message.content)
        kinds = {_kind(block) for block in content} if _is_list(content) else set[str]()
        if kinds != {"tool_result"}:
            link: Json = {"type": "tool_result", "tool_use_id": message.tool_call_id}
            content = [{**link, "content": content}]
        return {"role": "user", "content": content}
    return {"role": "user", "content": _plain(message.content)}


def _plain(content: Any) -> Json:
    return content if isinstance(content, str) else [_unmarked(block) for block in content]


def _unmarked(block: Any) -> dict[str, Json]:
    """Take out what LangChain gives blocks for itself: a chunk's index, ids of its own."""
    if isinstance(block, str):
        return {"type": "text", "text": block}
    held: dict[str, Json] = dict(block)
    marks = ("index", "id") if str(held.get("id", "")).startswith("lc_") else ("index",)
    return {name: value for name, value in held.items() if name not in marks}


def _rendered(message: AIMessage) -> Iterator[tuple[Json, Json]]:
    """Give each block as the provider has it, and as the message holds it."""
    calls = {call["id"]: call for call in message.tool_calls}
    content: Sequence[Any] = message.content if isinstance(message.content, list) else ()
    if isinstance(message.content, str) and message.content.strip():
        content = [{"type": "text", "text": message.content}]
    for held in content:
        block = _native(held)
        if _kind(block) == "tool_use":
            call = calls.pop(block["id"], None)
            block["input"] = call["args"] if call else _input(block)
            block.pop("partial_json", None)
        yield block, held
    for call in calls.values():
        block = {"type": "tool_use", "id": call["id"], "name": call["name"], "input": call["args"]}
        yield block, block


def _native(held: Any) -> dict[str, Json]:
    """Read a block; LangChain's standard blocks say the same in other words."""
    block: dict[str, Json] = _unmarked(held)
    kind = _kind(block)
    if kind == "reasoning" and "encrypted_content" not in block:
        extras: Mapping[str, Json] = block.get("extras") or {}
        thought = {"type": "thinking", "thinking": block.get("reasoning", "")}
        return thought | _only(extras, "signature")
    if kind == "tool_call":
        return {"type": "tool_use", **_only(block, "id", "name"), "input": block.get("args")}
    if kind == "non_standard" and isinstance(block.get("value"), dict):
        return _native(block["value"])
    if kind in _MEMBERS:
        return _only(block, *_MEMBERS[kind])
    return {name: value for name, value in block.items() if value is not None}


_MEMBERS = {
    "thinking": ("type", "thinking", "signature"),
    "redacted_thinking": ("type", "data"),
    "text": ("type", "text", "citations", "annotations"),
}


def _as_v1(block: Json) -> Json:
    """Write a block in LangChain's standard form."""
    match _kind(block):
        case "thinking":
            extras = _only(block, "signature")
            thought = {"type": "reasoning", "reasoning": block.get("thinking", "")}
            return {**thought, "extras": extras} if extras else thought
        case "redacted_thinking":
            return {"type": "non_standard", "value": block}
        case "tool_use":
            named = _only(block, "id", "name")
            return {"type": "tool_call", **named, "args": block.get("input")}
        case _:
            return block


def _calls(content: Json) -> list[tuple[str, dict[str, Any], str]]:
    return [
        (block["name"], block["input"], block["id"])
        for block in content
        if _kind(block) == "tool_use" and isinstance(block.get("input"), dict)
    ]


def _input(block: Mapping[str, Json]) -> Json:
    """Read a call's arguments; while it streamed they came as text."""
    if block.get("input") or "partial_json" not in block:
        return block.get("input") or {}
    try:
        return parse(block["partial_json"] or "{}")
    except ValueError:
        return block["partial_json"]


def _usage(message: AIMessage) -> Json:
    counts: Mapping[str, Any] = message.usage_metadata or {}
    details: Mapping[str, Any] = counts.get("input_token_details") or {}
    cached = details.get("cache_read") or 0
    thought = (counts.get("output_token_details") or {}).get("reasoning")
    usage = {
        "input_tokens": counts.get("input_tokens", cached) - cached if counts else None,
        "output_tokens": counts.get("output_tokens"),
        "cache_read_input_tokens": details.get("cache_read"),
        "output_tokens_details": {"thinking_tokens": thought} if thought is not None else None,
    }
    return {name: count for name, count in usage.items() if count is not None}


def _only(block: Mapping[str, Json], *names: str) -> dict[str, Json]:
    return {name: block[name] for name in names if name in block}


def _kind(block: Any) -> str:
    return str(block.get("type", "")) if _is_object(block) else ""


def _is_object(value: Any) -> TypeGuard[dict[str, Json]]:
    return isinstance(value, dict)


def _is_list(value: Any) -> TypeGuard[list[Json]]:
    return isinstance(value, list)


def _is_v1(message: AIMessage) -> bool:
    return message.response_metadata.get("output_version") == "v1"


def _dump(body: Json) -> bytes:
    try:
        return dump(body)
    except TypeError:  # something that is no JSON stands in a message; its text will do
        return json.dumps(body, default=str).encode()
