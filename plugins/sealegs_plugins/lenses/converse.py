"""Bedrock Converse, and Amazon's own models by ``invoke``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sealegs.calls.saying import Mender, SaidCall
from sealegs.flow import Event, Filter
from sealegs.jsons import Json, is_array, is_object
from sealegs.wire import Document, Framing, Message

from .block_stream import BlockFilter
from .blocks import BlockFormat, Kind, Made, Path, Seen, heard_blocks
from .hearing import Ear
from .shared import (
    CallPlace,
    at,
    items,
    mapped,
    named_alike,
    read_object,
    renamed_member,
    unchanged,
    with_at,
    with_member,
)

__all__ = ["ConverseBlocks", "ConverseLens"]

_CALL = CallPlace(arguments="input", id="toolUseId", parsed=True)
_START, _DELTA, _STOP = "contentBlockStart", "contentBlockDelta", "contentBlockStop"
_END = "messageStop"
_EVENTS = frozenset({"messageStart", _START, _DELTA, _STOP, _END, "metadata"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ConverseBlocks(BlockFormat):
    """How Converse streams blocks. By ``invoke`` an event stands in a member named as it is."""

    framing: Framing = "aws-eventstream"
    index: Path = ("contentBlockIndex",)
    text: Path = ("delta", "text")
    name: Path = ("start", "toolUse", "name")
    id: Path = ("start", "toolUse", "toolUseId")
    arguments: Path = ("delta", "toolUse", "input")
    reason: Path = ("stopReason",)
    cut: frozenset[str] = frozenset({"max_tokens", "model_context_window_exceeded"})
    calls: str = "tool_use"
    ends: frozenset[str] = frozenset({"end_turn", "stop_sequence"})

    def seen(self, name: str, data: dict[str, Json], /) -> Seen | None:
        """Say what an event is by its name."""
        within: Path = ()
        if name not in _EVENTS:
            name = next(iter(data), "")
            within, inner = (name,), data.get(name)
            if name not in _EVENTS or not is_object(inner):
                return None
            data = inner
        if name == _DELTA:
            return Seen("delta", data.get("contentBlockIndex", 0), _kind(data, "delta"), within)
        if name == _START:
            return Seen("start", data.get("contentBlockIndex", 0), _kind(data, "start"), within)
        if name == _STOP:
            return Seen("stop", data.get("contentBlockIndex", 0), within=within)
        return Seen("end", within=within) if name == _END else None

    def text_piece(self, index: int, text: str, /) -> Made:
        """Make a piece of text."""
        return _DELTA, {"contentBlockIndex": index, "delta": {"text": text}}

    def call_events(self, index: int, call: SaidCall, /) -> tuple[Made, Made, Made]:
        """Make the three events of a ``toolUse`` block."""
        start = {"toolUse": {"toolUseId": call.id, "name": call.name}}
        delta = {"toolUse": {"input": call.arguments}}
        return (
            (_START, {"contentBlockIndex": index, "start": start}),
            (_DELTA, {"contentBlockIndex": index, "delta": delta}),
            (_STOP, {"contentBlockIndex": index}),
        )

    def like(self, event: Event, made: Made, /) -> Made:
        """Wrap a made event where the stream's events are wrapped."""
        name, data = made
        return made if event.name in _EVENTS else (event.name, {name: data})


def _kind(data: dict[str, Json], member: str) -> Kind:
    inner = data.get(member)
    if not is_object(inner):
        return "other"
    return "call" if "toolUse" in inner else "text" if "text" in inner else "other"


@dataclass(frozen=True, slots=True)
class ConverseLens:
    """The lens of Converse."""

    name: str = "bedrock-converse"
    wires: frozenset[str] = frozenset({"bedrock-converse"})
    tools: str = "toolConfig.tools"
    legacy_tools: str = ""
    identified: bool = True
    blocks: ConverseBlocks = field(default_factory=ConverseBlocks)

    def renamed(self, document: Document, rename: Callable[[str], str], /) -> Mapping[str, Json]:
        """Rename in ``toolConfig.toolChoice``."""
        choice = document.parameter("toolConfig.toolChoice")
        new = renamed_member(choice, ("tool", "name"), rename)
        return {} if new is choice else {"toolConfig.toolChoice": new}

    def answer_schema(self, document: Document, /) -> tuple[str, Json] | None:
        """Give nothing: a schema stands as text here, if at all."""
        return None

    def with_calls(self, message: Message, edit: Callable[[SaidCall], SaidCall], /) -> Message:
        """Edit the ``toolUse`` blocks of a message, and the ids in results."""
        content = message.get("content")
        if not is_array(content):
            return message
        return with_member(message, "content", mapped(content, lambda one: _edited(one, edit)))

    def mended(self, reply: Json, mender: Mender, /) -> Json:
        """Mend the message's blocks."""
        blocks = items(at(reply, ("output", "message")), "content")
        if not blocks:
            return reply
        ear = Ear(mender)
        new: Sequence[Json] = heard_blocks(blocks, ear, _text_of)
        last = new[-1] if new else None
        cut = reply.get("stopReason") in self.blocks.cut

        def mend(block: Json) -> Json:
            if not _is_call(block):
                return block
            old = _CALL.read(block["toolUse"])
            whole = not (cut and block is last)  # how far the arguments had come, nobody can tell
            said = _CALL.said(block["toolUse"], old, ear.call(0, old, whole=whole))
            return with_member(block, "toolUse", said)

        new = mapped(new, mend)
        found = [{"toolUse": _CALL.made(call)} for call in ear.found(0)]
        if unchanged(new, blocks) and not found:
            return reply
        reply = with_at(reply, ("output", "message", "content"), [*new, *found])
        if found:
            reply["stopReason"] = self.blocks.reason_of(reply.get("stopReason"))
        return reply

    def filter(self, mender: Mender, /) -> Filter:
        """Make the filter of a stream of blocks."""
        return BlockFilter(self.blocks, mender)

    def answered(self, reply: Json, texts: Sequence[str], /) -> Sequence[Message]:
        """Answer the calls by one message of results."""
        blocks = items(at(reply, ("output", "message")), "content")
        calls = [block["toolUse"] for block in blocks if _is_call(block)]
        if not blocks or len(texts) < len(calls):
            return ()
        results: list[Json] = [
            {
                "toolResult": {
                    "toolUseId": call.get("toolUseId"),
                    "content": [{"text": text}],
                    "status": "error",
                }
            }
            for call, text in zip(calls, texts, strict=False)
        ]
        results += [{"text": text} for text in texts[len(calls) :]]
        said = [_readable(block) for block in blocks]
        return [{"role": "assistant", "content": said}, {"role": "user", "content": results}]

    def generation(self, refusal: Json, /) -> Json:
        """Give nothing: no error quotes a generation."""
        return None


def _is_call(block: Json) -> bool:
    return is_object(block) and is_object(block.get("toolUse"))


def _text_of(block: Json) -> str | None:
    text = block.get("text") if is_object(block) else None
    return text if isinstance(text, str) else None


def _readable(block: Json) -> Json:
    """Give a call's block with an input that the provider takes."""
    if not _is_call(block) or is_object(block["toolUse"].get("input")):
        return block
    given = read_object(str(block["toolUse"].get("input"))) or {}
    return {**block, "toolUse": {**block["toolUse"], "input": given}}


def _edited(block: Json, edit: Callable[[SaidCall], SaidCall]) -> Json:
    if _is_call(block):
        return with_member(block, "toolUse", _CALL.edited(block["toolUse"], edit))
    if is_object(block) and "toolResult" in block:
        result = named_alike(block["toolResult"], "", "toolUseId", edit)
        return with_member(block, "toolResult", result)
    return block
