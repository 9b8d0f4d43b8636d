"""What frameworks do to a chat history before they send it again, one function for each habit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from conversations import Framework, forgetting
from dialects import CHAT

__all__ = [
    "as_parts",
    "blank",
    "counted_ids",
    "escaped",
    "flattened",
    "forget",
    "latest_everywhere",
    "named",
    "null_content",
    "one_id",
    "redumped",
    "split_calls",
    "split_text",
    "stripped_text",
    "summarised",
    "trimmed",
    "without_system",
]

Message: TypeAlias = dict[str, Any]
History: TypeAlias = list[Message]

forget: Framework = forgetting(CHAT)


def _calls(turn: Mapping[str, Any]) -> list[Message]:
    found: list[Message] = turn.get("tool_calls") or []
    return found


def _text(turn: Mapping[str, Any]) -> str:
    content = turn.get("content") or ""
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def _each(change: Any) -> Framework:
    def all_of_them(history: History) -> History:
        return [change(turn) if turn["role"] == "assistant" else turn for turn in history]

    return all_of_them


def _with_arguments(turn: Message, spell: Any) -> Message:
    if not _calls(turn):
        return turn
    calls = [
        {**call, "function": {**call["function"], "arguments": spell(call["function"])}}
        for call in _calls(turn)
    ]
    return {**turn, "tool_calls": calls}


@_each
def redumped(turn: Message) -> Message:
    """Parse arguments and write them anew, spaced and unescaped (LangChain, ADK, Strands)."""
    return _with_arguments(
        turn, lambda f: json.dumps(json.loads(f["arguments"]), ensure_ascii=False)
    )


@_each
def escaped(turn: Message) -> Message:
    """Write arguments compact, keys sorted."""
    return _with_arguments(
        turn,
        lambda f: json.dumps(json.loads(f["arguments"]), separators=(",", ":"), sort_keys=True),
    )


@_each
def null_content(turn: Message) -> Message:
    """Drop the text beside calls (crewAI)."""
    return {**turn, "content": None} if _calls(turn) else turn


@_each
def stripped_text(turn: Message) -> Message:
    """Strip outer white space (smolagents)."""
    return {**turn, "content": _text(turn).strip()}


@_each
def as_parts(turn: Message) -> Message:
    """Give the text as a list of parts, or not at all where it is empty (Strands)."""
    if not _text(turn):
        return {key: value for key, value in turn.items() if key != "content"}
    return {**turn, "content": [{"type": "text", "text": _text(turn)}]}


@_each
def named(turn: Message) -> Message:
    """Add the agent's name, and what OpenAI's own replies hold (Microsoft agent-framework)."""
    return {**turn, "name": "researcher", "refusal": None, "annotations": []}


def blank(text: str, field: str = "reasoning_content") -> Framework:
    """Fill in a placeholder: LiteLLM a space, @ai-sdk/deepseek nothing at all."""
    return _each(lambda turn: {**turn, field: text})


def latest_everywhere(text: str, field: str = "reasoning_content") -> Framework:
    """Write one text into every turn, as a workaround for refusals."""
    return _each(lambda turn: {**turn, field: text})


def _reidentified(history: History, new: Any) -> History:
    names: dict[str, str] = {}

    def renamed(turn: Message) -> Message:
        if _calls(turn):
            for call in _calls(turn):
                names[call["id"]] = new(call["id"])
            return {**turn, "tool_calls": [{**c, "id": names[c["id"]]} for c in _calls(turn)]}
        if "tool_call_id" in turn:
            return {**turn, "tool_call_id": names.get(turn["tool_call_id"], turn["tool_call_id"])}
        return turn

    return [renamed(turn) for turn in history]


def counted_ids(history: History) -> History:
    """Count calls anew in each request (Agno)."""
    numbers = iter(range(1, 10_000))
    return _reidentified(history, lambda _: f"call_{next(numbers):035x}")


def one_id(history: History) -> History:
    """Give every call the id 1 (qwen-agent)."""
    return _reidentified(history, lambda _: "1")


def split_calls(history: History) -> History:
    """Give each parallel call a message of its own; the text stays with the first."""
    changed: History = []
    for turn in history:
        calls = _calls(turn)
        if len(calls) < 2:
            changed.append(turn)
            continue
        changed += [
            {**turn, "content": _text(turn) if n == 0 else None, "tool_calls": [call]}
            for n, call in enumerate(calls)
        ]
    return changed


def split_text(history: History) -> History:
    """Give the text beside calls a message of its own (agent-framework)."""
    changed: History = []
    for turn in history:
        if _calls(turn) and _text(turn):
            changed.append({k: v for k, v in turn.items() if k != "tool_calls"})
            changed.append({**turn, "content": None})
        else:
            changed.append(turn)
    return changed


def flattened(history: History) -> History:
    """Write calls into the text and results into user messages (smolagents)."""
    changed: History = []
    for turn in history:
        if _calls(turn):
            told = [{"id": c["id"], "type": "function", **c["function"]} for c in _calls(turn)]
            bare = {k: v for k, v in turn.items() if k != "tool_calls"}
            text = f"{_text(turn).strip()}\nCalling tools:\n{told}".strip()
            changed.append({**bare, "content": [{"type": "text", "text": text}]})
        elif turn["role"] == "tool":
            changed.append({"role": "user", "content": f"Observation:\n{turn['content']}"})
        else:
            changed.append(turn)
    return changed


def trimmed(keep: int) -> Framework:
    """Keep the last messages, from where a user or the model speaks."""

    def trim(history: History) -> History:
        rest = history[-keep:] if keep else []
        while rest and rest[0]["role"] == "tool":
            rest = rest[1:]
        return rest

    return trim


def summarised(keep: int, text: str = "Earlier they talked.") -> Framework:
    """Put a summary in the place of all but the last messages."""

    def summarise(history: History) -> History:
        rest = trimmed(keep)(history)
        return [{"role": "user", "content": text}, *rest] if len(rest) < len(history) else rest

    return summarise


def without_system(history: History) -> History:
    """Drop system messages among the others."""
    return [turn for turn in history if turn["role"] != "system"]
