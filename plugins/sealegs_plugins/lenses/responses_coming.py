"""The items of a streamed response, as they come in and as they left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sealegs.calls.saying import SaidCall
from sealegs.flow import Event
from sealegs.jsons import Json

from .responses_items import CALL, is_call, is_text, made_item, with_texts
from .shared import items

__all__ = ["ARGUMENTS", "Data", "Item", "Part", "cut_call", "emptied", "made_events"]

Data: TypeAlias = dict[str, Json]
ARGUMENTS = "response.function_call_arguments"


@dataclass(slots=True)
class Part:
    """A part of a message: its text as it came, and as it left."""

    came: list[str] = field(default_factory=list[str])
    left: list[str] = field(default_factory=list[str])
    like: Event | None = None

    def text(self, given: str) -> str:
        """Give the text as it left; the one given, where nothing else came."""
        left = "".join(self.left)
        return given if left == "".join(self.came) else left


@dataclass(slots=True)
class Item:
    """An item as it comes in.

    Attributes:
        pending: events that wait: for a call to be whole, or for the first text to leave.
        opened: whether it has begun to leave.
        holds: whether it is a call that is held.
        parts: the parts of a message.
        new: what a call is called by.
        dropped: whether nothing was left of it.
    """

    pending: list[Event] = field(default_factory=list[Event])
    opened: bool = True
    holds: bool = False
    parts: dict[int, Part] = field(default_factory=dict[int, Part])
    new: SaidCall | None = None
    dropped: bool = False

    def part(self, place: Json) -> Part:
        """Give a part by its place."""
        number = place if isinstance(place, int) else 0
        part = self.parts.get(number)
        if part is None:
            part = self.parts[number] = Part()
        return part

    def said(self, item: Json) -> Json:
        """Give the item as it left, where it is said once more in full."""
        if self.new is not None and is_call(item):
            old, new = CALL.read(item), self.new
            arguments = new.arguments if self.holds else old.arguments
            return CALL.said(item, old, SaidCall(new.name, arguments, new.id))
        return with_texts(item, self._text) if self.parts else item

    def _text(self, place: int, text: str) -> str:
        part = self.parts.get(place)
        return text if part is None else part.text(text)


def emptied(item: Json) -> Json:
    """Give a message without text: it has begun to leave already, for something else in it."""
    content = [{**part, "text": ""} if is_text(part) else part for part in items(item, "content")]
    return {**item, "content": content}


def cut_call(pending: Sequence[Event]) -> SaidCall:
    """Put a call together that no event has ended."""
    call = SaidCall("", "")
    pieces: list[str] = []
    for event in pending:
        item = event.data.get("item")
        if is_call(item):
            call = CALL.read(item)
        elif event.data.get("type") == f"{ARGUMENTS}.delta":
            pieces.append(str(event.data.get("delta") or ""))
    return SaidCall(call.name, call.arguments + "".join(pieces), call.id)


def made_events(call: SaidCall) -> Sequence[tuple[str, Data]]:
    """Make the events of a call."""
    item = made_item(call)
    begun = made_item(SaidCall(call.name, "", call.id), "in_progress")
    of = {"item_id": item["id"]}
    said = {"name": call.name, "arguments": call.arguments}
    return (
        ("response.output_item.added", {"item": begun}),
        (f"{ARGUMENTS}.delta", {**of, "delta": call.arguments}),
        (f"{ARGUMENTS}.done", {**of, **said}),
        ("response.output_item.done", {"item": item}),
    )
