"""OpenAI Responses: what a model says is a list of items."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sealegs.calls.saying import Mender, SaidCall
from sealegs.flow import Filter
from sealegs.jsons import Json, is_array, is_object
from sealegs.wire import Document, Message

from .chat import renamed_choice
from .hearing import Ear
from .responses_items import CALL, is_call, made_item, mended_item
from .responses_stream import ResponsesFilter
from .shared import (
    at,
    first_schema,
    is_whole,
    items,
    mapped,
    named_alike,
    read_object,
    unchanged,
    with_member,
)

__all__ = ["ResponsesLens"]

_OWN_CALLS = frozenset({"custom_tool_call", "computer_call", "local_shell_call", "shell_call"})
"""Calls that the client must answer too, each in a form of its own."""


@dataclass(frozen=True, slots=True)
class ResponsesLens:
    """The lens of responses."""

    name: str = "openai-responses"
    wires: frozenset[str] = frozenset({"openai-responses"})
    tools: str = "tools"
    legacy_tools: str = ""
    identified: bool = True

    def renamed(self, document: Document, rename: Callable[[str], str], /) -> Mapping[str, Json]:
        """Rename in ``tool_choice``."""
        choice = document.parameter("tool_choice")
        new = renamed_choice(choice, rename)
        return {} if new is choice else {"tool_choice": new}

    def answer_schema(self, document: Document, /) -> tuple[str, Json] | None:
        """Find the schema of ``text.format``."""
        return first_schema(document, ("text.format.schema",))

    def with_calls(self, message: Message, edit: Callable[[SaidCall], SaidCall], /) -> Message:
        """Edit the calls of a turn, or the id of a result."""
        group = message.get("items")
        if is_array(group):
            new = mapped(group, lambda item: _edited(item, edit))
            return with_member(message, "items", new)
        edited: Message = _edited(message, edit)
        return edited

    def mended(self, reply: Json, mender: Mender, /) -> Json:
        """Mend the output."""
        output = items(reply, "output")
        if not output:
            return reply
        ear = Ear(mender)
        last = next((item for item in reversed(output) if is_call(item)), None)
        short = reply.get("status") in ("incomplete", "failed", "in_progress")
        new: list[Json] = []
        for item in output:
            cut = short and item is last and not is_whole(CALL.read(item).arguments)
            left = mended_item(item, ear, cut=cut)
            new += [] if left is None else [left]
        new += map(made_item, ear.found(0))
        return reply if unchanged(new, output) else {**reply, "output": new}

    def filter(self, mender: Mender, /) -> Filter:
        """Make the filter of a stream of events."""
        return ResponsesFilter(mender)

    def answered(self, reply: Json, texts: Sequence[str], /) -> Sequence[Message]:
        """Answer each call by an output."""
        output = items(reply, "output")
        calls = [item for item in output if is_call(item)]
        kinds = {item.get("type") for item in output if is_object(item)}
        kept = at(reply, ("conversation",))  # the server has put the reply into it already
        if not output or kept or kinds & _OWN_CALLS or len(texts) < len(calls):
            return ()
        said: list[Message] = [{"items": [_readable(item) for item in output]}]
        for call, text in zip(calls, texts, strict=False):
            named = {"call_id": call.get("call_id"), "output": text}
            said.append({"type": "function_call_output", **named})
        rest = "\n\n".join(texts[len(calls) :])
        return [*said, {"role": "user", "content": rest}] if rest else said

    def generation(self, refusal: Json, /) -> Json:
        """Give nothing: no error quotes a generation."""
        return None


def _readable(item: Json) -> Json:
    """Give a call with arguments that the provider takes."""
    if not is_call(item) or read_object(CALL.read(item).arguments) is not None:
        return item
    return {**item, "arguments": "{}"}


def _edited(item: Json, edit: Callable[[SaidCall], SaidCall]) -> Json:
    kind = item.get("type") if is_object(item) else None
    if kind == "function_call":
        return CALL.edited(item, edit)
    if kind == "function_call_output":
        return named_alike(item, "name", "call_id", edit)
    return item
