"""The numbers in a streamed response: where an item stands, and which event follows which."""

from __future__ import annotations

from collections.abc import Sequence

from sealegs.calls.saying import SaidCall
from sealegs.flow import Event
from sealegs.jsons import Json

from .hearing import Pen
from .responses_coming import Data, made_events

__all__ = ["Numbers"]


class Numbers:
    """Numbers events anew where items were left out or added.

    Sequence numbers stay as they are where they can, so that a client may resume by them, and
    always rise.

    Attributes:
        dropped: the indexes of the items that were left out.
        pen: writes events.
    """

    __slots__ = ("_last", "_top", "dropped", "pen")

    def __init__(self) -> None:
        self.pen = Pen("sse")
        self.dropped: list[int] = []
        self._last, self._top = -1, -1

    def at(self, event: Event) -> Event:
        """Give an event with the numbers that it has now; the very event where they are its own."""
        data: Data = event.data
        new = data
        index = data.get("output_index")
        if isinstance(index, int):
            if self.dropped:
                shift = sum(one < index for one in self.dropped)
                new = {**data, "output_index": index - shift} if shift else data
                index -= shift
            self._top = index if index > self._top else self._top
        number = data.get("sequence_number")
        if isinstance(number, int):
            if number <= self._last:
                number = self._last + 1
                new = {**new, "sequence_number": number}
            self._last = number
        return event if new is data else self.pen.event(event, new)

    def with_value(self, event: Event, name: str, value: Json) -> Event:
        """Give an event with another value of one member."""
        known = event.data.get(name)
        if known is value or (isinstance(value, str) and known == value):
            return self.at(event)
        return self.at(self.pen.event(event, {**event.data, name: value}))

    def added(self, like: Event, calls: Sequence[SaidCall], behind: int = 0) -> list[Event]:
        """Make the events of calls that are items of their own, behind all others.

        Args:
            like: an event of the stream.
            calls: the calls.
            behind: how many items there are at least.
        """
        out: list[Event] = []
        self._top = max(self._top, behind - 1)
        for call in calls:
            self._top += 1
            for kind, said in made_events(call):
                data = {"type": kind, "output_index": self._top, **said}
                if self._last >= 0:
                    self._last += 1
                    data["sequence_number"] = self._last
                out.append(self.pen.event(like, data, kind if like.name else ""))
        return out
