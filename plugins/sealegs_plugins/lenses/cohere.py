"""Cohere's chat, version 2: content and calls are numbered by themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sealegs.calls.saying import Mender, SaidCall
from sealegs.flow import Filter
from sealegs.jsons import Json, is_array, is_object
from sealegs.wire import Document, Framing, Message

from .block_stream import BlockFilter
from .blocks import BlockFormat, Kind, Made, Path, Seen, Step, heard_blocks
from .chat import ChatLens, with_edited_calls
from .chat_parts import made_call
from .hearing import Ear
from .shared import at, first_schema, items, unchanged, with_member

__all__ = ["CohereBlocks", "CohereLens"]

_MESSAGE = ("delta", "message")
_CALL = (*_MESSAGE, "tool_calls")
_CONTENT = (*_MESSAGE, "content")
_SCHEMAS = ("response_format.json_schema", "response_format.schema")


@dataclass(frozen=True, slots=True, kw_only=True)
class CohereBlocks(BlockFormat):
    """How Cohere streams content and calls. A ``tool_plan`` is reasoning, and passes."""

    framing: Framing = "sse"
    index: Path = ("index",)
    text: Path = (*_CONTENT, "text")
    first_text: Path = (*_CONTENT, "text")
    name: Path = (*_CALL, "function", "name")
    id: Path = (*_CALL, "id")
    first: Path = (*_CALL, "function", "arguments")
    arguments: Path = (*_CALL, "function", "arguments")
    reason: Path = ("delta", "finish_reason")
    parsed: bool = False
    space: str = "call"
    cut: frozenset[str] = frozenset({"MAX_TOKENS"})
    calls: str = "TOOL_CALL"
    ends: frozenset[str] = frozenset({"COMPLETE", "STOP_SEQUENCE"})

    def seen(self, name: str, data: dict[str, Json], /) -> Seen | None:
        """Say what an event is by its type."""
        step, space = _EVENTS.get(data.get("type") or name, (None, ""))
        if step is None:
            return None
        kind: Kind = "call" if space == "call" else "other"
        if space == "content":
            content = at(data, _CONTENT)
            kind = "text" if is_object(content) and "text" in content else "other"
        return Seen(step, data.get("index", 0), kind, (), space)

    def text_piece(self, index: int, text: str, /) -> Made:
        """Make a ``content-delta``."""
        return _made("content-delta", index, {"content": {"text": text}})

    def call_events(self, index: int, call: SaidCall, /) -> tuple[Made, Made, Made]:
        """Make the three events of a call."""
        entry = made_call(SaidCall(call.name, "", call.id))
        return (
            _made("tool-call-start", index, {"tool_calls": entry}),
            _made(
                "tool-call-delta",
                index,
                {"tool_calls": {"function": {"arguments": call.arguments}}},
            ),
            ("tool-call-end", {"type": "tool-call-end", "index": index}),
        )


_EVENTS: Mapping[Json, tuple[Step, str]] = {
    "content-start": ("start", "content"),
    "content-delta": ("delta", "content"),
    "content-end": ("stop", "content"),
    "tool-call-start": ("start", "call"),
    "tool-call-delta": ("delta", "call"),
    "tool-call-end": ("stop", "call"),
    "message-end": ("end", ""),
}


def _made(kind: str, index: int, message: dict[str, Json]) -> Made:
    return kind, {"type": kind, "index": index, "delta": {"message": message}}


@dataclass(frozen=True, slots=True)
class CohereLens:
    """The lens of ``/v2/chat``."""

    name: str = "cohere-v2"
    wires: frozenset[str] = frozenset({"cohere-v2"})
    tools: str = "tools"
    legacy_tools: str = ""
    identified: bool = True
    blocks: CohereBlocks = field(default_factory=CohereBlocks)

    def renamed(self, document: Document, rename: Callable[[str], str], /) -> Mapping[str, Json]:
        """Give nothing: ``tool_choice`` names no tool."""
        return {}

    def answer_schema(self, document: Document, /) -> tuple[str, Json] | None:
        """Find the schema of ``response_format``."""
        return first_schema(document, _SCHEMAS)

    def with_calls(self, message: Message, edit: Callable[[SaidCall], SaidCall], /) -> Message:
        """Edit the calls of a message, or the id of a result."""
        return ChatLens().with_calls(message, edit)

    def mended(self, reply: Json, mender: Mender, /) -> Json:
        """Mend the message."""
        message = reply.get("message") if is_object(reply) else None
        if not is_object(message):
            return reply
        ear = Ear(mender)
        new = _heard(message, ear)
        left = len(items(message, "tool_calls"))
        cut = reply.get("finish_reason") in self.blocks.cut

        def mend(call: SaidCall) -> SaidCall:
            nonlocal left
            left -= 1
            return ear.call(
                0, call, whole=bool(left) or not cut or self.blocks.is_whole(call.arguments)
            )

        new = with_edited_calls(new, mend)
        found = [made_call(call) for call in ear.found(0)]
        if not found:
            return with_member(reply, "message", new)
        message = {**new, "tool_calls": [*items(new, "tool_calls"), *found]}
        reason = self.blocks.reason_of(reply.get("finish_reason"))
        return {**reply, "message": message, "finish_reason": reason}

    def filter(self, mender: Mender, /) -> Filter:
        """Make the filter of a stream of events."""
        return BlockFilter(self.blocks, mender)

    def answered(self, reply: Json, texts: Sequence[str], /) -> Sequence[Message]:
        """Answer each call by a message of the tool's."""
        message = reply.get("message") if is_object(reply) else None
        return ChatLens().answered({"choices": [{"message": message}]}, texts)

    def generation(self, refusal: Json, /) -> Json:
        """Give nothing: no error quotes a generation."""
        return None


def _heard(message: Message, ear: Ear) -> Message:
    """Give a message with what is left of its text; content that became empty is left out."""
    content = message.get("content")
    if not is_array(content):
        return message
    new = heard_blocks(content, ear, _text_of)
    if unchanged(new, content):
        return message
    if new:
        return {**message, "content": new}
    return {name: value for name, value in message.items() if name != "content"}


def _text_of(block: Json) -> str | None:
    text = block.get("text") if is_object(block) and block.get("type") == "text" else None
    return text if isinstance(text, str) else None
