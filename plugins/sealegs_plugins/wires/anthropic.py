"""Anthropic Messages, at Anthropic, behind compatible servers, on Vertex AI and on Bedrock."""

from __future__ import annotations

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

__all__ = ["AnthropicAssembler", "AnthropicBedrock", "AnthropicMessages"]


class _Block(msgspec.Struct, gc=False):
    type: str = ""


class _Spoken(msgspec.Struct, gc=False):
    role: str = ""
    content: str | list[_Block] | None = None


_spoken = msgspec.json.Decoder(_Spoken).decode
_ROLES: Mapping[str, Role] = {"assistant": "assistant", "system": "system"}


def _role(raw: bytes) -> Role:
    """Read a message's role; a message with any tool result is the tools'."""
    try:
        said = _spoken(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _message_role(parse(raw))
    blocks = () if said.content is None or isinstance(said.content, str) else said.content
    answered = any(block.type == "tool_result" for block in blocks)
    return "tool" if answered else _ROLES.get(said.role, "user")


def _message_role(message: Json) -> Role:
    blocks = shared.items(message, "content")
    if any(shared.member(block, "type") == "tool_result" for block in blocks):
        return "tool"
    return _ROLES.get(str(shared.member(message, "role")), "user")


_VERTEX = re.compile(r"/publishers/anthropic/models/([^/:]+):(?:rawPredict|streamRawPredict)$")
_BEDROCK = re.compile(r"/model/([^/]*anthropic[^/]*)/invoke(-with-response-stream)?$")


@dataclass(frozen=True, slots=True)
class AnthropicMessages:
    """``POST …/v1/messages``, and ``…:rawPredict`` on Vertex AI."""

    name: str = "anthropic-messages"
    framing: Framing = "sse"
    operation: str = "chat"

    _layout: ClassVar[Layout] = Layout(
        turns="messages",
        role=_role,
        system="system",
        asked=("output_config", "output_format", "tool_choice"),
    )

    def claims(self, head: RequestHead) -> bool:
        """Say whether the path is that of messages."""
        path = head.path
        if head.method != "POST":
            return False
        return path.endswith(("/v1/messages", "/anthropic/messages")) or bool(_VERTEX.search(path))

    def read(self, body: bytes, head: RequestHead) -> JsonDocument:
        """Open a request."""
        found = _VERTEX.search(head.path)
        model = unquote(found[1]) if found else ""
        streams = head.path.endswith(":streamRawPredict")
        return JsonDocument(body, self._layout, model_name=model, streams=streams)

    def message(self, raw: bytes) -> Message:
        """Parse one message."""
        return shared.as_message(parse(raw))

    def outline(self, message: Message) -> Outline:
        """Say what a message means."""
        content = message.get("content")
        if not shared.is_list(content):
            text, other = shared.text_and_rest(content)
            return Outline(_message_role(message), text, other=other)
        calls = tuple(map(_call, _of(content, "tool_use")))
        results, other = _results(content)
        plain = [block for block in content if shared.member(block, "type") not in _LINKS]
        text, rest = shared.text_and_rest(plain)
        return Outline(_message_role(message), text, calls, results, (rest or []) + other or None)

    def messages(self, reply: Json) -> Sequence[Message]:
        """Give the reply as an assistant message."""
        content = shared.items(reply, "content")
        return [{"role": "assistant", "content": content}] if content else []

    def usage(self, reply: Json) -> Mapping[str, int]:
        """Give the token counts; ``input`` leaves out what was read from a cache."""
        return shared.usage(
            shared.member(reply, "usage"),
            input="input_tokens",
            output="output_tokens",
            reasoning="output_tokens_details.thinking_tokens",
            cached="cache_read_input_tokens",
        )

    def error(self, reply: Json) -> str:
        """Give an error reply's text."""
        return shared.error_text(reply)

    def assembler(self) -> Assembler:
        """Make a fresh assembler."""
        return AnthropicAssembler()

    def rename_calls(self, value: Json, rename: Callable[[str], str]) -> bool:
        """Rename the ids of the client's tools; those of the provider's own tools stay."""
        if not shared.is_object(value):
            return False
        changed = False
        for block in (*shared.items(value, "content"), value.get("content_block")):
            key = _LINKS.get(shared.member(block, "type"))
            changed |= bool(key) and shared.rename(block, str(key), rename)
        return self.rename_calls(value.get("message"), rename) or changed


@dataclass(frozen=True, slots=True)
class AnthropicBedrock(AnthropicMessages):
    """``POST /model/<id>/invoke`` and ``…-with-response-stream`` for Anthropic's models."""

    name: str = "anthropic-bedrock"
    framing: Framing = "aws-eventstream"
    operation: str = "chat"

    def claims(self, head: RequestHead) -> bool:
        """Say whether a model of Anthropic's is invoked."""
        return head.method == "POST" and bool(_BEDROCK.search(head.path))

    def read(self, body: bytes, head: RequestHead) -> JsonDocument:
        """Open a request; the model stands in the path."""
        found = _BEDROCK.search(head.path)
        model = unquote(found[1]) if found else ""
        streams = bool(found and found[2])
        return JsonDocument(body, self._layout, model_name=model, streams=streams)


_LINKS = {"tool_use": "id", "tool_result": "tool_use_id"}


def _of(content: Sequence[Json], kind: str) -> list[Json]:
    return [block for block in content if shared.member(block, "type") == kind]


def _call(block: Json) -> CallOutline:
    name, call_id = shared.member(block, "name"), shared.member(block, "id")
    return CallOutline(str(name), shared.arguments(block.get("input")), str(call_id))


def _results(content: Sequence[Json]) -> tuple[tuple[tuple[str, str], ...], list[Json]]:
    results: list[tuple[str, str]] = []
    other: list[Json] = []
    for block in _of(content, "tool_result"):
        text, rest = shared.text_and_rest(block.get("content"))
        results.append((str(shared.member(block, "tool_use_id")), text))
        other += rest or ()
    return tuple(results), other


class AnthropicAssembler:
    """Puts a message stream together, block by block."""

    __slots__ = ("_blocks", "_error", "_json", "_open", "_reply", "_signed", "_stopped")

    def __init__(self) -> None:
        self._reply: dict[str, Json] = {}
        self._blocks: dict[int, dict[str, Json]] = {}
        self._open: set[int] = set()
        self._json: dict[int, str] = {}
        self._signed: set[int] = set()
        self._stopped = False
        self._error: Json = None

    @property
    def terminal(self) -> bool:
        """A stop reason has come, and every block has stopped."""
        reason = self._reply.get("stop_reason")
        return self._stopped or (bool(reason) and not self._open)

    @property
    def final(self) -> bool:
        """``message_stop`` has come."""
        return self._stopped

    @property
    def error(self) -> Json:
        """The error that the stream itself reported."""
        return self._error

    def feed(self, name: str, data: Json) -> None:
        """Take the next event."""
        if not shared.is_object(data):
            return
        kind, index = str(data.get("type") or name), data.get("index", 0)
        if kind == "content_block_start":
            self._blocks[index] = dict(shared.as_message(data.get("content_block")))
            self._open.add(index)
        elif kind == "content_block_delta":
            self._grow(index, shared.member(data, "delta") or {})
        elif kind == "content_block_stop":
            self._stop(index)
        elif kind in ("message_start", "message_delta"):
            self._head(data)
        elif kind == "message_stop":
            self._stopped = True
        elif data.get("error") or kind.endswith("Exception"):
            self._error = data.get("error") or data

    def _head(self, data: Mapping[str, Json]) -> None:
        counts = dict(self._reply.get("usage") or {})
        for part in (data.get("message"), data.get("delta")):
            self._reply |= part if shared.is_object(part) else {}
        for part in (shared.at_path(data, "message.usage"), data.get("usage")):
            new = part if shared.is_object(part) else {}
            counts |= {key: count for key, count in new.items() if count is not None}
        self._reply["usage"] = counts

    def _grow(self, index: int, delta: Mapping[str, Json]) -> None:
        block = self._blocks.setdefault(index, {})
        for key, value in delta.items():
            if key == "type":
                continue
            if key == "partial_json":
                shared.grow(self._json, index, str(value))
            elif key == "citation":
                block["citations"] = [*(block.get("citations") or ()), value]
            elif isinstance(value, str):
                if key == "signature" and index not in self._signed:
                    self._signed.add(index)  # what the block began with is no part of it
                    block[key] = ""
                shared.grow(block, key, value)
            else:
                block[key] = value

    def _stop(self, index: int) -> None:
        self._open.discard(index)
        if index in self._json and index in self._blocks:
            self._blocks[index]["input"] = shared.arguments(self._json.pop(index))

    def reply(self) -> Json:
        """Give the message; in one that was cut, a call's input may be the text so far."""
        blocks = [
            {**block, "input": self._json[index]} if index in self._json else block
            for index, block in sorted(self._blocks.items())
        ]
        return {**self._reply, "content": blocks}
