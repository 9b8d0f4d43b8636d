"""Streams that are cut, or whose events come twice, in another order, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from sealegs.flow import Disturbance, Event
from sealegs.framing import framer
from sealegs.perturbation.edits import CutStream, EditedStream, RaisedKind
from sealegs.perturbation.exchanges.meeting import Met
from sealegs.perturbation.faults import StreamOver, TransportFault
from sealegs.perturbation.saying import FaultLens
from sealegs.wire import Framing

__all__ = ["Cut", "Disorder", "MissingDone", "TornEvent", "disordered"]

_RAISED: dict[str, RaisedKind] = {
    "close": "protocol",
    "reset": "reset",
    "hang": "read_timeout",
}


class Cut:
    """Ends a stream after some of its events, or of the events of a call's arguments.

    Where a call has fewer, the stream ends before the event that would come behind them.
    """

    __slots__ = ("_fault", "_left", "_lens", "_met", "_seen", "_within")

    def __init__(self, met: Met, fault: CutStream, lens: FaultLens | None) -> None:
        self._met, self._fault, self._lens = met, fault, lens
        self._left, self._seen, self._within = fault.after, 0, False

    def feed(self, event: Event, /) -> Iterable[Event]:
        """Give an event that comes before the cut."""
        if self._ends_before(event):
            yield from self._cut()
        self._seen += 1
        yield event

    def close(self) -> Iterable[Event]:
        """Give nothing: nothing is held."""
        return ()

    def ended(self) -> None:
        """Say that the cut came too late."""
        if self._fault.within_call and not self._within:
            self._met.undelivered("the stream called no tool")
        self._met.undelivered(f"the stream ended before, after {self._seen} events")

    def _ends_before(self, event: Event) -> bool:
        if not self._fault.within_call:
            return self._seen >= self._left
        carries = self._lens is not None and self._lens.carries_arguments(event)
        if not self._within and not carries:
            return False
        self._within = True
        if not carries or self._left == 0:
            return True
        self._left -= 1
        return False

    def _cut(self) -> Iterable[Event]:
        how, fault = self._fault.how, self._fault
        told = partial(self._met.delivered, f"the stream ended after {self._seen} events: {how}")
        if how == "error" and self._lens is not None:
            told()  # the client may stop at the error, and never ask for more
            yield self._lens.stream_error(fault.kind, "")
        raised = _RAISED.get(how)
        if raised is None:
            raise StreamOver(told)
        raise TransportFault(raised, fault.seconds, told)


class Disorder:
    """Gives the event at a place twice, or behind the one that follows it."""

    __slots__ = ("_at", "_held", "_lens", "_met", "_twice")

    def __init__(self, met: Met, fault: EditedStream, lens: FaultLens) -> None:
        self._met, self._lens, self._at = met, lens, fault.at
        self._twice, self._held = fault.what == "duplicate", list[Event]()

    def feed(self, event: Event, /) -> Iterable[Event]:
        """Give an event, and with it what waits for it."""
        if self._held:
            held, self._held = self._held, []
            if held[0].raw != event.raw:  # two that are alike have no order
                self._met.delivered("two events came in another order")
            return (event, *held)
        if self._at < 0 or not self._lens.carries(event):
            return (event,)
        self._at -= 1
        if self._at >= 0:
            return (event,)
        if self._twice:
            self._met.delivered("an event came twice")
            return (event, event)
        self._held = [event]
        return ()

    def close(self) -> Iterable[Event]:
        """Give an event behind which none has come."""
        held, self._held = self._held, []
        return held

    def ended(self) -> None:
        """Say that the place was not reached."""
        behind = "no other event came behind it"
        self._met.undelivered(behind if self._at < 0 else "too few events carried content")


class MissingDone:
    """Leaves out the mark of a stream's end."""

    __slots__ = ("_lens", "_met")

    def __init__(self, met: Met, lens: FaultLens) -> None:
        self._met, self._lens = met, lens

    def feed(self, event: Event, /) -> Iterable[Event]:
        """Give all other events."""
        if not self._lens.done(event):
            return (event,)
        self._met.delivered("the mark of the stream's end was left out")
        return ()

    def close(self) -> Iterable[Event]:
        """Give nothing: nothing is held."""
        return ()

    def ended(self) -> None:
        """Say that no mark came."""
        self._met.undelivered("the stream had no mark of its end")


class TornEvent:
    """Breaks the first event that carries content: its data alone, or the stream ends within it."""

    __slots__ = ("_ends", "_kept", "_lens", "_met", "_write")

    def __init__(
        self, met: Met, lens: FaultLens, framing: Framing, *, kept: float, ends: bool
    ) -> None:
        self._met, self._lens, self._kept, self._ends = met, lens, kept, ends
        self._write = framer(framing).write

    def feed(self, event: Event, /) -> Iterable[Event]:
        """Break an event; others pass."""
        if self._kept < 0 or not self._lens.carries(event):
            yield event
            return
        share, self._kept = self._kept, -1.0
        self._met.delivered(f"an event of {len(event.raw)} bytes was broken")
        if self._ends:
            yield Event(event.raw[: max(1, int(len(event.raw) * share))], event.name, b"")
            raise StreamOver
        text = event.text[: max(1, int(len(event.text) * share))]
        yield Event(self._write(event, text), event.name, text)

    def close(self) -> Iterable[Event]:
        """Give nothing: nothing is held."""
        return ()

    def ended(self) -> None:
        """Say that there was nothing to break."""
        self._met.undelivered("no event carried content")


def disordered(met: Met, lens: FaultLens | None) -> Sequence[Disturbance]:
    """Give the disturbance that a fault of the stream itself stands for; none for other faults."""
    fault = met.fault
    if isinstance(fault, CutStream):
        return (Cut(met, fault, lens),)
    if not isinstance(fault, EditedStream) or lens is None:
        return ()
    return (MissingDone(met, lens) if fault.what == "no_done" else Disorder(met, fault, lens),)
