"""The messages of a streamed response, edited on their way."""

from __future__ import annotations

from collections.abc import Iterable

from sealegs.flow import Event
from sealegs.jsons import Json

from .hearing import Ear
from .responses_coming import Data, Item, Part, emptied
from .responses_items import is_text
from .responses_numbers import Numbers
from .shared import items

__all__ = ["MessagesComing"]


class MessagesComing:
    """Lets messages go: each begins to leave with the first of its text.

    One of which nothing is left is left out. The text of a part ends with the part.

    Args:
        ear: takes the text.
        out: numbers what leaves.
        known: the response's items by index, shared with what edits calls.
    """

    __slots__ = ("_ear", "_known", "_open", "_out")

    def __init__(self, ear: Ear, out: Numbers, known: dict[int, Item]) -> None:
        self._ear, self._out, self._known = ear, out, known
        self._open: tuple[Item, Part] | None = None  # the part whose text has not been ended

    def raw(self, owed: Iterable[str]) -> list[Event]:
        """Give owed text, raw."""
        like = self._open[1].like if self._open is not None else None
        if like is None:
            return []
        return [self._out.pen.event(like, {**like.data, "delta": text}) for text in owed]

    def added(self, event: Event, data: Data) -> Iterable[Event]:
        """Take the beginning of a message."""
        self._known[data.get("output_index", 0)] = Item([event], opened=False)
        return ()

    def part_added(self, event: Event, data: Data) -> Iterable[Event]:
        """Take the beginning of a part; what is no text leaves at once."""
        if is_text(data.get("part")):
            return self.waits(event, data)
        item = self._item(data)
        return [*self.opened(item), self._out.at(event)]

    def text(self, event: Event, data: Data) -> Iterable[Event]:
        """Take a piece of text."""
        piece = data.get("delta")
        if not isinstance(piece, str) or not piece:
            return self.waits(event, data)
        text = self._ear.text(0, piece)
        item = self._item(data)
        part = item.part(data.get("content_index"))
        part.came.append(piece)
        part.like = event
        self._open = item, part
        if not text:
            return ()
        part.left.append(text)
        new = piece if text == piece else text
        return [*self.opened(item), self._out.with_value(event, "delta", new)]

    def part_done(self, event: Event, data: Data) -> Iterable[Event]:
        """Take the event that says a text, or a part, once more in full."""
        whole = data.get("part")
        given = whole.get("text") if is_text(whole) and whole else data.get("text")
        if not isinstance(given, str):
            return self.waits(event, data)
        item = self._item(data)
        part = item.part(data.get("content_index"))
        out = self._ended(item, part, given)
        left = part.text(given)
        out += self.opened(item) if left else []
        if left != given:
            new = {"text": left} if whole is None else {"part": {**whole, "text": left}}
            event = self._out.pen.event(event, {**data, **new})
        return [*out, *self.waits(event, data)]

    def done(self, event: Event, data: Data) -> Iterable[Event]:
        """Take a whole message."""
        whole, index = data["item"], data.get("output_index", 0)
        item = self._item(data)
        out: list[Event] = []
        for place, part in enumerate(items(whole, "content")):
            if is_text(part):
                out += self._ended(item, item.part(place), part["text"])
        said = item.said(whole)
        if said is None and not item.opened:
            self._drop(index, item)
            return out
        if item.pending and said is not whole:
            item.pending[0] = self._begun(item.pending[0], said)
        out += self.opened(item)
        return [*out, self._out.with_value(event, "item", emptied(whole) if said is None else said)]

    def settled(self) -> list[Event]:
        """Let go of the messages that no event has ended."""
        out = self._ended(*self._open, None) if self._open is not None else []
        for index, item in self._known.items():
            if item.opened or item.dropped or item.holds:
                continue
            if any(part.came for part in item.parts.values()):
                self._drop(index, item)
            else:
                out += self.opened(item)
        return out

    def waits(self, event: Event, data: Data) -> Iterable[Event]:
        """Pass an event that says nothing new; before its message begins to leave, it waits."""
        item = self._known.get(data.get("output_index", 0))
        if item is None or item.opened:
            return (self._out.at(event),)
        item.pending.append(event)
        return ()

    def opened(self, item: Item) -> list[Event]:
        """Let a message begin to leave."""
        pending, item.pending, item.opened = item.pending, [], True
        return [self._out.at(event) for event in pending]

    def _item(self, data: Data) -> Item:
        index = data.get("output_index", 0)
        item = self._known.get(index)
        if item is None:
            item = self._known[index] = Item()
        return item

    def _ended(self, item: Item, part: Part, given: Json) -> list[Event]:
        """End a part's text; where none came in pieces, it comes now."""
        if not part.came and isinstance(given, str) and given:
            text = self._ear.text(0, given) + self._ear.end(0)
            part.came.append(given)
            part.left.append(text)
            return []
        rest = self._ear.end(0)
        self._ear.seal(0)
        self._open = None
        if not rest:
            return []
        part.left.append(rest)
        out = self.opened(item)
        return out if part.like is None else [*out, self._out.with_value(part.like, "delta", rest)]

    def _drop(self, index: int, item: Item) -> None:
        item.dropped, item.pending = True, []
        self._out.dropped.append(index)

    def _begun(self, event: Event, said: Json) -> Event:
        """Give the event with which a message begins; some servers have it whole there already."""
        begun = event.data.get("item")
        if not items(begun, "content"):
            return event
        content = {**begun, "content": items(said, "content")}
        return self._out.pen.event(event, {**event.data, "item": content})
