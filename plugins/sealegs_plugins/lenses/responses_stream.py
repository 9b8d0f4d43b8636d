"""Events of a streamed response, edited on their way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from sealegs.calls.saying import Mender, SaidCall
from sealegs.flow import Event
from sealegs.jsons import Json, is_object

from .hearing import Ear
from .responses_coming import ARGUMENTS, Data, Item, cut_call, emptied
from .responses_items import CALL, is_call, is_message, made_item, mended_item
from .responses_messages import MessagesComing
from .responses_numbers import Numbers
from .shared import at, is_whole, items, unchanged

__all__ = ["ResponsesFilter"]

_Step: TypeAlias = Callable[[Event, Data], Iterable[Event]]


class ResponsesFilter:
    """Edits a stream of events.

    A held call leaves with the event that says it in full. Calls found in text leave as items of
    their own before the final event, which says the same as the events before it.
    """

    __slots__ = ("_ear", "_items", "_messages", "_now", "_out", "_steps", "_texts")

    def __init__(self, mender: Mender) -> None:
        self._ear, self._out = Ear(mender), Numbers()
        self._items: dict[int, Item] = {}
        self._messages = MessagesComing(self._ear, self._out, self._items)
        self._now: Event | None = None
        texts = self._messages
        self._steps: Mapping[Json, _Step] = {
            "response.output_item.added": self._added,
            "response.output_item.done": self._item_done,
            f"{ARGUMENTS}.delta": self._arguments,
            f"{ARGUMENTS}.done": self._arguments,
            "response.completed": self._end,
            "response.incomplete": self._end,
            "response.failed": self._end,
        }
        self._texts: Mapping[Json, _Step] = {
            "response.content_part.added": texts.part_added,
            "response.content_part.done": texts.part_done,
            "response.output_text.delta": texts.text,
            "response.output_text.done": texts.part_done,
        }

    def feed(self, event: Event, /) -> Iterable[Event]:
        """Take an event, and give what goes on in its place."""
        data = event.data
        if not is_object(data):
            return (event,)
        self._ear.step()
        self._now = event
        kind = data.get("type") or event.name
        step = self._steps.get(kind) or (self._texts.get(kind) if self._ear.reads else None)
        if step is not None:
            return step(event, data)
        item = self._items.get(data.get("output_index", -1))
        if item is None or item.opened:
            return (self._out.at(event),)
        if item.holds:
            item.pending.append(event)
            return ()
        return [*self._messages.opened(item), self._out.at(event)]

    def close(self) -> Iterable[Event]:
        """Give what was held."""
        self._ear.step()
        out = self._settled(cut=True)
        like = self._now
        return out if like is None else [*out, *self._out.added(like, self._ear.found(0))]

    def release(self) -> Iterable[Event] | None:
        """Give what was held, raw."""
        owed = self._ear.owed()
        if owed is None or self._out.dropped:
            return None
        pending = [event for item in self._items.values() for event in item.pending]
        held = [event for event in pending if event is not self._now]
        return [*held, *self._messages.raw(owed.values())]

    def _added(self, event: Event, data: Data) -> Iterable[Event]:
        item, index = data.get("item"), data.get("output_index", 0)
        if is_message(item) and self._ear.reads:
            return self._messages.added(event, data)
        if not is_call(item):
            return (self._out.at(event),)
        old = CALL.read(item)
        if self._ear.mender.holds(0, old.name):
            self._items[index] = Item([event], opened=False, holds=True)
            return ()
        known = self._items[index] = Item(new=self._ear.named(0, old))
        return (self._out.with_value(event, "item", known.said(item)),)

    def _arguments(self, event: Event, data: Data) -> Iterable[Event]:
        item = self._items.get(data.get("output_index", 0))
        if item is not None and item.holds and not item.opened:
            item.pending.append(event)
            return ()
        if item is None or item.new is None or not data.get("name"):
            return (self._out.at(event),)
        return (self._out.with_value(event, "name", item.new.name),)

    def _item_done(self, event: Event, data: Data) -> Iterable[Event]:
        item, index = data.get("item"), data.get("output_index", 0)
        if not is_call(item):
            text = is_message(item) and self._ear.reads
            return (self._messages.done if text else self._messages.waits)(event, data)
        old = CALL.read(item)
        known = self._items.get(index)
        if known is None:
            holds = self._ear.mender.holds(0, old.name)
            known = Item(opened=not holds, holds=holds)
            known.new = None if holds else self._ear.named(0, old)
        if known.holds:
            cut = at(item, ("status",)) == "incomplete"
            whole = not cut or is_whole(old.arguments)
            known.new = self._ear.call(0, old, whole=whole)
        self._items[index] = known
        out = self._left(known, old) if known.holds else []
        return [*out, self._out.with_value(event, "item", known.said(item))]

    def _left(self, known: Item, old: SaidCall) -> list[Event]:
        """Give the events of a call that was held: as they came, or with its arguments at once."""
        pending, known.pending, known.opened = known.pending, [], True
        new = known.new or old
        if new == old:
            return [self._out.at(event) for event in pending]
        out: list[Event] = []
        said = False
        for event in pending:
            kind = event.data.get("type") or event.name
            if kind == f"{ARGUMENTS}.delta":
                out += [] if said else [self._out.with_value(event, "delta", new.arguments)]
                said = True
            elif kind == f"{ARGUMENTS}.done":
                named = {"name": new.name} if event.data.get("name") else {}
                data = {**event.data, "arguments": new.arguments, **named}
                out.append(self._out.at(self._out.pen.event(event, data)))
            else:
                out.append(self._named(event, new))
        return out

    def _named(self, event: Event, new: SaidCall) -> Event:
        item = event.data.get("item")
        if not is_call(item):
            return self._out.at(event)
        old = CALL.read(item)
        arguments = new.arguments if old.arguments else ""
        said = CALL.said(item, old, SaidCall(new.name, arguments, new.id))
        return self._out.with_value(event, "item", said)

    def _end(self, event: Event, data: Data) -> Iterable[Event]:
        """Let go of all that is held, and say in the final object what was said before."""
        response = data.get("response")
        out = self._settled(cut=data.get("type") != "response.completed")
        output = items(response, "output")
        said: list[Json] = []
        for index, item in enumerate(output):
            left = self._said(index, item)
            said += [] if left is None else [left]
        found = self._ear.found(0)
        out += self._out.added(event, found, len(said))
        said += map(made_item, found)
        if not output or unchanged(said, output) or not is_object(response):
            return [*out, self._out.at(event)]
        return [*out, self._out.with_value(event, "response", {**response, "output": said})]

    def _said(self, index: int, item: Json) -> Json:
        """Give an item as it left; ``None`` where it was left out."""
        known = self._items.get(index)
        if known is None:
            return mended_item(item, self._ear, cut=False)
        left = known.said(item)
        return emptied(item) if left is None and not known.dropped else left

    def _settled(self, *, cut: bool) -> list[Event]:
        """Let go of what no event has ended: text, and calls that were cut."""
        waiting = [item for item in self._items.values() if item.holds and not item.opened]
        mended: list[tuple[Item, SaidCall, SaidCall]] = []
        for item in waiting:
            old = cut_call(item.pending)
            whole = not cut or is_whole(old.arguments)
            mended.append((item, old, self._ear.call(0, old, whole=whole)))
        out = self._messages.settled()
        for item, old, new in mended:
            item.new = new
            out += self._left(item, old)
        return out
