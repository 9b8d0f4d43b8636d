"""Writes the events of blocks, numbered as they are where some were left out."""

from __future__ import annotations

from collections.abc import Sequence

from sealegs.calls.saying import SaidCall
from sealegs.flow import Event
from sealegs.jsons import Json

from .blocks import BlockFormat, Made, Seen
from .hearing import Pen
from .shared import with_at

__all__ = ["BlockWriter"]


class BlockWriter:
    """Writes the events of one stream.

    Attributes:
        dropped: the blocks that were left out.
        pen: writes events.
    """

    __slots__ = ("_format", "_top", "dropped", "pen")

    def __init__(self, form: BlockFormat) -> None:
        self._format, self.pen = form, Pen(form.framing)
        self.dropped: list[Seen] = []
        self._top: dict[str, int] = {}

    def at(self, event: Event, seen: Seen, data: dict[str, Json] | None = None) -> Event:
        """Give an event with its block's number as it is now, and perhaps with other data."""
        number = self.number(seen)
        new: dict[str, Json] = event.data if data is None else data
        if number != seen.number:
            own = self._format.seen(event.name, event.data) or seen
            new = with_at(new, (*own.within, *self._format.index), number)
        return event if new is event.data else self.pen.event(event, new)

    def number(self, seen: Seen) -> int:
        """Give the number that a block has now."""
        number = seen.number
        if self.dropped:
            number -= sum(
                one.space == seen.space and one.number < seen.number for one in self.dropped
            )
        if number > self._top.get(seen.space, -1):
            self._top[seen.space] = number
        return number

    def named(self, event: Event, seen: Seen, old: SaidCall, new: SaidCall) -> Event:
        """Give a call's start with its new name and id."""
        data: dict[str, Json] = event.data
        if new.name != old.name:
            data = with_at(data, (*seen.within, *self._format.name), new.name)
        if new.id != old.id:
            data = with_at(data, (*seen.within, *self._format.id), new.id)
        return self.at(event, seen, data)

    def piece(self, like: Event, seen: Seen, text: str) -> Event:
        """Make an event that brings text to a block."""
        return self.made(like, self._format.text_piece(self.number(seen), text))

    def calls(self, like: Event, calls: Sequence[SaidCall]) -> list[Event]:
        """Make the events of calls that are blocks of their own, behind all others."""
        out: list[Event] = []
        for call in calls:
            number = self._top.get(self._format.space, -1) + 1
            self._top[self._format.space] = number
            out += [self.made(like, one) for one in self._format.call_events(number, call)]
        return out

    def made(self, like: Event, made: Made) -> Event:
        """Write an event as the stream of another one would have it."""
        name, data = self._format.like(like, made)
        return self.pen.event(like, data, name)
