"""Bedrock Converse, and Amazon's own models by ``invoke``, which speak the same shapes."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import unquote

import msgspec

from sealegs.document import JsonDocument
from sealegs.jsons import Json, parse
from sealegs.layout import Layout
from sealegs.wire import Assembler, CallOutline, Framing, Message, Outline, RequestHead, Role

from . import shared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["BedrockConverse", "ConverseAssembler"]


class _Block(msgspec.Struct, gc=False):
    result: msgspec.Raw | None = msgspec.field(name="toolResult", default=None)


class _Spoken(msgspec.Struct, gc=False):
    role: str = ""
    content: list[_Block] = []


_spoken = msgspec.json.Decoder(_Spoken).decode
_ROLES: Mapping[str, Role] = {"assistant": "assistant", "system": "system"}


def _role(raw: bytes) -> Role:
    """Read a message's role; a message with any tool result is the tools'."""
    try:
        said = _spoken(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _message_role(parse(raw))
    answered = any(block.result for block in said.content)
    return "tool" if answered else _ROLES.get(said.role, "user")


def _message_role(message: Json) -> Role:
    blocks = shared.items(message, "content")
    answered = any(shared.member(block, "toolResult") for block in blocks)
    return "tool" if answered else _ROLES.get(str(shared.member(message, "role")), "user")


_PATH = re.compile(
    r"/model/(?:([^/]+)/(converse|converse-stream)"
    r"|([^/]*amazon\.nova[^/]*)/(invoke|invoke-with-response-stream))$"
)


@dataclass(frozen=True, slots=True)
class BedrockConverse:
    """``POST /model/<id>/converse`` and ``…/converse-stream``."""

    name: str = "bedrock-converse"
    framing: Framing = "aws-eventstream"
    operation: str = "chat"

    _layout: ClassVar[Layout] = Layout(
        turns="messages", role=_role, system="system", tools="toolConfig", model="", stream=""
    )

    def claims(self, head: RequestHead) -> bool:
        """Say whether a model is conversed with."""
        return head.method == "POST" and bool(_PATH.search(head.path))

    def read(self, body: bytes, head: RequestHead) -> JsonDocument:
        """Open a request; the model stands in the path."""
        found = _PATH.search(head.path)
        model = unquote(found[1] or found[3]) if found else ""
        streams = head.path.endswith("-stream")
        return JsonDocument(body, self._layout, model_name=model, streams=streams)

    def message(self, raw: bytes) -> Message:
        """Parse one message."""
        return shared.as_message(parse(raw))

    def outline(self, message: Message) -> Outline:
        """Say what a message means."""
        texts: list[str] = []
        calls: list[CallOutline] = []
        results: list[tuple[str, str]] = []
        other: list[Json] = []
        for block in shared.items(message, "content"):
            if call := shared.member(block, "toolUse"):
                calls.append(_call(call))
            elif answer := shared.member(block, "toolResult"):
                text, rest = _result(answer)
                results.append((str(shared.member(answer, "toolUseId")), text))
                other += rest
            elif isinstance(text := shared.at_path(block, "text"), str):
                texts.append(text)
            elif not _silent(block):
                other.append(block)
        role = _message_role(message)
        return Outline(role, "".join(texts), tuple(calls), tuple(results), other or None)

    def messages(self, reply: Json) -> Sequence[Message]:
        """Give the reply's message."""
        message = shared.at_path(reply, "output.message")
        return [message] if shared.is_object(message) else []

    def usage(self, reply: Json) -> Mapping[str, int]:
        """Give the token counts; thoughts are not counted apart."""
        return shared.usage(
            shared.member(reply, "usage"),
            input="inputTokens",
            output="outputTokens",
            cached=("cacheReadInputTokens", "cacheReadInputTokenCount"),
        )

    def error(self, reply: Json) -> str:
        """Give an error reply's text."""
        return shared.error_text(reply)

    def assembler(self) -> Assembler:
        """Make a fresh assembler."""
        return ConverseAssembler()

    def rename_calls(self, value: Json, rename: Callable[[str], str]) -> bool:
        """Rename the ids of tool uses and results."""
        if not shared.is_object(value):
            return False
        message = shared.at_path(value, "output.message") or value
        changed = False
        for block in (*shared.items(message, "content"), shared.at_path(_inner(value), "start")):
            for name in ("toolUse", "toolResult"):
                changed |= shared.rename(shared.member(block, name), "toolUseId", rename)
        return changed


def _silent(block: Json) -> bool:
    """Whether a block says nothing: reasoning, and marks of what to cache."""
    return shared.is_object(block) and bool(block.keys() & {"reasoningContent", "cachePoint"})


def _call(call: Json) -> CallOutline:
    name, call_id = shared.member(call, "name"), shared.member(call, "toolUseId")
    return CallOutline(str(name), shared.arguments(call.get("input")), str(call_id))


def _result(answer: Json) -> tuple[str, list[Json]]:
    texts: list[str] = []
    rest: list[Json] = []
    for part in shared.items(answer, "content"):
        if shared.is_object(part) and "text" in part:
            texts.append(str(part["text"]))
        elif shared.is_object(part) and "json" in part:
            texts.append(shared.result_text(part["json"]))
        else:
            rest.append(part)
    return "".join(texts), rest


_EVENTS = frozenset(
    {
        "messageStart",
        "contentBlockStart",
        "contentBlockDelta",
        "contentBlockStop",
        "messageStop",
        "metadata",
    }
)


def _inner(data: Mapping[str, Json]) -> Json:
    """Give an event's data; by ``invoke`` it stands in a member named as the event."""
    return next((value for key, value in data.items() if key in _EVENTS), data)


class ConverseAssembler:
    """Puts the events together, block by block."""

    __slots__ = ("_blocks", "_error", "_json", "_reply", "_role")

    def __init__(self) -> None:
        self._reply: dict[str, Json] = {}
        self._role = "assistant"
        self._blocks: dict[int, dict[str, Json]] = {}
        self._json: dict[int, str] = {}
        self._error: Json = None

    @property
    def terminal(self) -> bool:
        """``messageStop`` has come."""
        return self._error is None and bool(self._reply.get("stopReason"))

    @property
    def final(self) -> bool:
        """As `terminal`, with the usage that follows it."""
        return self.terminal and bool(self._reply.get("usage"))

    @property
    def error(self) -> Json:
        """The error that the stream itself reported."""
        return self._error

    def feed(self, name: str, data: Json) -> None:
        """Take the next event."""
        if not shared.is_object(data):
            return
        kind = name if name in _EVENTS else next((key for key in data if key in _EVENTS), name)
        inner = data if kind == name else _inner(data)
        index = shared.member(inner, "contentBlockIndex") or 0
        if kind == "contentBlockStart":
            self._blocks[index] = dict(shared.member(inner, "start") or {})
        elif kind == "contentBlockDelta":
            self._grow(index, shared.member(inner, "delta") or {})
        elif kind == "contentBlockStop":
            self._stop(index)
        elif kind == "messageStart":
            self._role = shared.member(inner, "role") or self._role
        elif kind in ("messageStop", "metadata"):
            self._reply |= {key: value for key, value in inner.items() if key != "p"}
        elif kind.endswith(("Exception", "Error")):
            self._error = data

    def _grow(self, index: int, delta: Mapping[str, Json]) -> None:
        block = self._blocks.setdefault(index, {})
        for key, value in delta.items():
            if key == "toolUse":
                shared.grow(self._json, index, str(shared.member(value, "input")))
            elif key == "reasoningContent":
                block[key] = _thought(block.get(key) or {}, value)
            elif isinstance(value, str):
                shared.grow(block, key, value)
            else:
                block[key] = value

    def _stop(self, index: int) -> None:
        block = self._blocks.get(index)
        if block and "toolUse" in block:
            given = shared.arguments(self._json.pop(index, ""))
            block["toolUse"] = {**block["toolUse"], "input": given}

    def reply(self) -> Json:
        """Give the reply as it would have come in one piece."""
        content = [self._blocks[index] for index in sorted(self._blocks)]
        message = {"role": self._role, "content": content}
        return {**self._reply, "output": {"message": message}}


def _thought(known: Mapping[str, Json], delta: Json) -> Json:
    """Add a piece of reasoning: text and signature are joined, redacted bytes as bytes."""
    piece = shared.member(delta, "redactedContent")
    if piece:
        before = base64.b64decode(known.get("redactedContent") or "")
        joined = base64.b64encode(before + base64.b64decode(piece))
        return {"redactedContent": joined.decode()}
    text = dict(known.get("reasoningText") or {})
    for key in ("text", "signature"):
        if shared.member(delta, key):
            text[key] = str(text.get(key) or "") + delta[key]
    return {**known, "reasoningText": text}
