"""A stream that is disturbed at its source: nobody behind sees anything else than what came."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import WIRES
from jsontexts import patient
from loopback import chat_events
from sealegs.errors import PerturbationError
from sealegs.exchange import Ledger
from sealegs.flow import Ending, Event, Flow, Reply, Whole
from sealegs.perturbation.faults import StreamOver, TransportFault
from sealegs.streams import Stream

R = TypeVar("R")
PIECES = chat_events("one two three four", call="weather")
WIRE = WIRES["openai-chat"]


class Ends:
    """Ends a stream after some events."""

    def __init__(self, after: int, how: Exception | None = None) -> None:
        self.left, self.how = after, how or StreamOver()
        self.log: list[str] = []

    def feed(self, event: Event) -> Iterator[Event]:
        if not self.left:
            raise self.how
        self.left -= 1
        yield event

    def close(self) -> Iterable[Event]:
        self.log.append("closed")
        return ()

    def ended(self) -> None:
        self.log.append("ended")


class Holds(Ends):
    """Holds each event until the next one comes."""

    def __init__(self) -> None:
        super().__init__(10**9)
        self.held: list[Event] = []

    def feed(self, event: Event) -> Iterator[Event]:
        held, self.held = self.held, [event]
        yield from held

    def close(self) -> Iterable[Event]:
        held, self.held = self.held, []
        return held


class Doubles:
    """A filter, as layers have them."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    def feed(self, event: Event) -> Iterable[Event]:
        self.seen.append(event.raw)
        return (event, event)

    def close(self) -> Iterable[Event]:
        return ()

    def release(self) -> Iterable[Event] | None:
        return ()


class Watched:
    """A stream and all that it told."""

    def __init__(self, *disturbances: Any, filters: Sequence[Any] = ()) -> None:
        self.ledger, self.endings, self.wholes = Ledger(), list[Ending](), list[Whole]()
        reply = Reply(200, {}, None)
        reply.disturbances += disturbances
        reply.filters += [("a layer", one) for one in filters]
        reply.finishers.append(("a layer", self._finish))
        self.stream = Stream(WIRE, reply, self.ledger, self._end)

    def _finish(self, whole: Whole) -> Flow[None]:
        self.wholes.append(whole)
        yield from ()

    def _end(self, ending: Ending, given: Any) -> None:
        self.endings.append(ending)

    def take(self, pieces: Sequence[bytes]) -> bytes:
        """Feed as a tap does: no more once the stream is over."""
        out = b""
        for piece in pieces:
            out += _run(self.stream.feed(piece))
            if self.stream.over:
                break
        self.stream.meet()
        out += _run(self.stream.close())
        return out


def _run(flow: Flow[R]) -> R:
    try:
        while True:
            next(flow)
    except StopIteration as done:
        result: R = done.value
        return result


@patient
@given(st.lists(st.integers(1, sum(map(len, PIECES)) - 1)), st.integers(0, len(PIECES) - 1))
def test_however_a_stream_is_cut_into_pieces_the_same_events_come_before_its_end(
    places: list[int], after: int
) -> None:
    whole = b"".join(PIECES)
    edges = [0, *sorted(set(places)), len(whole)]
    chunks = [whole[a:b] for a, b in itertools.pairwise(edges)]
    assert Watched(Ends(after)).take(chunks) == b"".join(PIECES[:after])


@pytest.mark.parametrize("after", range(len(PIECES) + 1))
def test_records_and_filters_see_what_came_and_no_more(after: int) -> None:
    doubles = Doubles()
    watched = Watched(Ends(after), filters=[doubles])
    out = watched.take(PIECES)
    assert doubles.seen == PIECES[:after]
    assert out == b"".join(piece * 2 for piece in PIECES[:after])
    (whole,) = watched.wholes
    plain = Watched()
    plain.take(PIECES[:after])
    assert (whole.ending, whole.given) == (plain.wholes[0].ending, plain.wholes[0].given)
    assert watched.endings == plain.endings
    assert watched.ledger.failures == []


def test_a_fault_is_met_behind_the_events_before_it_and_told_then() -> None:
    told: list[str] = []
    fault = TransportFault("reset", told=lambda: told.append("met"))
    watched = Watched(Ends(2, fault))
    out = _run(watched.stream.feed(b"".join(PIECES)))
    assert out == b"".join(PIECES[:2])
    assert (watched.stream.over, told) == (True, [])
    with pytest.raises(TransportFault) as met:
        watched.stream.meet()
    assert (met.value, told) == (fault, ["met"])
    assert _run(watched.stream.feed(b"".join(PIECES))) == b""


def test_what_one_holds_still_comes_where_another_lets_the_stream_end_well() -> None:
    assert Watched(Ends(2), Holds()).take(PIECES) == b"".join(PIECES[:2])
    assert Watched(Holds(), Ends(2)).take(PIECES) == b"".join(PIECES[:2])


def test_what_one_holds_is_lost_with_the_connection() -> None:
    watched = Watched(Ends(2, TransportFault("reset")), Holds())
    assert _run(watched.stream.feed(b"".join(PIECES))) == PIECES[0]


def test_a_stream_that_ends_by_itself_gives_what_is_held() -> None:
    assert Watched(Holds(), Holds()).take(PIECES) == b"".join(PIECES)


@pytest.mark.parametrize("how", ["closes", "is dropped"])
def test_a_disturbance_is_told_of_the_end_however_it_comes(how: str) -> None:
    ends = Ends(99)
    watched = Watched(ends)
    if how == "closes":
        watched.take(PIECES)
        assert ends.log == ["closed", "ended"]
    else:
        _run(watched.stream.feed(PIECES[0]))
        _run(watched.stream.abandon(Ending.CLOSED))
        assert ends.log == ["ended"]


def test_a_disturbance_that_fails_does_not_fail_open() -> None:
    watched = Watched(Ends(1, PerturbationError("a trial that cannot be disturbed is none")))
    with pytest.raises(PerturbationError):
        watched.take(PIECES)


def test_a_transport_fault_of_a_filter_passes_and_tears_nothing() -> None:
    class Raises(Doubles):
        def feed(self, event: Event) -> Iterable[Event]:
            raise TransportFault("reset")

    watched = Watched(filters=[Raises()])
    with pytest.raises(TransportFault):
        _run(watched.stream.feed(PIECES[0]))
    assert watched.ledger.failures == []


def test_without_disturbances_a_stream_has_no_further_part() -> None:
    stream = Watched().stream
    assert not stream.over
    stream.meet()
    assert type(stream._framer).__name__ == "_Sse"
