"""Blocks of a stream that are held, in whole or in part."""

from __future__ import annotations

from dataclasses import dataclass, field

from sealegs.calls.saying import SaidCall
from sealegs.flow import Event

from .blocks import Seen
from .shared import is_whole, read_object, spoken

__all__ = ["CallBlock", "Settled", "TextBlock"]


@dataclass(slots=True)
class TextBlock:
    """A block of text that may still grow, or whose text may go on in the next block.

    Attributes:
        seen: its first event.
        pending: events that wait for the first of its text to leave.
        opened: whether it has begun to leave.
        swallowed: whether any of its text is held, or became calls.
        tail: its last event, once it has come, and what came behind it.
        asides: those of these events that are none of its own.
    """

    seen: Seen
    pending: list[Event] = field(default_factory=list[Event])
    opened: bool = False
    swallowed: bool = False
    tail: list[Event] = field(default_factory=list[Event])
    asides: list[Event] = field(default_factory=list[Event])


@dataclass(slots=True)
class CallBlock:
    """A call that is held: what it began with, its events, and its arguments so far."""

    seen: Seen
    start: SaidCall
    events: list[Event]
    pieces: list[str] = field(default_factory=list[str])
    stop: Event | None = None

    @property
    def whole(self) -> bool:
        """Whether its arguments are whole, as far as they tell it: none may be still to come."""
        return is_whole("".join(self.pieces) or self.start.arguments)

    def said(self, *, parsed: bool) -> SaidCall:
        """Give the call as far as it has come; compact where the format holds an object."""
        text = "".join(self.pieces)
        if parsed and not text.strip():
            text = self.start.arguments or "{}"
        read = read_object(text) if parsed else None
        text = text if read is None else spoken(read)
        return SaidCall(self.start.name, text or self.start.arguments, self.start.id)


@dataclass(frozen=True, slots=True)
class Settled:
    """What the mender says of what is held: asked before anything changes, for it may fail."""

    rest: str = ""
    old: SaidCall | None = None
    new: SaidCall | None = None
