"""A stream of blocks, edited on its way."""

from __future__ import annotations

from collections.abc import Iterable

from sealegs.calls.saying import Mender, SaidCall
from sealegs.flow import Event
from sealegs.jsons import Json, is_object

from .block_held import CallBlock, Settled, TextBlock
from .block_writer import BlockWriter
from .blocks import BlockFormat, Path, Seen
from .hearing import Ear
from .shared import at, is_whole, read_object, spoken, with_at

__all__ = ["BlockFilter"]


_NOT_ASKED = Settled()


class BlockFilter:
    """Edits a stream of blocks.

    A text block begins to leave with the first of its text; one that has none left is left out, and
    the numbers behind it count one less. Calls found in text leave as blocks of their own before
    the event that says why the reply stopped.
    """

    __slots__ = (
        "_call",
        "_called",
        "_ear",
        "_format",
        "_like",
        "_lost",
        "_now",
        "_out",
        "_run",
        "_waiting",
    )

    def __init__(self, form: BlockFormat, mender: Mender) -> None:
        self._format, self._ear, self._out = form, Ear(mender), BlockWriter(form)
        self._run: TextBlock | None = None
        self._call: CallBlock | None = None
        self._like: Event | None = None
        self._now: Event | None = None
        self._waiting: list[Event] = []
        self._called = self._lost = False

    def feed(self, event: Event, /) -> Iterable[Event]:
        """Take an event, and give what goes on in its place."""
        data = event.data
        seen = self._format.seen(event.name, data) if is_object(data) else None
        if seen is None:
            return (event,) if self._run is None else self._aside(event, self._run)
        if self._call is not None and self._must_wait(seen, self._call):
            self._waiting.append(event)
            return ()
        self._ear.step()
        self._now = self._like = event
        if seen.step == "delta":
            return self._grow(event, seen)
        if seen.step == "start":
            return self._start(event, seen)
        return self._stop(event, seen) if seen.step == "stop" else self._end(event, seen)

    def close(self) -> Iterable[Event]:
        """Give what was held."""
        self._ear.step()
        return self._all(cut=True)

    def release(self) -> Iterable[Event] | None:
        """Give what was held, raw."""
        owed, like = self._ear.owed(), self._like
        if owed is None or self._out.dropped or self._lost:
            return None
        held: list[Event | None] = []
        if self._run is not None and like is not None:
            held += self._run.pending
            held += [self._out.piece(like, self._run.seen, text) for text in owed.values()]
            held += self._run.tail
        if self._call is not None:
            held += self._call.events
        held += self._waiting
        return [event for event in held if event is not None and event is not self._now]

    def _aside(self, event: Event, run: TextBlock) -> Iterable[Event]:
        """Keep an event of no block (a ping) behind those that wait; an error waits for nobody."""
        data = event.data
        waits = run.tail or (run.pending and not run.swallowed)
        if not waits or not is_object(data) or data.get("error") or "Exception" in event.name:
            return (event,)
        (run.tail or run.pending).append(event)
        run.asides.append(event)
        return ()

    def _start(self, event: Event, seen: Seen) -> Iterable[Event]:
        if seen.kind == "text" and self._ear.reads:
            path = self._format.first_text
            piece = at(event.data, (*seen.within, *path)) if path else ""
            return self._text(event, seen, path, piece if isinstance(piece, str) else "")
        asked = self._ask()
        if seen.kind != "call":
            return [*self._settle(asked), self._out.at(event, seen)]
        said = self._said(event, seen)
        if self._ear.mender.holds(0, said.name):
            out = self._settle(asked)
            self._call = CallBlock(seen, said, [event])
            return out
        new = self._ear.named(0, said)
        return [*self._settle(asked), self._out.named(event, seen, said, new)]

    def _grow(self, event: Event, seen: Seen) -> Iterable[Event]:
        call, run = self._call, self._run
        if call is not None and call.seen.is_of(seen):
            piece = at(event.data, (*seen.within, *self._format.arguments))
            call.events.append(event)
            call.pieces.append(spoken(piece))
            return ()
        if seen.kind == "text" and self._ear.reads:
            piece = spoken(at(at(event.data, seen.within), self._format.text))
            if not piece or run is None or not (run.opened and run.seen.is_of(seen)):
                return self._text(event, seen, self._format.text, piece)
            text = self._ear.text(0, piece)
            return self._more(event, seen, text) if text != piece else (self._out.at(event, seen),)
        if run is None and call is None:
            return (self._out.at(event, seen),)
        if run is not None and run.seen.is_of(seen):
            return [*self._opened(run), self._out.at(event, seen)]
        return [*self._settle(self._ask()), self._out.at(event, seen)]

    def _more(self, event: Event, seen: Seen, text: str) -> Iterable[Event]:
        """Give what is left of a piece of a text that has begun to leave."""
        if not text:
            return ()
        path = (*seen.within, *self._format.text)
        return (self._out.at(self._out.pen.event(event, with_at(event.data, path, text)), seen),)

    def _text(self, event: Event, seen: Seen, path: Path, piece: str) -> Iterable[Event]:
        """Take text, with which a block may begin."""
        run = self._run
        asked = self._ask() if run is None else _NOT_ASKED
        text = self._ear.text(0, piece) if piece else ""
        out: list[Event] = []
        if run is None or not run.seen.is_of(seen):
            out = self._settle(asked)
            run = self._run = TextBlock(seen)
        run.swallowed |= bool(piece)
        if text != piece and (text or seen.step == "start"):
            event = self._out.pen.event(event, with_at(event.data, (*seen.within, *path), text))
        if text or (not piece and run.opened):
            return [*out, *self._opened(run), self._out.at(event, seen)]
        if not piece or seen.step == "start":
            run.pending.append(event)
        return out

    def _stop(self, event: Event, seen: Seen) -> Iterable[Event]:
        if self._run is not None and self._run.seen.is_of(seen):
            self._run.tail.append(event)
            return ()
        call = self._call
        if call is None or not call.seen.is_of(seen):
            return (self._out.at(event, seen),)
        whole = is_whole(call.said(parsed=self._format.parsed).arguments)
        asked = self._ask() if whole else _NOT_ASKED
        call.events.append(event)
        call.stop = event
        return [*(self._settle(asked) if whole else ()), *self._waited()]

    def _end(self, event: Event, seen: Seen) -> Iterable[Event]:
        path = (*seen.within, *self._format.reason)
        reason = at(event.data, path)
        out = self._all(cut=reason in self._format.cut)
        new = self._format.reason_of(reason) if self._called else reason
        if new == reason:
            return (*out, event)
        return (*out, self._out.pen.event(event, with_at(event.data, path, new)))

    def _all(self, *, cut: bool) -> list[Event]:
        """Let go of everything, calls that were found in the text last."""
        out: list[Event] = []
        if self._waiting:
            out = [*self._settle(self._ask(cut=True)), *self._waited()]
        return [*out, *self._settle(self._ask(cut=cut)), *self._found()]

    def _must_wait(self, seen: Seen, call: CallBlock) -> bool:
        """Say whether an event has come in the midst of a call that is held."""
        if call.stop is not None or seen.step == "end" or call.seen.is_of(seen):
            return False
        return bool(self._waiting) or not call.whole

    def _waited(self) -> list[Event]:
        """Let go of the events that came in the midst of a call."""
        waiting, self._waiting = self._waiting, []
        self._lost = bool(waiting)  # should the mender fail now, they could not be given back
        out = [one for event in waiting for one in self.feed(event)]
        self._lost = False
        return out

    def _ask(self, *, cut: bool = False) -> Settled:
        rest = self._ear.end(0) if self._run is not None else ""
        if self._call is None:
            return Settled(rest)
        old = self._call.said(parsed=self._format.parsed)
        whole = not cut or self._format.is_whole(old.arguments)
        new = self._ear.call(0, old, whole=whole)
        return Settled(rest, old, new)

    def _settle(self, asked: Settled) -> list[Event]:
        """Let go of what is held."""
        out: list[Event] = []
        run, self._run = self._run, None
        if run is not None:
            if asked is not _NOT_ASKED:  # its text does not go on in the next block
                self._ear.seal(0)
            if asked.rest and self._like is not None:
                out += self._opened(run)
                out.append(self._out.piece(self._like, run.seen, asked.rest))
            elif not run.swallowed:
                out += self._opened(run)
            if run.opened:
                out += self._each(run.tail, run)
            else:
                self._out.dropped.append(run.seen)
                out += run.asides
        call, self._call = self._call, None
        if call is not None and asked.old is not None and asked.new is not None:
            out += self._left(call, asked.old, asked.new)
        return out

    def _opened(self, run: TextBlock) -> list[Event]:
        pending, run.pending, run.opened = run.pending, [], True
        return self._each(pending, run)

    def _each(self, events: Iterable[Event], run: TextBlock) -> list[Event]:
        asides = run.asides
        return [event if event in asides else self._out.at(event, run.seen) for event in events]

    def _left(self, call: CallBlock, old: SaidCall, new: SaidCall) -> list[Event]:
        """Give the events of a call that was held."""
        if new == old:
            return [self._out.at(event, call.seen) for event in call.events]
        if self._format.parsed and read_object(new.arguments) is None:
            new = SaidCall(new.name, old.arguments, new.id)
        start = self._out.named(call.events[0], call.seen, call.start, new)
        first = (*call.seen.within, *self._format.first)
        if self._format.first and at(start.data, first):
            empty: Json = {} if self._format.parsed else ""
            start = self._out.pen.event(start, with_at(start.data, first, empty))
        number = self._out.number(call.seen)
        _, arguments, _ = self._format.call_events(number, new)
        out = [start, self._out.made(call.events[0], arguments)]
        return out if call.stop is None else [*out, self._out.at(call.stop, call.seen)]

    def _found(self) -> list[Event]:
        """Give the events of the calls that were found in the text."""
        found, like = self._ear.found(0), self._like
        self._called |= bool(found)
        return [] if like is None else self._out.calls(like, found)

    def _said(self, event: Event, seen: Seen) -> SaidCall:
        form, data = self._format, event.data
        name, call_id = (at(data, (*seen.within, *path)) for path in (form.name, form.id))
        first = at(data, (*seen.within, *form.first)) if form.first else None
        return SaidCall(str(name or ""), spoken(first or None), str(call_id or ""))
