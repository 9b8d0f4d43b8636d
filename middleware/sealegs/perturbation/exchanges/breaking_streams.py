"""Streams whose calls come broken, or that say something else of themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sealegs.calls.saying import Mended, SaidCall, ToolLens
from sealegs.flow import Disturbance, Event
from sealegs.framing import framer
from sealegs.jsons import Json, dump, is_object, parse
from sealegs.perturbation.drawing import digest
from sealegs.perturbation.edits import BrokenCalls
from sealegs.perturbation.exchanges.breaking import Breaker, Edit, edits_of
from sealegs.perturbation.exchanges.lensing import Lenses, breaks_calls
from sealegs.perturbation.exchanges.meeting import Met
from sealegs.wire import Framing

__all__ = ["broken_stream"]


def broken_stream(met: Met, fault: BrokenCalls, lenses: Lenses) -> Sequence[Disturbance]:
    """Give what does to a stream what `broken_reply` does to a whole reply."""
    found: list[Disturbance] = []
    if breaks_calls(fault) and lenses.tools is not None:
        found.append(_BrokenCalls(met, fault, lenses.tools, lenses.framing))
    edits = edits_of(fault, lenses.faults)
    if edits:
        found.append(_EditedEvents(met, edits, lenses.framing))
    return found


class _StandIns:
    """Breaks calls as `Breaker` does; an object stands in for arguments that are none.

    A filter of calls takes nothing but objects where the format's whole replies hold arguments
    parsed, though its streams hold them as text. So the object goes through it, and what it stands
    for is put in its place behind.
    """

    __slots__ = ("_breaker", "_met", "stands")

    reads_text = False

    def __init__(self, met: Met, fault: BrokenCalls) -> None:
        self._met, self._breaker = met, Breaker(fault)
        # (as an object, as a text) to what each becomes, and whether that is what was to become
        self.stands: list[tuple[bytes, bytes, bool]] = []

    @property
    def broken(self) -> bool:
        """Whether a call has become another one, apart from what stands in."""
        return self._breaker.broken

    def text(self, choice: int, piece: str, /) -> Mended:
        return self._breaker.text(choice, piece)

    def text_end(self, choice: int, /) -> Mended:
        return self._breaker.text_end(choice)

    def holds(self, choice: int, name: str, /) -> bool:
        return self._breaker.holds(choice, name)

    def call(self, choice: int, call: SaidCall, /, *, whole: bool = True) -> SaidCall:
        was = self._breaker.broken
        new = self._breaker.call(choice, call, whole=whole)
        if new.arguments == call.arguments or _is_object(new.arguments):
            return new
        self._breaker.broken = was or (new.name, new.id) != (call.name, call.id)
        mark = digest(f"{self._met.injection.id}/{len(self.stands)}")
        text = dump({"stands_for": mark}).decode()
        old = call.arguments if _is_object(call.arguments) else "{}"
        self.stands.append((dump(text), dump(new.arguments), True))
        self.stands.append((text.encode(), old.encode("utf-8", "surrogatepass"), False))
        return SaidCall(new.name, text, new.id)


def _is_object(text: str) -> bool:
    try:
        return is_object(parse(text))
    except (ValueError, RecursionError):
        return False


class _BrokenCalls:
    """A filter of calls in the provider's place. It holds back what must be whole."""

    __slots__ = ("_filter", "_mender", "_met", "_write")

    def __init__(self, met: Met, fault: BrokenCalls, lens: ToolLens, framing: Framing) -> None:
        self._met, self._mender = met, _StandIns(met, fault)
        self._filter, self._write = lens.filter(self._mender), framer(framing).write

    def feed(self, event: Event, /) -> Iterable[Event]:
        return self._left(self._filter.feed(event))

    def close(self) -> Iterable[Event]:
        return self._left(self._filter.close())

    def ended(self) -> None:
        self._met.undelivered("the stream had no such call, or none that would change")

    def _left(self, given: Iterable[Event]) -> Iterable[Event]:
        out = tuple(given)
        if self._mender.stands:
            out = tuple(map(self._unveiled, out))
        if self._mender.broken and out:
            self._met.delivered("a call in the stream was edited")
        return out

    def _unveiled(self, event: Event) -> Event:
        """Put what something stands for in its place."""
        text = event.text
        for stand, meant, told in self._mender.stands:
            if stand in text:
                text = text.replace(stand, meant)
                if told:
                    self._met.delivered("a call in the stream was edited")
        if text is event.text:
            return event
        return Event(self._write(event, text), event.name, text)


class _EditedEvents:
    """Edits what a stream says of itself, event by event."""

    __slots__ = ("_edits", "_met", "_write")

    def __init__(self, met: Met, edits: Sequence[Edit], framing: Framing) -> None:
        self._met, self._edits = met, edits
        self._write: Callable[[Event, bytes], bytes] = framer(framing).write

    def feed(self, event: Event, /) -> Iterable[Event]:
        said = event.data
        if not is_object(said):
            return (event,)
        new: Json = said
        for edit in self._edits:
            new = edit(new)
            if new is None:
                self._met.delivered("an event of the stream was left out")
                return ()
        if new is said or new == said:
            return (event,)
        self._met.delivered("an event of the stream was edited")
        text, name = dump(new), _name(event.name, said, new)
        like = Event(event.raw, name, text)
        return (Event(self._write(like, text), name, text, new),)

    def close(self) -> Iterable[Event]:
        return ()

    def ended(self) -> None:
        self._met.undelivered("no event of the stream had what would change")


def _name(name: str, said: dict[str, Json], new: Json) -> str:
    """Give an edited event's name: one that the data says as well changes with what it says.

    >>> _name("a.completed", {"type": "a.completed"}, {"type": "a.incomplete"})
    'a.incomplete'
    """
    key = next((key for key, value in said.items() if name and value == name), None)
    told: Json = new.get(key, name) if key is not None and is_object(new) else name
    return told if isinstance(told, str) else name
