"""A stream on its way through: framed, assembled, edited, and finished at its terminal event."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence

from sealegs.disturbing import DisturbedFramer
from sealegs.errors import StreamTornError
from sealegs.exchange import Ledger
from sealegs.flow import Ending, Event, Filter, Finisher, Flow, Reply, Whole
from sealegs.framing import Framer, framer, joined
from sealegs.jsons import Json
from sealegs.perturbation.faults import TransportFault
from sealegs.wire import Assembler, Wire

__all__ = ["Stream", "finish"]

_NOTHING_DUE: tuple[bytes, list[Event], Sequence[Event]] = (b"", [], ())
_COLLECTED = 32 * 1024 * 1024


def finish(finishers: Sequence[tuple[str, Finisher]], whole: Whole, ledger: Ledger) -> Flow[None]:
    """Run what follows a reply; a failure there is written down and goes no further."""
    for name, finisher in finishers:
        try:
            yield from finisher(whole)
        except Exception as error:
            ledger.failed(name, "finish", error)


class Stream:
    """One streamed reply. Does no input or output: bytes are fed in, bytes and effects come out.

    Args:
        wire: the reply's format.
        reply: with its filters and finishers.
        ledger: where failures are written down.
        ended: called once, when nothing more will come, with the ending and the whole reply.
    """

    __slots__ = (
        "_collect",
        "_delivered",
        "_disturbed",
        "_done",
        "_due",
        "_ended",
        "_fed",
        "_filters",
        "_finishers",
        "_framer",
        "_given",
        "_ledger",
        "_torn",
    )

    def __init__(
        self, wire: Wire, reply: Reply, ledger: Ledger, ended: Callable[[Ending, Json], None]
    ) -> None:
        self._framer: Framer | None = framer(wire.framing)
        self._filters: list[tuple[str, Filter]] = list(reply.filters)
        self._disturbed: DisturbedFramer | None = None
        if reply.disturbances:  # then what came is not what leaves, also where no filter edits
            self._framer = self._disturbed = DisturbedFramer(self._framer, reply.disturbances)
            self._filters = self._filters or [("", _Identity())]
        self._finishers, self._ledger, self._ended = reply.finishers, ledger, ended
        self._given = wire.assembler()
        self._delivered: Assembler = self._given
        self._collect, self._done, self._torn, self._fed = True, False, False, 0
        # bytes, what already leaves of them, and the events behind the terminal one
        self._due: tuple[bytes, list[Event], Sequence[Event]] = _NOTHING_DUE

    @property
    def over(self) -> bool:
        """Whether a disturbance has ended the stream, so that nothing more must be read."""
        return self._disturbed is not None and self._disturbed.end is not None

    def meet(self) -> None:
        """Take note that the client has come to where a disturbance has ended the stream.

        Raises:
            TransportFault: what it meets there, where that is no good end.
        """
        if self._disturbed is not None:
            self._disturbed.meet()

    def feed(self, data: bytes) -> Flow[bytes]:
        """Take bytes from the provider; return what leaves for the client now.

        What follows the stream runs here, before the terminal event's last byte leaves.
        """
        passed = self.push(data)
        return (yield from self.settle()) if passed is None else passed

    def push(self, data: bytes) -> bytes | None:
        """Take bytes as `feed` does. Nearly all pieces need no more: no effect, so no flow.

        Returns:
            What leaves for the client now, or ``None`` where `settle` must run and say it.
        """
        if self._framer is None:
            return data
        try:
            events = self._framer.feed(data)
        except ValueError as error:
            return self._unframed(self._framer, data, error)
        out: list[Event] = []
        for number, event in enumerate(events, 1):
            out += self._pass(event)
            # what comes after the terminal event must not count
            if not self._done and self._collect and self._given.terminal:
                self._due = data, out, events[number:]
                return None
        return self._left(data, out)

    def settle(self) -> Flow[bytes]:
        """Run what follows the stream, and return what leaves after that."""
        data, out, rest = self._due
        self._due = _NOTHING_DUE
        yield from self._finish(Ending.COMPLETE)
        for event in rest:
            out += self._pass(event)
        return self._left(data, out)

    def _left(self, data: bytes, out: list[Event]) -> bytes:
        """Give what leaves; where nothing edits, that is what came, half an event included."""
        if self._done:
            self._end_if_final()
        if not self._filters:
            return data
        return out[0].raw if len(out) == 1 else joined(out)

    def close(self) -> Flow[bytes]:
        """Take the stream's end; return what was still held."""
        held = self._framer.close() if self._framer else []
        out = [one for event in held for one in self._pass(event)]
        passed = joined(out) if self._filters else b""
        passed += joined(self._drain())
        # of what could not be followed nothing is known but that its connection ended well
        whole = self._given.terminal or self._done or not self._collect
        yield from self.abandon(Ending.COMPLETE if whole else Ending.FAILED)
        return passed

    def abandon(self, ending: Ending) -> Flow[None]:
        """Take note that nothing more will be read. May be called more than once."""
        if not self._done:
            yield from self._finish(ending)
        if self._disturbed is not None:
            self._disturbed.ended()
        self._end(ending)

    def _end(self, ending: Ending) -> None:
        ended, self._ended = self._ended, _nothing
        if ending is Ending.CLOSED and self._given.terminal:
            ending = Ending.COMPLETE
        failed = self._given.error is not None
        ended(Ending.FAILED if failed else ending, self._reply(self._given))

    def _finish(self, ending: Ending) -> Flow[None]:
        self._done = True
        if self._given.error is not None:
            ending = Ending.FAILED
        given = self._reply(self._given)
        same = self._delivered is self._given
        whole = Whole(ending, given, given if same else self._reply(self._delivered))
        if not self._torn:  # what came, or what left, is not known whole: nothing of it is kept
            yield from finish(self._finishers, whole, self._ledger)

    def _reply(self, assembler: Assembler) -> Json:
        try:
            return assembler.reply()
        except Exception as error:
            self._lose("assembler", "read", error)
            return None

    def _pass(self, event: Event) -> Sequence[Event]:
        """Run one event through the filters, and assemble both sides."""
        if not self._filters:
            self._assemble(self._given, event)
            return ()
        passed: Sequence[Event] = (event,)
        for position in range(len(self._filters)):
            passed = self._through(position, passed)
        self._take(event, passed)
        return passed

    def _take(self, event: Event, passed: Sequence[Event]) -> None:
        """Assemble both sides; they are one until a filter first changes something."""
        if self._delivered is self._given and not (len(passed) == 1 and passed[0] is event):
            self._delivered = copy.deepcopy(self._given)
        self._assemble(self._given, event)
        if self._delivered is not self._given:
            for one in passed:
                self._assemble(self._delivered, one)

    def _end_if_final(self) -> None:
        if self._given.final:
            self._end(Ending.COMPLETE)

    def _assemble(self, assembler: Assembler, event: Event) -> None:
        if not self._collect:
            return
        self._fed += len(event.text)
        try:
            if self._fed > _COLLECTED:
                raise ValueError(f"a streamed reply is longer than {_COLLECTED} bytes")
            assembler.feed(event.name, event.data)
        except Exception as error:
            self._collect = False
            self._lose("assembler", "read", error)

    def _filtered(self, events: Sequence[Event], first: int) -> Sequence[Event]:
        for position in range(first, len(self._filters)):
            events = self._through(position, events)
        return events

    def _drain(self) -> list[Event]:
        out: list[Event] = []
        for position in range(len(self._filters)):
            held = self._through(position, (), last=True)
            out.extend(self._filtered(held, position + 1))
        if out and self._delivered is self._given:
            self._delivered = copy.deepcopy(self._given)
        for event in out:
            self._assemble(self._delivered, event)
        return out

    def _through(
        self, position: int, events: Sequence[Event], *, last: bool = False
    ) -> Sequence[Event]:
        """Run events through one filter; one that fails becomes identity from there on."""
        name, push = self._filters[position]
        out: list[Event] = []
        taken = 0
        try:
            if len(events) == 1 and not last:  # as nearly always
                return tuple(push.feed(events[0]))
            for event in events:
                out += tuple(push.feed(event))  # of an event all leaves, or nothing
                taken += 1
            if last:
                out += tuple(push.close())
        except TransportFault:  # is no failure: nothing is torn, and the client meets it
            raise
        except Exception as error:
            out.extend(self._replace(position, name, push, error))
            out.extend(events[taken:])
        return out

    def _replace(self, position: int, name: str, push: Filter, error: Exception) -> Iterable[Event]:
        self._lose(name, "filter", error)
        self._filters[position] = (name, _Identity())
        return _released(name, push, error)

    def _unframed(self, framer: Framer, data: bytes, error: ValueError) -> bytes:
        """Stop following a stream whose framing is broken; all of it passes from now on."""
        self._framer, self._collect = None, False
        self._lose("framing", "read", error)
        if not self._filters:
            return data
        filters, self._filters = self._filters, []
        held = [joined(_released(name, push, error)) for name, push in reversed(filters)]
        return b"".join(held) + joined(framer.close())

    def _lose(self, name: str, place: str, error: Exception) -> None:
        self._torn = True
        self._ledger.failed(name, place, error)


def _released(name: str, push: Filter, error: Exception) -> Iterable[Event]:
    """Take what a filter held, as it had come.

    Raises:
        StreamTornError: it has changed structure.
    """
    try:
        held = push.release()
    except Exception:
        held = None
    if held is None:
        raise StreamTornError(name, error) from error
    return held


class _Identity:
    """What stands in for a filter that failed."""

    __slots__ = ()

    def feed(self, event: Event, /) -> Iterable[Event]:
        return (event,)

    def close(self) -> Iterable[Event]:
        return ()

    def release(self) -> Iterable[Event] | None:
        return ()


def _nothing(ending: Ending, reply: Json) -> None:
    """Stand in for an observer that has been called."""
