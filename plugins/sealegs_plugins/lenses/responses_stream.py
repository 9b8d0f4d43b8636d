"""Events of a streamed response, edited on their way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sealegs.calls.saying import Mender, SaidCall
from sealegs.flow import Event
from sealegs.jsons import Json, is_object

from .hearing import Ear, Pen
from .responses_items import CALL, is_call, is_message, is_text, made_item, mended_item, with_texts
from .shared import is_whole, items

__all__ = ["ResponsesFilter"]

Data: TypeAlias = dict[str, Json]
_ARGUMENTS = "response.function_call_arguments"


@dataclass(slots=True)
class _Part:
    """A part of a message: its text as it came, and as it left."""

    came: list[str] = field(default_factory=list[str])
    left: list[str] = field(default_factory=list[str])
    like: Event | None = None

    def text(self, given: str) -> str:
        """Give the text as it left; the one given, where nothing else came."""
        left = "".join(self.left)
        return given if left == "".join(self.came) else left


@dataclass(slots=True)
class _Item:
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
    parts: dict[int, _Part] = field(default_factory=dict[int, _Part])
    new: SaidCall | None = None
    dropped: bool = False

    def part(self, place: Json) -> _Part:
        """Give a part by its place."""
        return self.parts.setdefault(place if isinstance(place, int) else 0, _Part())

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


class ResponsesFilter:
    """Edits a stream of events.

    A message begins to leave with the first of its text; one that has none left is left out, and
    the indexes behind it count one less. Calls found in text leave as items of their own before the
    final event. Sequence numbers stay as they are where they can, and always rise.
    """

    __slots__ = ("_dropped", "_ear", "_items", "_last", "_now", "_open", "_pen", "_top")

    def __init__(self, mender: Mender) -> None:
        self._ear, self._pen = Ear(mender), Pen("sse")
        self._items: dict[int, _Item] = {}
        self._dropped: list[int] = []
        self._last, self._top = -1, -1
        self._open: tuple[_Item, _Part] | None = None  # the part whose text is not at its end
        self._now: Event | None = None

    def feed(self, event: Event, /) -> Iterable[Event]:
        """Take an event, and give what goes on in its place."""
        data = event.data
        if not is_object(data):
            return (event,)
        self._ear.step()
        self._now = event
        step = _STEPS.get(data.get("type") or event.name)
        if step is not None:
            return step(self, event, data)
        item = self._items.get(data.get("output_index", -1))
        if item is None or item.opened:
            return (self._at(event),)
        if item.holds:
            item.pending.append(event)
            return ()
        return [*self._opened(item), self._at(event)]

    def close(self) -> Iterable[Event]:
        """Give what was held."""
        self._ear.step()
        out = self._settled(cut=True)
        return out if self._now is None else [*out, *self._found(self._now, self._ear.found(0))]

    def release(self) -> Iterable[Event] | None:
        """Give what was held, raw."""
        owed = self._ear.owed()
        if owed is None or self._dropped:
            return None
        held: list[Event] = []
        for item in self._items.values():
            held += [event for event in item.pending if event is not self._now]
        like = self._open[1].like if self._open else None
        if like is not None:
            held += [self._pen.event(like, {**like.data, "delta": one}) for one in owed.values()]
        return held

    def _added(self, event: Event, data: Data) -> Iterable[Event]:
        item, index = data.get("item"), data.get("output_index", 0)
        if is_message(item) and self._ear.reads:
            self._items[index] = _Item([event], opened=False)
            return ()
        if not is_call(item):
            return (self._at(event),)
        old = CALL.read(item)
        if self._ear.mender.holds(0, old.name):
            self._items[index] = _Item([event], opened=False, holds=True)
            return ()
        known = self._items[index] = _Item(new=self._ear.named(0, old))
        return (self._with(event, "item", known.said(item)),)

    def _part_added(self, event: Event, data: Data) -> Iterable[Event]:
        item = self._items.get(data.get("output_index", 0))
        if item is None or item.opened:
            return (self._at(event),)
        if not is_text(data.get("part")):
            return [*self._opened(item), self._at(event)]
        item.pending.append(event)
        return ()

    def _text(self, event: Event, data: Data) -> Iterable[Event]:
        piece = data.get("delta")
        if not self._ear.reads or not isinstance(piece, str) or not piece:
            return self._quiet(event, data)
        item = self._items.setdefault(data.get("output_index", 0), _Item())
        part = item.part(data.get("content_index"))
        text = self._ear.text(0, piece)
        part.came.append(piece)
        part.like = event
        self._open = item, part
        if not text:
            return ()
        part.left.append(text)
        return [*self._opened(item), self._with(event, "delta", piece if text == piece else text)]

    def _quiet(self, event: Event, data: Data) -> Iterable[Event]:
        """Pass an event that says nothing; before a message has begun to leave, it waits."""
        item = self._items.get(data.get("output_index", 0))
        if item is None or item.opened:
            return (self._at(event),)
        item.pending.append(event)
        return ()

    def _text_done(self, event: Event, data: Data) -> Iterable[Event]:
        if not self._ear.reads:
            return (self._at(event),)
        item = self._items.setdefault(data.get("output_index", 0), _Item())
        part = item.part(data.get("content_index"))
        out = self._ended(item, part, data.get("text"))
        new = self._text_of(event, part, data)
        if item.opened:
            return [*out, self._at(new)]
        item.pending.append(new)
        return out

    def _ended(self, item: _Item, part: _Part, given: Json) -> list[Event]:
        """End a part's text; where none came in pieces, it comes now."""
        if not part.came and isinstance(given, str) and given:
            text = self._ear.text(0, given) + self._ear.end(0)
            part.came.append(given)
            part.left.append(text)
            return self._opened(item) if text else []
        rest = self._ear.end(0)
        self._open = None
        if not rest:
            return []
        part.left.append(rest)
        out = self._opened(item)
        return out if part.like is None else [*out, self._with(part.like, "delta", rest)]

    def _text_of(self, event: Event, part: _Part, data: Data) -> Event:
        """Give an event that says a part's text once more in full, with the text as it left."""
        if isinstance(given := data.get("text"), str):
            new: Data = {**data, "text": part.text(given)} if part.text(given) != given else data
        else:
            whole = data.get("part")
            said = with_texts({"content": [whole]}, lambda _, text: part.text(text))
            left = {**whole, "text": ""} if said is None else said["content"][0]
            new = data if left is whole else {**data, "part": left}
        return event if new is data else self._pen.event(event, new)

    def _part_done(self, event: Event, data: Data) -> Iterable[Event]:
        whole = data.get("part")
        if not self._ear.reads or not is_text(whole):
            return self._quiet(event, data)
        item = self._items.setdefault(data.get("output_index", 0), _Item())
        part = item.part(data.get("content_index"))
        out = self._ended(item, part, whole["text"])
        new = self._text_of(event, part, data)
        if item.opened:
            return [*out, self._at(new)]
        item.pending.append(new)
        return out

    def _arguments(self, event: Event, data: Data) -> Iterable[Event]:
        item = self._items.get(data.get("output_index", 0))
        if item is not None and item.holds and not item.opened:
            item.pending.append(event)
            return ()
        new = item.new if item is not None else None
        if new is None or not data.get("name"):
            return (self._at(event),)
        return (self._with(event, "name", new.name),)

    def _item_done(self, event: Event, data: Data) -> Iterable[Event]:
        item, index = data.get("item"), data.get("output_index", 0)
        if is_call(item):
            return self._call_done(event, item, index)
        if not is_message(item) or not self._ear.reads:
            return self._quiet(event, data)
        known = self._items.setdefault(index, _Item())
        out: list[Event] = []
        for place, part in enumerate(items(item, "content")):
            if is_text(part):
                out += self._ended(known, known.part(place), part["text"])
        said = known.said(item)
        if said is None and not known.opened:
            self._drop(index, known)
            return out
        if not known.opened and said is not item and known.pending:
            known.pending[0] = self._begun(known.pending[0], said)
        out += self._opened(known)
        said = _emptied(item) if said is None else said
        return [*out, self._with(event, "item", said)]

    def _begun(self, event: Event, said: Json) -> Event:
        """Give the event with which a message begins; some servers have it whole there already."""
        begun = event.data.get("item")
        if not items(begun, "content"):
            return event
        content = {**begun, "content": items(said, "content")}
        return self._pen.event(event, {**event.data, "item": content})

    def _call_done(self, event: Event, item: Data, index: int) -> Iterable[Event]:
        old = CALL.read(item)
        known = self._items.get(index)
        if known is None:
            holds = self._ear.mender.holds(0, old.name)
            known = _Item(opened=not holds, holds=holds)
            known.new = None if holds else self._ear.named(0, old)
        if known.holds:
            whole = item.get("status") != "incomplete" or is_whole(old.arguments)
            known.new = self._ear.call(0, old, whole=whole)
        self._items[index] = known
        out = self._left(known, old) if known.holds else []
        return [*out, self._with(event, "item", known.said(item))]

    def _left(self, known: _Item, old: SaidCall) -> list[Event]:
        """Give the events of a call that was held: as they came, or with its arguments at once."""
        pending, known.pending, known.opened = known.pending, [], True
        new = known.new or old
        if new == old:
            return [self._at(event) for event in pending]
        out: list[Event] = []
        said = False
        for event in pending:
            kind = event.data.get("type") or event.name
            if kind == f"{_ARGUMENTS}.delta":
                out += [] if said else [self._with(event, "delta", new.arguments)]
                said = True
            elif kind == f"{_ARGUMENTS}.done":
                named = {"name": new.name} if event.data.get("name") else {}
                data = {**event.data, "arguments": new.arguments, **named}
                out.append(self._at(self._pen.event(event, data)))
            else:
                out.append(self._named(event, new))
        return out

    def _named(self, event: Event, new: SaidCall) -> Event:
        item = event.data.get("item")
        if not is_call(item):
            return self._at(event)
        old = CALL.read(item)
        arguments = new.arguments if old.arguments else ""
        return self._with(
            event, "item", CALL.said(item, old, SaidCall(new.name, arguments, new.id))
        )

    def _end(self, event: Event, data: Data) -> Iterable[Event]:
        """Let go of all that is held, and say in the final object what was said before."""
        response = data.get("response")
        out = self._settled(cut=data.get("type") != "response.completed")
        output = items(response, "output")
        said: list[Json] = []
        for index, item in enumerate(output):
            known = self._items.get(index)
            left = mended_item(item, self._ear, cut=False) if known is None else known.said(item)
            if left is None and known is not None and not known.dropped:
                left = _emptied(item)
            said += [] if left is None else [left]
        found = self._ear.found(0)
        out += self._found(event, found)
        said += map(made_item, found)
        same = len(said) == len(output) and all(a is b for a, b in zip(said, output, strict=True))
        if same or not output or not is_object(response):
            return [*out, self._at(event)]
        return [*out, self._with(event, "response", {**response, "output": said})]

    def _settled(self, *, cut: bool) -> list[Event]:
        """Let go of what no event has ended: text, and calls that were cut."""
        out = self._ended(*self._open, None) if self._open is not None else []
        for index, item in self._items.items():
            if item.opened or item.dropped:
                continue
            if item.holds:
                old = _cut_call(item.pending)
                item.new = self._ear.call(0, old, whole=not cut or is_whole(old.arguments))
                out += self._left(item, old)
            elif any(part.came for part in item.parts.values()):
                self._drop(index, item)
            else:
                out += self._opened(item)
        return out

    def _found(self, like: Event, found: Sequence[SaidCall]) -> list[Event]:
        """Give the events of the calls that were found in the text."""
        out: list[Event] = []
        for call in found:
            self._top += 1
            for kind, data in _made(call):
                data = {"type": kind, "output_index": self._top, **data}  # noqa: PLW2901
                if self._last >= 0:
                    self._last += 1
                    data["sequence_number"] = self._last
                out.append(self._pen.event(like, data, kind if like.name else ""))
        return out

    def _drop(self, index: int, item: _Item) -> None:
        """Leave an item out: nothing is left of its text."""
        item.dropped, item.pending = True, []
        self._dropped.append(index)

    def _opened(self, item: _Item) -> list[Event]:
        pending, item.pending, item.opened = item.pending, [], True
        return [self._at(event) for event in pending]

    def _with(self, event: Event, name: str, value: Json) -> Event:
        """Give an event with another value of one member."""
        if event.data.get(name) is value:
            return self._at(event)
        return self._at(self._pen.event(event, {**event.data, name: value}))

    def _at(self, event: Event) -> Event:
        """Give an event with the numbers that it has now."""
        data: Data = event.data
        new = data
        index = data.get("output_index")
        if isinstance(index, int):
            if self._dropped:
                shift = sum(one < index for one in self._dropped)
                new = {**data, "output_index": index - shift} if shift else data
                index -= shift
            self._top = index if index > self._top else self._top
        number = data.get("sequence_number")
        if isinstance(number, int):
            if number <= self._last:
                number = self._last + 1
                new = {**new, "sequence_number": number}
            self._last = number
        return event if new is data else self._pen.event(event, new)


def _emptied(item: Json) -> Json:
    """Give a message without text: it has begun to leave already, for something else in it."""
    content = [{**part, "text": ""} if is_text(part) else part for part in items(item, "content")]
    return {**item, "content": content}


def _cut_call(pending: Sequence[Event]) -> SaidCall:
    """Put a call together that no event has ended."""
    call = SaidCall("", "")
    pieces: list[str] = []
    for event in pending:
        item = event.data.get("item")
        if is_call(item):
            call = CALL.read(item)
        elif event.data.get("type") == f"{_ARGUMENTS}.delta":
            pieces.append(str(event.data.get("delta") or ""))
    return SaidCall(call.name, call.arguments + "".join(pieces), call.id)


def _made(call: SaidCall) -> Sequence[tuple[str, Data]]:
    """Make the events of a call."""
    item = made_item(call)
    begun = made_item(SaidCall(call.name, "", call.id), "in_progress")
    of = {"item_id": item["id"]}
    said = {"name": call.name, "arguments": call.arguments}
    return (
        ("response.output_item.added", {"item": begun}),
        (f"{_ARGUMENTS}.delta", {**of, "delta": call.arguments}),
        (f"{_ARGUMENTS}.done", {**of, **said}),
        ("response.output_item.done", {"item": item}),
    )


_Step: TypeAlias = Callable[[ResponsesFilter, Event, Data], Iterable[Event]]
_STEPS: Mapping[Json, _Step] = {
    "response.output_item.added": ResponsesFilter._added,
    "response.output_item.done": ResponsesFilter._item_done,
    "response.content_part.added": ResponsesFilter._part_added,
    "response.content_part.done": ResponsesFilter._part_done,
    "response.output_text.delta": ResponsesFilter._text,
    "response.output_text.done": ResponsesFilter._text_done,
    f"{_ARGUMENTS}.delta": ResponsesFilter._arguments,
    f"{_ARGUMENTS}.done": ResponsesFilter._arguments,
    "response.completed": ResponsesFilter._end,
    "response.incomplete": ResponsesFilter._end,
    "response.failed": ResponsesFilter._end,
}
