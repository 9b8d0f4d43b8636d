"""A framer between which and all else a stream is disturbed, as though it had come so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sealegs.flow import Disturbance, Event
from sealegs.framing import Framer
from sealegs.perturbation.faults import StreamOver, TransportFault

__all__ = ["DisturbedFramer"]


class DisturbedFramer:
    """Frames a stream, and gives what its disturbances leave of it.

    Attributes:
        end: how a disturbance has ended it; nothing more comes then, whatever the provider sends.
    """

    __slots__ = ("_disturbances", "_framer", "end")

    def __init__(self, framer: Framer, disturbances: Sequence[Disturbance]) -> None:
        self._framer, self._disturbances = framer, disturbances
        self.end: StreamOver | TransportFault | None = None

    def feed(self, data: bytes, /) -> list[Event]:
        """Take bytes, and give the events that come of them."""
        return [] if self.end else self._through(self._framer.feed(data), last=False)

    def close(self) -> list[Event]:
        """Give what is left when the stream has ended."""
        return [] if self.end else self._through(self._framer.close(), last=True)

    def write(self, event: Event, data: bytes, /) -> bytes:
        """Frame new data as the event was framed."""
        return self._framer.write(event, data)

    def ended(self) -> None:
        """Tell the disturbances that nothing more will be read."""
        for disturbance in self._disturbances:
            disturbance.ended()

    def meet(self) -> None:
        """Take note that the client has come to where a disturbance has ended the stream.

        Raises:
            TransportFault: it has not ended well.
        """
        if self.end is not None and self.end.told is not None:
            self.end.told()
        if isinstance(self.end, TransportFault):
            raise self.end

    def _through(self, events: list[Event], *, last: bool) -> list[Event]:
        for disturbance in self._disturbances:
            out: list[Event] = []
            try:
                for event in events:
                    _take(disturbance.feed(event), out)
                # where one before it has let the stream end well, this one's end has come too
                if last or isinstance(self.end, StreamOver):
                    _take(disturbance.close(), out)
            except (StreamOver, TransportFault) as end:
                self.end = self.end or end
            events = out
        return events


def _take(given: Iterable[Event], out: list[Event]) -> None:
    """Take events one by one: those before a fault have come."""
    for event in given:
        out.append(event)  # noqa: PERF402 - extend may lose those given before a fault
