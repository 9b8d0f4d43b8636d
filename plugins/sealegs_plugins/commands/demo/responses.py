"""OpenAI Responses without a store: encrypted reasoning items, and the rules about their pairs."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from sealegs.jsons import Json, dump
from sealegs_plugins.commands.demo.script import Reply, Seen
from sealegs_plugins.commands.demo.server import Event, Refusal, pieces, tokens, written

__all__ = ["ResponsesApi"]

_ALONE: Final = (
    "Item '{item}' of type 'reasoning' was provided without its required following item."
)
_BEREFT: Final = {
    "function_call": (
        "Item '{item}' of type 'function_call' was provided without its required 'reasoning' item:"
        " '{reason}'."
    ),
    "message": "Item '{item}' was provided without its required 'reasoning' item: '{reason}'.",
}
_FOREIGN: Final = "The encrypted content {start}...{end} could not be verified."
_MODEL: Final = ("message", "reasoning", "function_call")


@dataclass(frozen=True, slots=True)
class _Issued:
    """An item of a reply: which reasoning item stands before it."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class ResponsesApi:
    """The Responses API for requests with ``store=False``.

    Encrypted content is a random word for a text that the server keeps, so only the server can read
    it and an altered one shows.
    """

    _texts: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    _items: dict[str, _Issued] = field(default_factory=dict[str, _Issued], repr=False)

    @property
    def path(self) -> str:
        """The path that is served."""
        return "/v1/responses"

    def returned(self, body: Json) -> list[Json]:
        """Give the encrypted reasoning of each earlier turn, or ``None``."""
        return [_sealed(turn) for turn in _turns(_input(body))]

    def refuse(self, body: Json) -> Refusal | None:
        """Refuse items that stand without their pair, and encrypted content of unknown origin."""
        items = _input(body)
        for index, item in enumerate(items):
            following: Json = items[index + 1] if index + 1 < len(items) else {}
            if item["type"] == "reasoning":
                message = self._reasoning_rule(item, following)
            else:
                message = self._pair_rule(item, items[index - 1] if index else {})
            if message:
                kind = "invalid_request_error"
                error = {"message": message, "type": kind, "param": "input", "code": None}
                return Refusal(message, {"error": error})
        return None

    def show(self, body: Json) -> Seen:
        """Give what the model reads; reasoning is read through its encrypted content."""
        items = _input(body)
        start = max(i for i, item in enumerate(items) if _asks(item))
        thoughts = [
            self._texts[item["encrypted_content"]]
            for item in items
            if item["type"] == "reasoning" and item.get("encrypted_content")
        ]
        outputs = [i for i in items[start:] if i["type"] == "function_call_output"]
        shown = sum(len(_text(item)) + len(item.get("arguments") or "") for item in items)
        fixed = len(dump(body.get("tools") or "")) + len(body.get("instructions") or "")
        return Seen(
            questions=sum(map(_asks, items)),
            results=tuple(map(_text, outputs)),
            thoughts=tuple(thoughts),
            characters=shown + fixed + sum(map(len, thoughts)),
        )

    def whole(self, body: Json, reply: Reply, prompt_tokens: int) -> tuple[Json, Json]:
        """Write a ``response``."""
        reason = self._reason(reply)
        output = [reason, *self._spoken(reply, reason["id"])]
        completion = written(reply)
        response = {
            "id": f"resp_{secrets.token_hex(16)}",
            "object": "response",
            "created_at": 1_780_000_000,
            "status": "completed",
            "error": None,
            "incomplete_details": None,
            "instructions": body.get("instructions"),
            "metadata": {},
            "model": body["model"],
            "output": output,
            "parallel_tool_calls": True,
            "store": False,
            "temperature": 1.0,
            "tool_choice": "auto",
            "tools": body.get("tools") or [],
            "top_p": 1.0,
            "usage": {
                "input_tokens": prompt_tokens,
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens": completion,
                "output_tokens_details": {"reasoning_tokens": tokens(len(reply.think))},
                "total_tokens": prompt_tokens + completion,
            },
        }
        return response, _sealed(output)

    def events(self, body: Json, whole: Json) -> Iterator[Event]:
        """Write response and output item events, numbered as the API numbers them."""
        started: Json = {**whole, "status": "in_progress", "output": [], "usage": None}
        plain: list[Event] = [("response.created", {"response": started})]
        for index, item in enumerate(whole["output"]):
            plain.extend(_item_events(index, item))
        plain.append(("response.completed", {"response": whole}))
        for number, (name, data) in enumerate(plain):
            yield name, {"type": name, "sequence_number": number, **data}

    def _reason(self, reply: Reply) -> Json:
        sealed = f"gAAAAA{secrets.token_urlsafe(48)}"
        self._texts[sealed] = reply.think
        return {
            "id": f"rs_{secrets.token_hex(24)}",
            "type": "reasoning",
            "summary": [],
            "encrypted_content": sealed,
        }

    def _spoken(self, reply: Reply, reason: str) -> Iterator[Json]:
        if reply.text:
            name = f"msg_{secrets.token_hex(24)}"
            part: Json = {
                "type": "output_text",
                "text": reply.text,
                "annotations": [],
                "logprobs": [],
            }
            shape = {"id": name, "type": "message", "role": "assistant", "status": "completed"}
            self._items[name] = _Issued("message", reason)
            yield {**shape, "content": [part]}
        if reply.call:
            name = f"fc_{secrets.token_hex(24)}"
            shape = {"id": name, "type": "function_call", "status": "completed"}
            call = {"name": reply.call, "arguments": dump(reply.arguments).decode()}
            self._items[name] = _Issued("function_call", reason)
            yield {**shape, "call_id": f"call_{secrets.token_hex(12)}", **call}

    def _reasoning_rule(self, item: Json, following: Json) -> str:
        sealed = item.get("encrypted_content") or ""
        if sealed not in self._texts:
            return _FOREIGN.format(start=sealed[:4], end=sealed[-4:])
        paired = following.get("type") == "function_call" or following.get("role") == "assistant"
        return "" if paired else _ALONE.format(item=item.get("id"))

    def _pair_rule(self, item: Json, before: Json) -> str:
        issued = self._items.get(item.get("id") or "")
        if issued is None or before.get("id") == issued.reason:
            return ""
        return _BEREFT[issued.kind].format(item=item["id"], reason=issued.reason)


def _input(body: Json) -> list[Json]:
    """Give the input items, each with its type: a message may leave it out."""
    given = body["input"]
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    return [{"type": "message", **item} for item in items]


def _turns(items: list[Json]) -> list[list[Json]]:
    """Group the items that the model wrote into its turns."""
    turns: list[list[Json]] = [[]]
    for item in items:
        wrote = item["type"] in _MODEL and item.get("role", "assistant") == "assistant"
        if wrote:
            turns[-1].append(item)
        elif turns[-1]:
            turns.append([])
    return [turn for turn in turns if turn]


def _sealed(turn: list[Json]) -> Json:
    found = [item.get("encrypted_content") for item in turn if item["type"] == "reasoning"]
    return found or None


def _asks(item: Json) -> bool:
    return bool(item["type"] == "message" and item["role"] == "user")


def _text(item: Json) -> str:
    content = item.get("content") or item.get("output") or ""
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text", "")) for part in content)


def _item_events(index: int, item: Json) -> Iterator[Event]:
    place = {"output_index": index}
    opened = {**item, "status": "in_progress"} if "status" in item else item
    blank: Json = {"message": {"content": []}, "function_call": {"arguments": ""}}
    added = {**opened, **blank.get(item["type"], {"encrypted_content": ""})}
    yield "response.output_item.added", {**place, "item": added}
    inside = {**place, "item_id": item["id"]}
    if item["type"] == "function_call":
        for piece in pieces(item["arguments"], 9):
            yield "response.function_call_arguments.delta", {**inside, "delta": piece}
        done = {**inside, "name": item["name"], "arguments": item["arguments"]}
        yield "response.function_call_arguments.done", done
    if item["type"] == "message":
        yield from _text_events({**inside, "content_index": 0}, item["content"][0])
    yield "response.output_item.done", {**place, "item": item}


def _text_events(inside: Json, part: Json) -> Iterator[Event]:
    yield "response.content_part.added", {**inside, "part": {**part, "text": ""}}
    for piece in pieces(part["text"]):
        yield "response.output_text.delta", {**inside, "delta": piece, "logprobs": []}
    yield "response.output_text.done", {**inside, "text": part["text"], "logprobs": []}
    yield "response.content_part.done", {**inside, "part": part}
