"""A stream on its way through: framed, assembled, edited, and finished at its terminal event."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence

from sealegs.errors import StreamTornError
from sealegs.exchange import Ledger
from sealegs.flow import Ending, Event, Filter, Finisher, Flow, Reply, Whole
from sealegs.framing import framer, joined
from sealegs.jsons import Json
from sealegs.wire import Assembler, Wire

__all__ = ["Stream", "finish"]

_COLLECTED = 32 * 1024 * 1024


def finish(
    finishers: Sequence[tuple[str, Finisher]], whole: Whole, ledger: Ledger
) -> Flow[None]:
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
        "_done",
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
        self._framer = framer(wire.framing)
        self._filters: list[tuple[str, Filter]] = list(reply.filters)
        self._finishers, self._ledger, self._ended = reply.finishers, ledger, ended
        self._given = wire.assembler()
        self._delivered: Assembler = self._given
        self._collect, self._done, self._torn, self._fed = True, False, False, 0

    def feed(self, data: bytes) -> Flow[bytes]:
        """Take bytes from the provider; return what leaves for the client now.

        What follows the stream runs here, before the terminal event's last byte leaves.
        """
        try:
            events = self._framer.feed(data)
        except ValueError as error:
            self._give_up("framing", error)
            return data
        passed = self._pass(events)
        if not self._done and self._collect and self._given.terminal:
            yield from self._finish(Ending.COMPLETE)
        return data if passed is None else passed

    def close(self) -> Flow[bytes]:
        """Take the stream's end; return what was still held."""
        held = self._framer.close()
        passed = self._pass(held) or b""
        passed += joined(self._drain())
        whole = self._given.terminal or (self._done and not self._torn)
        yield from self.abandon(Ending.COMPLETE if whole else Ending.FAILED)
        return passed

    def abandon(self, ending: Ending) -> Flow[None]:
        """Take note that nothing more will be read. May be called more than once."""
        if not self._done:
            yield from self._finish(ending)
        self._end(ending)

    def _end(self, ending: Ending) -> None:
        ended, self._ended = self._ended, _nothing
        if ending is Ending.CLOSED and self._given.terminal:
            ending = Ending.COMPLETE
        ended(Ending.FAILED if self._given.error is not None else ending, self._given.reply())

    def _finish(self, ending: Ending) -> Flow[None]:
        self._done = True
        if not self._collect:  # what came is not known whole: nothing of it is kept
            return
        if self._given.error is not None:
            ending = Ending.FAILED
        given = self._given.reply()
        same = self._delivered is self._given
        whole = Whole(ending, given, given if same else self._delivered.reply())
        yield from finish(self._finishers, whole, self._ledger)

    def _pass(self, events: Sequence[Event]) -> bytes | None:
        """Run events through; ``None`` where no filter is there, and the bytes go as they came."""
        if not self._filters:
            for event in events:
                self._assemble(self._given, event)
            self._end_if_final()
            return None
        out: list[Event] = []
        for event in events:
            passed = self._filtered((event,), 0)
            self._take(event, passed)
            out.extend(passed)
        self._end_if_final()
        return joined(out)

    def _take(self, event: Event, passed: Sequence[Event]) -> None:
        """Assemble both sides; they are one until a filter first changes something."""
        if self._delivered is self._given and not (len(passed) == 1 and passed[0] is event):
            self._delivered = copy.deepcopy(self._given)
        self._assemble(self._given, event)
        if self._delivered is not self._given:
            for one in passed:
                self._assemble(self._delivered, one)

    def _end_if_final(self) -> None:
        if self._done and self._given.final:
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
            self._give_up("assembler", error)

    def _filtered(self, events: Sequence[Event], first: int) -> Sequence[Event]:
        for position in range(first, len(self._filters)):
            events = self._through(position, events, last=False)
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

    def _through(self, position: int, events: Iterable[Event], *, last: bool) -> list[Event]:
        """Run events through one filter; one that fails becomes identity from the failing event on."""
        name, push = self._filters[position]
        out: list[Event] = []
        queue = list(events)
        try:
            while queue:
                out.extend(push.feed(queue[0]))
                queue.pop(0)
            if last:
                out.extend(push.close())
        except Exception as error:
            out.extend(self._replace(position, name, push, error))
            out.extend(queue)
        return out

    def _replace(
        self, position: int, name: str, push: Filter, error: Exception
    ) -> Iterable[Event]:
        self._give_up(name, error)
        try:
            held = push.release()
        except Exception:
            held = None
        if held is None:
            raise StreamTornError(name, error) from error
        self._filters[position] = (name, _Identity())
        return held

    def _give_up(self, name: str, error: Exception) -> None:
        self._collect, self._torn = False, True
        self._ledger.failed(name, "filter", error)


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
