from __future__ import annotations

import copy
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import WIRES
from jsontexts import patient
from loopback import anthropic_events, chat_events, gemini_events, responses_events, sse
from sealegs.errors import StreamTornError
from sealegs.exchange import Failure, Ledger
from sealegs.flow import Ending, Event, Filter, Flow, Reply, Whole
from sealegs.framing import framer
from sealegs.jsons import Json
from sealegs.streams import Stream

STREAMS: dict[str, Sequence[bytes]] = {
    "openai-chat": chat_events("Å fjord — 水", reasoning="first think of it", call="weather"),
    "openai-responses": responses_events("Å fjord — 水", sealed="gAAA", call="weather"),
    "anthropic-messages": anthropic_events(
        "Å fjord — 水", thinking="think of it", signature="c2ln", call="weather"
    ),
    "gemini": gemini_events("Å fjord — 水", signature="c2ln", call="weather"),
}
formats = pytest.mark.parametrize("name", STREAMS)


@dataclass
class Watched:
    """A stream under test: what leaves it, what is captured, how it ends, in order."""

    name: str = "openai-chat"
    filters: Sequence[Filter] = ()
    out: bytes = b""
    log: list[str] = field(default_factory=list)
    captured: list[Whole] = field(default_factory=list)
    ended: list[tuple[Ending, Json]] = field(default_factory=list)
    ledger: Ledger = field(default_factory=Ledger)

    def __post_init__(self) -> None:
        reply = Reply(200, {}, None)
        reply.filters += [(f"filter{n}", one) for n, one in enumerate(self.filters)]
        reply.finishers.append(("capture", self._capture))
        self.stream = Stream(WIRES[self.name], reply, self.ledger, self._end)

    def _capture(self, whole: Whole) -> Flow[None]:
        yield from ()
        self.log.append("captured")
        self.captured.append(copy.deepcopy(whole))  # as it is now

    def _end(self, ending: Ending, given: Json) -> None:
        self.log.append("ended")
        self.ended.append((ending, given))

    def feed(self, *chunks: bytes) -> Watched:
        for chunk in chunks:
            self.out += (left := drained(self.stream.feed(chunk)))
            self.log.append(f"left {len(left)}")
        return self

    def close(self) -> Watched:
        self.out += drained(self.stream.close())
        return self

    def abandon(self, ending: Ending = Ending.CLOSED) -> Watched:
        drained(self.stream.abandon(ending))
        return self


def drained(flow: Flow[Any]) -> Any:
    try:
        while True:
            next(flow)
    except StopIteration as done:
        return done.value


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    at = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[a:b] for a, b in itertools.pairwise(at)]


def word(value: Json) -> Event:
    return Event(sse(value), "", b"", value)


def said(text: str) -> Json:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}


class Shouts:
    """Edits each event: its text in capitals."""

    def feed(self, event: Event, /) -> Iterable[Event]:
        data = event.data
        if not isinstance(data, dict):
            return (event,)
        choices = data["choices"]
        text = choices[0]["delta"].get("content") if choices else None
        if not text:
            return (event,)
        choice = {**choices[0], "delta": {**choices[0]["delta"], "content": text.upper()}}
        new = {**data, "choices": [choice]}
        return (word(new),)

    def close(self) -> Iterable[Event]:
        return ()

    def release(self) -> Iterable[Event] | None:
        return ()


@dataclass
class Holds(Shouts):
    """Holds a number of events, and fails at a place; says whether it had changed structure."""

    most: int = 2
    fails_at: int = 10**9
    changed: bool = False
    seen: int = 0
    held: list[Event] = field(default_factory=list)

    def feed(self, event: Event, /) -> Iterable[Event]:
        self.seen += 1
        if self.seen > self.fails_at:
            raise ValueError("a filter's own")
        self.held.append(event)
        if len(self.held) > self.most or event.text == b"[DONE]":
            gone, self.held = self.held, []
            return gone
        return ()

    def close(self) -> Iterable[Event]:
        gone, self.held = self.held, []
        return gone

    def release(self) -> Iterable[Event] | None:
        return None if self.changed else self.held


# ------------------------------------------------------------------ chunks


@formats
@patient
@given(places=st.lists(st.integers(0, 10**6), max_size=30))
def test_any_chunking_gives_the_same_bytes_and_the_same_capture(
    name: str, places: list[int]
) -> None:
    data = b"".join(STREAMS[name])
    one = Watched(name).feed(data).close()
    many = Watched(name).feed(*cut(data, places)).close()
    assert (many.out, many.captured, many.ended) == (data, one.captured, one.ended)
    assert [whole.ending for whole in many.captured] == [Ending.COMPLETE]


@patient
@given(places=st.lists(st.integers(0, 10**6), max_size=30))
def test_any_chunking_gives_the_same_edited_bytes_and_the_same_capture(places: list[int]) -> None:
    data = b"".join(STREAMS["openai-chat"])
    one = Watched(filters=[Shouts(), Holds()]).feed(data).close()
    many = Watched(filters=[Shouts(), Holds()]).feed(*cut(data, places)).close()
    assert (many.out, many.captured, many.ended) == (one.out, one.captured, one.ended)
    assert "Å FJORD".encode() in b"".join(
        event.data["choices"][0]["delta"].get("content", "").encode()
        for event in framer("sse").feed(many.out)
        if isinstance(event.data, dict) and event.data["choices"]
    )


@formats
def test_without_filters_bytes_leave_in_the_step_in_which_they_came(name: str) -> None:
    watched = Watched(name)
    for byte in b"".join(STREAMS[name]):
        before = len(watched.out)
        watched.feed(bytes([byte]))
        assert watched.out[before:] == bytes([byte])
    watched.close()
    assert [whole.ending for whole in watched.captured] == [Ending.COMPLETE]


@formats
def test_with_filters_an_event_leaves_in_the_step_in_which_it_is_whole(name: str) -> None:
    class Looks(Shouts):
        def feed(self, event: Event, /) -> Iterable[Event]:
            return (event,)

    watched = Watched(name, [Looks()])
    for event in STREAMS[name]:
        before = len(watched.out)
        watched.feed(event[:-1])
        assert watched.out[before:] == b""
        watched.feed(event[-1:])
        assert watched.out[before:] == event
    assert watched.captured[0].given is watched.captured[0].delivered


@formats
def test_only_the_piece_with_the_terminal_event_takes_a_flow(name: str) -> None:
    watched = Watched(name)
    flows = 0
    for event in STREAMS[name]:
        left = watched.stream.push(event)
        if left is None:
            assert watched.captured == []
            left, flows = drained(watched.stream.settle()), flows + 1
            assert len(watched.captured) == 1
        watched.out += left
    assert (flows, watched.out) == (1, b"".join(STREAMS[name]))


def test_an_event_that_lacks_its_last_blank_line_still_leaves_and_counts() -> None:
    data = b"".join(STREAMS["gemini"])[:-2]
    for filters in ([], [Holds()]):
        watched = Watched("gemini", filters).feed(data).close()
        assert watched.out == data
        assert [whole.ending for whole in watched.captured] == [Ending.COMPLETE]


# ------------------------------------------------------------------ the end


TERMINAL = {"openai-chat": 3, "openai-responses": 1, "anthropic-messages": 2, "gemini": 1}
"""How many events from the end the turn is whole."""


@formats
def test_the_turn_is_captured_before_its_terminal_event_leaves(name: str) -> None:
    events = STREAMS[name]
    last = len(events) - TERMINAL[name]
    watched = Watched(name).feed(*events[:last])
    assert watched.captured == []
    watched.feed(events[last])
    assert watched.log[last] == "captured"
    assert watched.log[-1] == f"left {len(events[last])}"
    assert [whole.ending for whole in watched.captured] == [Ending.COMPLETE]


@pytest.mark.parametrize("filtered", [False, True])
@patient
@given(places=st.lists(st.integers(0, 10**6), max_size=12))
def test_what_comes_after_the_terminal_event_never_counts_however_the_stream_is_cut(
    filtered: bool, places: list[int]
) -> None:
    class Looks(Shouts):
        def feed(self, event: Event, /) -> Iterable[Event]:
            return (event,)

    usual = STREAMS["openai-chat"]
    late = [*usual[:-2], sse(said("too late")), *usual[-2:]]
    data = b"".join(late)
    watched = Watched(filters=[Looks()] if filtered else [])
    watched.feed(*cut(data, places)).close()
    plain = Watched().feed(*usual[:-2])
    assert (watched.out, watched.captured) == (data, plain.captured)


@formats
def test_an_exchange_ends_before_the_last_of_its_reply_leaves(name: str) -> None:
    watched = Watched(name).feed(*STREAMS[name][:-1])
    assert len(watched.ended) == (name == "openai-chat")  # its last event is no news: [DONE]
    watched.feed(STREAMS[name][-1])
    assert [ending for ending, _ in watched.ended] == [Ending.COMPLETE]
    assert watched.log[-1] == f"left {len(STREAMS[name][-1])}"


@formats
def test_a_client_that_stops_at_the_terminal_event_has_had_a_complete_reply(name: str) -> None:
    events = STREAMS[name]
    read = events[: len(events) - TERMINAL[name] + 1]
    watched = Watched(name).feed(*read).abandon().abandon()
    assert [whole.ending for whole in watched.captured] == [Ending.COMPLETE]
    assert [ending for ending, _ in watched.ended] == [Ending.COMPLETE]


@formats
@pytest.mark.parametrize("how", ["close", "abandon", "fail"])
def test_a_stream_cut_at_any_event_is_never_captured_as_complete(name: str, how: str) -> None:
    events = STREAMS[name]
    endings = {"close": Ending.FAILED, "abandon": Ending.CLOSED, "fail": Ending.FAILED}
    for count in range(len(events) - TERMINAL[name] + 1):
        watched = Watched(name).feed(*events[:count])
        match how:
            case "close":
                watched.close()
            case "abandon":
                watched.abandon()
            case _:
                watched.abandon(Ending.FAILED)
        assert watched.out == b"".join(events[:count])
        assert [whole.ending for whole in watched.captured] == [endings[how]]
        assert [ending for ending, _ in watched.ended] == [endings[how]]


@formats
def test_an_exchange_ends_once_and_a_turn_is_captured_once(name: str) -> None:
    watched = Watched(name).feed(*STREAMS[name]).close().abandon().abandon(Ending.FAILED)
    assert [one for one in watched.log if not one.startswith("left")] == ["captured", "ended"]


def test_the_usage_that_comes_after_the_finish_reason_is_part_of_the_exchange() -> None:
    watched = Watched().feed(*STREAMS["openai-chat"]).close()
    (ending, given_), usage = watched.ended[0], {"prompt_tokens": 7, "completion_tokens": 5}
    assert (ending, given_["usage"]) == (Ending.COMPLETE, {**usage, "total_tokens": 12})


ERRORS = {
    "openai-chat": sse({"error": {"message": "overloaded", "code": 503}}),
    "openai-responses": sse({"type": "error", "message": "overloaded"}, "error"),
    "anthropic-messages": sse(
        {"type": "error", "error": {"type": "overloaded_error", "message": "x"}}, "error"
    ),
    "gemini": sse({"error": {"code": 503, "message": "overloaded"}}),
}


@formats
def test_an_error_within_a_stream_makes_it_a_failed_one(name: str) -> None:
    events = [*STREAMS[name][: -TERMINAL[name]], ERRORS[name]]
    watched = Watched(name).feed(*events).close()
    assert watched.out == b"".join(events)
    assert [whole.ending for whole in watched.captured] == [Ending.FAILED]
    assert [ending for ending, _ in watched.ended] == [Ending.FAILED]


def test_a_capture_that_fails_is_written_down_and_the_others_run() -> None:
    watched, reply = Watched(), Reply(200, {}, None)

    def fails(whole: Whole) -> Flow[None]:
        yield from ()
        raise ValueError("a capture's own")

    reply.finishers += [("broken", fails), ("capture", watched._capture)]
    watched.stream = Stream(WIRES["openai-chat"], reply, watched.ledger, watched._end)
    watched.feed(*STREAMS["openai-chat"]).close()
    assert len(watched.captured) == 1
    assert watched.ledger.failures == [Failure("broken", "finish", "ValueError: a capture's own")]


# ------------------------------------------------------------------ filters


def test_what_was_given_and_what_was_delivered_differ_where_a_filter_edits() -> None:
    events = chat_events("a fjord", reasoning="think")
    whole = Watched(filters=[Shouts()]).feed(*events).close().captured[0]
    texts = [one["choices"][0]["message"]["content"] for one in (whole.given, whole.delivered)]
    assert texts == ["a fjord", "A FJORD"]
    thoughts = [
        one["choices"][0]["message"]["reasoning_content"] for one in (whole.given, whole.delivered)
    ]
    assert thoughts == ["think", "think"]


def test_a_filter_that_edits_changes_nothing_of_what_was_given() -> None:
    events = chat_events("a fjord", reasoning="think")
    edited = Watched(filters=[Shouts()]).feed(*events).close().captured[0]
    plain = Watched().feed(*events).close().captured[0]
    assert edited.given == plain.given


def test_the_filters_run_from_the_innermost_layers_outwards() -> None:
    class Marks(Shouts):
        def __init__(self, mark: str) -> None:
            self.mark = mark

        def feed(self, event: Event, /) -> Iterable[Event]:
            data = event.data
            if not isinstance(data, dict):
                return (event,)
            return (word({**data, "marks": [*data.get("marks", []), self.mark]}),)

    watched = Watched(filters=[Marks("inner"), Marks("outer")]).feed(sse(said("hello")))
    (event,) = framer("sse").feed(watched.out)
    assert event.data["marks"] == ["inner", "outer"]


def test_what_a_filter_holds_at_the_end_goes_through_the_filters_after_it() -> None:
    watched = Watched(filters=[Holds(most=99), Shouts()]).feed(sse(said("hello")))
    assert watched.out == b""
    watched.close()
    (event,) = framer("sse").feed(watched.out)
    assert event.data == said("HELLO")


@pytest.mark.parametrize("place", range(12))
def test_a_filter_that_fails_becomes_identity_and_what_it_held_leaves_as_it_came(
    place: int,
) -> None:
    events = chat_events("one two three", reasoning="think of it")
    broken = Holds(most=3, fails_at=place)
    watched = Watched(filters=[broken]).feed(*events).close()
    assert watched.out == b"".join(events)
    assert watched.captured == ([] if place < len(events) - 2 else watched.captured)
    failures = [Failure("filter0", "filter", "ValueError: a filter's own")]
    assert watched.ledger.failures == (failures if place < len(events) else [])


def test_nothing_is_captured_of_a_stream_in_which_a_filter_failed_though_it_ended_well() -> None:
    events = chat_events("one two three", reasoning="think of it")
    watched = Watched(filters=[Holds(fails_at=3)]).feed(*events).close()
    assert watched.captured == []
    ((ending, given_),) = watched.ended
    assert (ending, given_["usage"]["total_tokens"]) == (Ending.COMPLETE, 12)


def test_a_filter_that_fails_leaves_the_filters_after_it_at_work() -> None:
    events = chat_events("one two three")
    watched = Watched(filters=[Holds(fails_at=2), Shouts()]).feed(*events).close()
    plain = Watched(filters=[Shouts()]).feed(*events).close()
    assert watched.out == plain.out


def test_a_filter_that_fails_in_the_midst_of_an_event_gives_that_event_once() -> None:
    class Splits(Shouts):
        def feed(self, event: Event, /) -> Iterable[Event]:
            yield event
            raise ValueError("a filter's own")

    events = chat_events("one two three")
    assert Watched(filters=[Splits()]).feed(*events).close().out == b"".join(events)


def test_a_filter_that_fails_at_the_end_gives_what_it_held_once() -> None:
    class Late(Holds):
        def close(self) -> Iterable[Event]:
            raise ValueError("a filter's own")

    events = chat_events("one two three")[:-1]
    watched = Watched(filters=[Late(most=99)]).feed(*events).close()
    assert watched.out == b"".join(events)


def test_a_filter_that_fails_after_it_changed_structure_tears_the_stream() -> None:
    events = chat_events("one two three")
    watched = Watched(filters=[Holds(fails_at=3, changed=True)]).feed(*events[:3])
    with pytest.raises(StreamTornError, match="a filter of 'filter0' failed") as caught:
        watched.feed(events[3])
    assert isinstance(caught.value.__cause__, ValueError)
    watched.abandon(Ending.FAILED)
    assert watched.captured == []
    assert [ending for ending, _ in watched.ended] == [Ending.FAILED]


def test_a_filter_whose_release_fails_tears_the_stream() -> None:
    class Worse(Holds):
        def release(self) -> Iterable[Event] | None:
            raise KeyError("worse")

    with pytest.raises(StreamTornError):
        Watched(filters=[Worse(fails_at=1)]).feed(*chat_events("one two"))


# ------------------------------------------------------------------ limits and damage


def test_a_reply_that_is_too_long_is_passed_on_and_not_kept() -> None:
    piece = sse(said("x" * 1_000_000))
    events = [*([piece] * 34), *chat_events("the end")]
    watched = Watched().feed(*events).close()
    assert watched.out == b"".join(events)
    assert watched.captured == []
    assert [(one.layer, one.place) for one in watched.ledger.failures] == [("assembler", "read")]
    assert [ending for ending, _ in watched.ended] == [Ending.COMPLETE]


@pytest.mark.parametrize("filtered", [False, True])
def test_a_stream_that_no_framing_fits_is_passed_on_as_it_came(filtered: bool) -> None:
    damaged = b"\x00\x00\x00\x20\x00\x00\x00\x05\xff\xff\xff\xff" + bytes(64)
    frames = [_frame(b'{"type":"ping","n":%d}' % number) for number in range(6)]
    data = b"".join(frames[:5]) + damaged + frames[5]
    for size in (1, 7, 50, 10_000):
        filters: list[Filter] = [Holds(most=1), Holds(most=2)] if filtered else []
        watched = Watched("anthropic-bedrock", filters)
        watched.feed(*(data[at : at + size] for at in range(0, len(data), size))).close()
        assert watched.out == data
        assert watched.captured == []
        assert [one.layer for one in watched.ledger.failures] == ["framing"]


def test_a_stream_whose_framing_breaks_after_structure_was_changed_is_torn() -> None:
    watched = Watched("anthropic-bedrock", [Holds(changed=True)]).feed(_frame(b"{}"))
    with pytest.raises(StreamTornError):
        watched.feed(bytes(64))


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_an_event_that_never_ends_is_passed_on_and_not_held(ending: bytes) -> None:
    piece, first = b"data: " + b"x" * 8_000_000, sse(said("hello"))
    watched = Watched(filters=[Holds(most=0)]).feed(first)
    for _ in range(10):
        watched.feed(piece)
    watched.feed(ending * 2, first).close()
    assert watched.out == first + piece * 10 + ending * 2 + first
    assert [(one.layer, one.place) for one in watched.ledger.failures] == [("framing", "read")]


def test_a_reply_that_cannot_be_put_together_is_passed_on_and_not_kept() -> None:
    odd = [
        sse({"type": "response.output_item.added", "output_index": index, "item": {}})
        for index in (0, "one")
    ]
    events = [*odd, *STREAMS["openai-responses"]]
    watched = Watched("openai-responses").feed(*events).close()
    assert (watched.out, watched.captured) == (b"".join(events), [])
    assert {(one.layer, one.place) for one in watched.ledger.failures} == {("assembler", "read")}
    assert [ending for ending, _ in watched.ended] == [Ending.COMPLETE]


def _frame(payload: bytes) -> bytes:
    blank = Event(b"\x00\x00\x00\x10\x00\x00\x00\x00" + bytes(8), "", b"")
    return framer("aws-eventstream").write(blank, payload)
