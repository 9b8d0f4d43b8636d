"""Faults on recorded streams: a receipt says delivered where, and only where, another one comes."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from faulty import told, transport, trial_of
from flows import Port, drive
from recorded import WIRES, Recorded, assembled, events, exchanges, streams
from sealegs.exchange import Ledger
from sealegs.flow import Call, Reply
from sealegs.machine import through
from sealegs.perturbation.edits import (
    BrokenBody,
    BrokenCalls,
    CutStream,
    EditedStream,
    Fault,
)
from sealegs.perturbation.faults import TransportFault
from sealegs.stores.memory import MemoryStore
from sealegs.streams import Stream

LAYER, STORE = transport(), MemoryStore()
EACH = pytest.mark.parametrize("name", sorted(WIRES))

FAULTS: list[Fault] = [
    CutStream(2, "reset"),
    CutStream(0, "close"),
    CutStream(1, "end", within_call=True),
    CutStream(3, "error"),
    EditedStream("duplicate", 1),
    EditedStream("reorder", 1),
    EditedStream("no_done"),
    BrokenCalls(name="no_such_tool"),
    BrokenCalls(id="call_9"),
    BrokenCalls(kept=0.4),
    BrokenCalls(arguments="{'no': json}"),
    BrokenCalls(arguments='{"another":1}'),
    BrokenCalls(same_id=True),
    BrokenCalls(stripped=True, finish="stop"),
    BrokenCalls(finish="length"),
    BrokenCalls(model="another-model"),
    BrokenCalls(usage=10.0),
    BrokenBody("invalid_json"),
    BrokenBody("truncated"),
]


@dataclass
class Got:
    """What a client got of a disturbed stream."""

    out: bytes
    kind: str
    over: bool
    delivered: bool
    said: Any


@functools.cache
def of_wire(name: str) -> list[Recorded]:
    """Some of a format's recorded streams, evenly chosen, and those with calls before others."""
    found = [one for one in streams() if one.wire.name == name and one.request is not None]
    found = [one for one in found if len(one.stream) < 40_000]
    calls = [one for one in found if any(said.calls for said in outline(one, one.stream))]
    others = [one for one in found if one not in calls]
    return [*calls[:: 1 + len(calls) // 4], *others[:: 1 + len(others) // 2]]


def reply(one: Recorded, raw: bytes) -> Any:
    return assembled(one.wire, events(one.wire, [raw])).reply()


def outline(one: Recorded, raw: bytes) -> list[Any]:
    return [one.wire.outline(message) for message in one.wire.messages(reply(one, raw))]


def met(one: Recorded, fault: Fault, pieces: Sequence[bytes]) -> Got:
    """Drive a recorded stream through the layer, as a tap does it."""
    document = one.wire.read(one.body, one.head)
    call = Call(one.head, one.wire, document, document, None, Ledger())
    with trial_of(fault) as trial:
        answer: Reply = drive(through([LAYER], call), Port([Reply(200, {}, None)]), "sync", STORE)
        given: list[Any] = []
        stream = Stream(one.wire, answer, call.ledger, lambda ending, whole: given.append(whole))
        out, kind = b"", ""
        for piece in pieces:
            left = stream.push(piece)
            out += drive(stream.settle(), Port(), "sync", STORE) if left is None else left
            if stream.over:
                break
        over = stream.over
        try:
            stream.meet()
        except TransportFault as fault_:
            kind = fault_.kind
        if not kind:
            out += drive(stream.close(), Port(), "sync", STORE)
    (delivered, _), *more = told(trial)
    assert more == []
    assert call.ledger.perturbation is not None
    assert [one.applied for one in call.ledger.perturbation.injected] == [delivered]
    return Got(out, kind, over, delivered, given)


@EACH
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_receipt_says_delivered_where_and_only_where_the_client_gets_another_stream(
    fault: Fault, name: str
) -> None:
    for one in of_wire(name):
        raws = [event.raw for event in events(one.wire, [one.stream])]
        found = met(one, fault, raws)
        if isinstance(fault, BrokenCalls):  # may be spelled or cut otherwise where nothing is said
            other = reply(one, found.out) != reply(one, one.stream)
        else:
            other = found.out != one.stream or found.over
        assert found.delivered == other, one.name
        at_once = met(one, fault, [one.stream])
        assert (at_once.out, at_once.kind) == (found.out, found.kind), one.name


@EACH
def test_a_cut_leaves_the_very_bytes_before_it(name: str) -> None:
    for one in of_wire(name)[:2]:
        raws = [event.raw for event in events(one.wire, [one.stream])]
        for after in range(min(len(raws), 30)):
            found = met(one, CutStream(after, "reset"), [one.stream])
            assert (found.out, found.kind) == (b"".join(raws[:after]), "reset"), one.name


@EACH
def test_what_comes_is_framed_and_means_what_was_to_come(name: str) -> None:
    """Only the call is another one; the rest of the turn means what it meant."""
    for one in of_wire(name):
        found = met(one, BrokenCalls(name="no_such_tool"), [one.stream])
        before, after = (outline(one, raw) for raw in (one.stream, found.out))
        if not found.delivered:
            assert after == before, one.name
            continue
        assert [call.name for call in after[0].calls][:1] == ["no_such_tool"], one.name
        assert after[0].calls[1:] == before[0].calls[1:], one.name
        assert [call.arguments for call in after[0].calls] == [
            call.arguments for call in before[0].calls
        ], one.name
        assert after[0].text == before[0].text, one.name


@functools.cache
def whole_replies(name: str) -> list[Recorded]:
    """Some of a format's replies that came whole, those with calls before others."""
    found = [one for one in exchanges() if one.wire.name == name and one.encoding == "json"]
    found = [one for one in found if one.status == 200 and isinstance(one.request, dict)]
    calls = [one for one in found if any(said.calls for said in _said(one))]
    others = [one for one in found if one not in calls]
    return [*calls[:: 1 + len(calls) // 6], *others[:: 1 + len(others) // 3]]


def _said(one: Recorded) -> list[Any]:
    return [one.wire.outline(message) for message in one.wire.messages(one.response)]


@EACH
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_receipt_says_delivered_where_and_only_where_the_client_gets_another_reply(
    fault: Fault, name: str
) -> None:
    for one in whole_replies(name):
        body = json.dumps(one.response).encode()
        document = one.wire.read(one.body, one.head)
        call = Call(one.head, one.wire, document, document, None, Ledger())
        with trial_of(fault) as trial:
            port = Port([Reply(200, {}, body)])
            answer: Reply = drive(through([LAYER], call), port, "sync", STORE)
        ((delivered, reason),) = told(trial)
        assert answer.status == 200
        assert answer.given is None  # to all layers it is what the provider gave
        assert delivered == (answer.body != body), (one.name, reason)
        if isinstance(fault, BrokenCalls):
            json.loads(answer.body or b"")
        elif isinstance(fault, BrokenBody):
            with pytest.raises(json.JSONDecodeError):
                json.loads(answer.body or b"")
        else:
            assert reason == "the reply was not streamed: let the agent ask for streams"


def test_every_format_has_recorded_replies_that_call_tools() -> None:
    for name in sorted(WIRES):
        found = [*of_wire(name), *whole_replies(name)]
        assert found, name


@pytest.mark.parametrize("finish", ["stop", "length", "tool_calls"])
def test_an_event_is_named_as_its_data_say_it_is_whatever_reason_they_give(finish: Any) -> None:
    renamed = 0
    for one in (*of_wire("openai-responses"), *of_wire("anthropic-messages")):
        before = events(one.wire, [one.stream])
        out = met(one, BrokenCalls(finish=finish), [one.stream]).out
        after = events(one.wire, [out])
        for was, now in zip(before, after, strict=True):
            told = was.name and isinstance(was.data, dict) and was.data.get("type")
            assert not told or was.name != told or now.name == now.data["type"], one.name
            renamed += was.name != now.name
    assert renamed if finish == "length" else True
