"""Anthropic Messages, at Anthropic and on Bedrock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sealegs.calls.saying import Mender, SaidCall
from sealegs.flow import Filter
from sealegs.jsons import Json, is_array, is_object
from sealegs.wire import Document, Framing, Message

from .block_stream import BlockFilter
from .blocks import BlockFormat, Kind, Made, Path, Seen, heard_blocks
from .hearing import Ear
from .shared import (
    CallPlace,
    first_schema,
    items,
    mapped,
    named_alike,
    read_object,
    renamed_member,
    unchanged,
    with_member,
)

__all__ = ["AnthropicBlocks", "AnthropicLens"]

_CALL = CallPlace(arguments="input", parsed=True)
_SCHEMAS = ("output_config.format.schema", "output_format.schema")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnthropicBlocks(BlockFormat):
    """How Anthropic streams blocks."""

    framing: Framing = "sse"
    index: Path = ("index",)
    text: Path = ("delta", "text")
    first_text: Path = ("content_block", "text")
    name: Path = ("content_block", "name")
    id: Path = ("content_block", "id")
    first: Path = ("content_block", "input")
    arguments: Path = ("delta", "partial_json")
    reason: Path = ("delta", "stop_reason")
    cut: frozenset[str] = frozenset({"max_tokens", "model_context_window_exceeded"})
    calls: str = "tool_use"
    ends: frozenset[str] = frozenset({"end_turn", "stop_sequence"})

    def seen(self, name: str, data: dict[str, Json], /) -> Seen | None:
        """Say what an event is by its type."""
        kind = data.get("type") or name
        if kind == "content_block_delta":
            delta = data.get("delta")
            what = _PIECES.get(delta.get("type"), "other") if is_object(delta) else "other"
            return Seen("delta", data.get("index", 0), what)
        if kind == "content_block_start":
            block = data.get("content_block")
            what = _BLOCKS.get(block.get("type"), "other") if is_object(block) else "other"
            return Seen("start", data.get("index", 0), what)
        if kind == "content_block_stop":
            return Seen("stop", data.get("index", 0))
        return Seen("end") if kind in ("message_delta", "message_stop") else None

    def text_piece(self, index: int, text: str, /) -> Made:
        """Make a ``text_delta``."""
        return _delta(index, {"type": "text_delta", "text": text})

    def call_events(self, index: int, call: SaidCall, /) -> tuple[Made, Made, Made]:
        """Make the three events of a ``tool_use`` block."""
        start, stop = "content_block_start", "content_block_stop"
        block: dict[str, Json] = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
        return (
            (start, {"type": start, "index": index, "content_block": block}),
            _delta(index, {"type": "input_json_delta", "partial_json": call.arguments}),
            (stop, {"type": stop, "index": index}),
        )


_PIECES: Mapping[Json, Kind] = {"text_delta": "text", "input_json_delta": "call"}
_BLOCKS: Mapping[Json, Kind] = {"text": "text", "tool_use": "call"}


def _delta(index: int, delta: dict[str, Json]) -> Made:
    kind = "content_block_delta"
    return kind, {"type": kind, "index": index, "delta": delta}


@dataclass(frozen=True, slots=True)
class AnthropicLens:
    """The lens of messages."""

    name: str = "anthropic-messages"
    wires: frozenset[str] = frozenset({"anthropic-messages"})
    tools: str = "tools"
    legacy_tools: str = ""
    identified: bool = True
    blocks: AnthropicBlocks = field(default_factory=AnthropicBlocks)

    def renamed(self, document: Document, rename: Callable[[str], str], /) -> Mapping[str, Json]:
        """Rename in ``tool_choice``."""
        choice = document.parameter("tool_choice")
        new = renamed_member(choice, ("name",), rename)
        return {} if new is choice else {"tool_choice": new}

    def answer_schema(self, document: Document, /) -> tuple[str, Json] | None:
        """Find the schema of ``output_config``, or of the older ``output_format``."""
        return first_schema(document, _SCHEMAS)

    def with_calls(self, message: Message, edit: Callable[[SaidCall], SaidCall], /) -> Message:
        """Edit the ``tool_use`` blocks of a message, and the ids and names in results."""
        content = message.get("content")
        if not is_array(content):
            return message
        return with_member(message, "content", mapped(content, lambda one: _edited(one, edit)))

    def mended(self, reply: Json, mender: Mender, /) -> Json:
        """Mend the blocks."""
        blocks = items(reply, "content")
        if not blocks:
            return reply
        ear = Ear(mender)
        new: Sequence[Json] = heard_blocks(blocks, ear, _text_of)
        last = new[-1] if new else None
        cut = reply.get("stop_reason") in self.blocks.cut

        def mend(block: Json) -> Json:
            if not _is_call(block):
                return block
            old = _CALL.read(block)
            whole = not (cut and block is last)  # how far the arguments had come, nobody can tell
            return _CALL.said(block, old, ear.call(0, old, whole=whole))

        new = mapped(new, mend)
        found = [{"type": "tool_use", **_CALL.made(call)} for call in ear.found(0)]
        if unchanged(new, blocks) and not found:
            return reply
        reply = {**reply, "content": [*new, *found]}
        if found:
            reply["stop_reason"] = self.blocks.reason_of(reply.get("stop_reason"))
        return reply

    def filter(self, mender: Mender, /) -> Filter:
        """Make the filter of a stream of blocks."""
        return BlockFilter(self.blocks, mender)

    def answered(self, reply: Json, texts: Sequence[str], /) -> Sequence[Message]:
        """Answer the calls by one message of results."""
        blocks = items(reply, "content")
        calls = [block for block in blocks if _is_call(block)]
        if not blocks or len(texts) < len(calls):
            return ()
        said = [_readable(block) for block in blocks]
        results: list[Json] = [
            {"type": "tool_result", "tool_use_id": call.get("id"), "content": text, **_ERROR}
            for call, text in zip(calls, texts, strict=False)
        ]
        results += [{"type": "text", "text": text} for text in texts[len(calls) :]]
        return [{"role": "assistant", "content": said}, {"role": "user", "content": results}]

    def generation(self, refusal: Json, /) -> Json:
        """Give nothing: no error quotes a generation."""
        return None


_ERROR = {"is_error": True}


def _is_call(block: Json) -> bool:
    return is_object(block) and block.get("type") == "tool_use"


def _text_of(block: Json) -> str | None:
    text = block.get("text") if is_object(block) and block.get("type") == "text" else None
    return text if isinstance(text, str) else None


def _readable(block: Json) -> Json:
    """Give a call's block with an input that the provider takes."""
    if not _is_call(block) or is_object(block.get("input")):
        return block
    return {**block, "input": read_object(str(block.get("input"))) or {}}


def _edited(block: Json, edit: Callable[[SaidCall], SaidCall]) -> Json:
    kind = block.get("type") if is_object(block) else None
    if kind == "tool_use":
        return _CALL.edited(block, edit)
    if kind == "tool_reference":  # what a search for tools has found
        return named_alike(block, "tool_name", "", edit)
    if kind != "tool_result":
        return block
    block = named_alike(block, "", "tool_use_id", edit)
    content = block.get("content")
    if not is_array(content):
        return block
    return with_member(block, "content", mapped(content, lambda one: _edited(one, edit)))
