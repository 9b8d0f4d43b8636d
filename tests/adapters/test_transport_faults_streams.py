"""Streams that are cut, disordered or broken, as the official clients meet them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import anthropic
import openai
import pytest

import calling
from calling import Says
from clients import Driven, anthropic_driven, openai_driven
from faulty import Faulty, told, trial_of
from loopback import Loopback, events, loopback
from recorded import Recorded, streams
from recorded import events as framed
from sealegs.perturbation.edits import (
    BrokenBody,
    BrokenCalls,
    BrokenResults,
    CutStream,
    EditedStream,
    Fault,
)
from sealegs_adapters import openai_client

HELLO = [{"role": "user", "content": "hello"}]
BOTH = pytest.mark.parametrize("colour", ["sync", "async"])
HOWS = ("end", "close", "reset", "hang", "error")
OSLO = Says("weather", '{"city": "Oslo"}', "call_1")
ROME = Says("weather", '{"city": "Rome"}', "call_2")
RAISED: dict[str, Any] = {
    "close": "RemoteProtocolError",
    "reset": "ReadError",
    "hang": "ReadTimeout",
}


def taken(driven: Driven, wire: str) -> tuple[list[Any], BaseException | None]:
    """Take all that comes of a stream, and what ends it where it does not end well."""
    if wire == "openai-chat":
        create, more = driven.client.chat.completions.create, {}
    else:
        create, more = driven.client.messages.create, {"max_tokens": 9}
    stream = driven.do(create, model="m", messages=HELLO, stream=True, **more)
    found: list[Any] = []

    async def main() -> None:
        async for one in stream:
            found.append(one.to_dict())  # noqa: PERF401 - what came before an error counts

    try:
        if driven.asynchronous:
            driven.do(main)
        else:
            for one in stream:
                found.append(one.to_dict())  # noqa: PERF401 - likewise
    except Exception as error:
        return found, error
    return found, None


def drive(wire: str) -> Callable[..., Driven]:
    return openai_driven if wire == "openai-chat" else anthropic_driven


def stream_of(wire: str, *calls: Says, **more: Any) -> list[bytes]:
    if wire == "openai-chat":
        return calling.chat_stream(*calls, **more)
    return calling.anthropic_stream(*calls, **more)


def serve(server: Loopback, pieces: Sequence[bytes]) -> None:
    server.script = lambda asked: events(pieces)


def said(error: BaseException | None) -> str:
    """The name of the HTTP package's own exception, however the client wraps it."""
    if error is None:
        return ""
    inner = error.__cause__ if isinstance(error, openai.APIConnectionError) else error
    return type(inner).__name__


WIRES = ("openai-chat", "anthropic-messages")
EACH = pytest.mark.parametrize("wire", WIRES)


@BOTH
@EACH
@pytest.mark.parametrize("how", HOWS)
def test_the_client_sees_exactly_the_events_before_the_cut(
    how: Any, wire: str, colour: str
) -> None:
    pieces = stream_of(wire, OSLO, text="Let me look.")
    with loopback() as server, drive(wire)(colour, server, Faulty()) as driven:
        serve(server, pieces)
        whole, _ = taken(driven, wire)
        for after in range(len(pieces)):
            with trial_of(CutStream(after, how)) as trial:
                found, error = taken(driven, wire)
            before = whole[: min(after, len(whole))]
            assert found == before
            if how == "error":
                assert isinstance(error, openai.APIError | anthropic.APIError)
            else:
                assert said(error) == RAISED.get(how, "")
            assert told(trial) == [(True, f"the stream ended after {after} events: {how}")]
        with trial_of(CutStream(len(pieces), how)) as late:
            assert taken(driven, wire) == (whole, None)
    assert told(late) == [(False, f"the stream ended before, after {len(pieces)} events")]
    assert len(server.asked) == len(pieces) + 2


def recordings() -> list[Recorded]:
    """Recorded streams with a call in them that are not too long, some of each format."""
    found: dict[str, list[Recorded]] = {wire: [] for wire in WIRES}
    for one in streams():
        known = found.get(one.wire.name, [])
        calls = one.encoding == "sse" and b"tool" in one.stream
        if calls and len(known) < 3 and 10 < len(framed(one.wire, [one.stream])) < 40:
            known.append(one)
    return [one for known in found.values() for one in known]


@BOTH
def test_recorded_streams_are_cut_at_every_event(colour: str) -> None:
    for one in recordings():
        wire = one.wire.name
        raws = [event.raw for event in framed(one.wire, [one.stream])]
        with loopback() as server, drive(wire)(colour, server, Faulty()) as driven:
            serve(server, [one.stream])  # all in one piece, so the cut is within what came at once
            whole, error = taken(driven, wire)
            assert error is None, one.name
            for after in range(0, len(raws), 1 if colour == "sync" else 3):
                with trial_of(CutStream(after, "reset")) as trial:
                    found, error = taken(driven, wire)
                serve(server, raws[:after])  # the same events, and the connection ends well
                assert found == taken(driven, wire)[0], one.name
                assert found == whole[: len(found)]
                assert said(error) == "ReadError"
                assert [delivered for delivered, _ in told(trial)] == [True]
                serve(server, [one.stream])


@BOTH
@EACH
def test_a_cut_within_a_call_leaves_the_beginning_of_its_arguments(wire: str, colour: str) -> None:
    pieces = stream_of(wire, OSLO, ROME, text="Let me look.", size=4)
    with loopback() as server, drive(wire)(colour, server, Faulty()) as driven:
        for after, left in [(0, ""), (1, '{"ci'), (3, '{"city": "Os'), (9, OSLO.arguments)]:
            serve(server, pieces)
            with trial_of(CutStream(after, "end", within_call=True)) as trial:
                found, error = taken(driven, wire)
            assert error is None
            assert arguments(found) == left
            assert finishes(found) == []
            assert [delivered for delivered, _ in told(trial)] == [True]
        serve(server, stream_of(wire, text="No call."))
        with trial_of(CutStream(0, "end", within_call=True)) as none:
            taken(driven, wire)
    assert told(none) == [(False, "the stream called no tool")]


def arguments(found: Sequence[Any]) -> str:
    """The arguments of a stream's calls, joined."""
    parts: list[str] = []
    for one in found:
        for choice in one.get("choices", ()):
            calls = choice["delta"].get("tool_calls") or ()
            parts += [call["function"].get("arguments") or "" for call in calls]
        parts.append(one.get("delta", {}).get("partial_json") or "")
    return "".join(parts)


def finishes(found: Sequence[Any]) -> list[str]:
    """The reasons for its end that a stream says."""
    reasons: list[Any] = []
    for one in found:
        reasons += [choice["finish_reason"] for choice in one.get("choices", ())]
        reasons.append(one.get("delta", {}).get("stop_reason"))
    return [reason for reason in reasons if reason]


@BOTH
def test_a_hang_takes_the_time_that_the_client_allows(colour: str) -> None:
    with loopback() as server, openai_driven(colour, server, Faulty(), timeout=0.2) as driven:
        serve(server, stream_of("openai-chat", text="Hello there."))
        began = time.monotonic()
        with trial_of(CutStream(2, "hang", seconds=60)) as trial:
            found, error = taken(driven, "openai-chat")
        took = time.monotonic() - began
    assert isinstance(error, openai.APITimeoutError)
    assert len(found) == 2
    assert 0.2 <= took < 1
    assert told(trial) == [(True, "the stream ended after 2 events: hang")]


@BOTH
def test_a_client_that_leaves_off_before_the_cut_has_not_met_it(colour: str) -> None:
    pieces = [b"".join(stream_of("openai-chat", text="Hello there, you."))]
    with loopback() as server, openai_driven(colour, server, Faulty()) as driven:
        serve(server, pieces)
        create = driven.client.chat.completions.create
        with trial_of(CutStream(3, "reset")) as trial:
            stream = driven.do(create, model="m", messages=HELLO, stream=True)
            if colour == "sync":
                next(iter(stream))
                stream.close()
            else:
                driven.do(stream.__anext__)
                driven.do(stream.close)
    assert told(trial) == [(False, "the stream ended before, after 3 events")]


def test_a_stream_that_is_cut_is_no_whole_exchange_to_anybody() -> None:
    bench = Faulty()
    pieces = stream_of("openai-chat", text="Hello.")
    with loopback() as server, openai_driven("sync", server, bench) as driven:
        serve(server, pieces)
        for how in ("end", "reset"):
            with trial_of(CutStream(2, how)):
                taken(driven, "openai-chat")
        taken(driven, "openai-chat")
    assert bench.endings == ["failed", "failed", "complete"]


@BOTH
@EACH
def test_events_come_twice_or_in_another_order(wire: str, colour: str) -> None:
    pieces = stream_of(wire, OSLO, text="one two three", size=4)
    with loopback() as server, drive(wire)(colour, server, Faulty()) as driven:
        serve(server, pieces)
        whole, _ = taken(driven, wire)
        first = next(n for n, one in enumerate(whole) if "one " in json.dumps(one))
        with trial_of(EditedStream("duplicate", 1)) as twice:
            found, error = taken(driven, wire)
        at = first + 1
        assert error is None
        assert found == [*whole[: at + 1], *whole[at:]]
        assert told(twice) == [(True, "an event came twice")]
        with trial_of(EditedStream("reorder", 1)) as changed:
            found, error = taken(driven, wire)
        assert error is None
        assert found == [*whole[:at], whole[at + 1], whole[at], *whole[at + 2 :]]
        assert told(changed) == [(True, "two events came in another order")]
        with trial_of(EditedStream("duplicate", 99), EditedStream("reorder", 99)) as none:
            assert taken(driven, wire) == (whole, None)
    assert told(none) == [(False, "too few events carried content")] * 2


@BOTH
@EACH
def test_the_mark_of_the_end_is_missing(wire: str, colour: str) -> None:
    bench = Faulty()
    pieces = stream_of(wire, text="Hello.")
    with loopback() as server, drive(wire)(colour, server, bench) as driven:
        serve(server, pieces)
        whole, _ = taken(driven, wire)
        with trial_of(EditedStream("no_done")) as trial:
            found, error = taken(driven, wire)
        serve(server, pieces[:-1])
        really, why = taken(driven, wire)
        assert (found, repr(error)) == (really, repr(why))
        with trial_of(EditedStream("no_done")) as none:
            taken(driven, wire)
    last = whole if wire == "openai-chat" else whole[:-1]
    assert found == last
    assert told(trial) == [(True, "the mark of the stream's end was left out")]
    assert told(none) == [(False, "the stream had no mark of its end")]


@BOTH
@EACH
@pytest.mark.parametrize("what", ["invalid_json", "html", "empty", "truncated"])
def test_a_stream_breaks_as_at_a_gateway(what: Any, wire: str, colour: str) -> None:
    with loopback() as server, drive(wire)(colour, server, Faulty()) as driven:
        serve(server, stream_of(wire, text="Hello."))
        with trial_of(BrokenBody(what)) as trial:
            found, error = taken(driven, wire)
    assert [delivered for delivered, _ in told(trial)] == [True]
    assert not any("Hello" in json.dumps(one) for one in found)
    if what == "invalid_json":
        assert isinstance(error, json.JSONDecodeError)
    if what in ("html", "empty"):
        assert found == []


EDITS: list[tuple[BrokenCalls, Any, Any]] = [
    (BrokenCalls(arguments="{oops"), "arguments", ["{oops", ROME.arguments]),
    (BrokenCalls(kept=0.5), "arguments", [OSLO.arguments[:8], ROME.arguments]),
    (BrokenCalls(1, kept=0.5), "arguments", [OSLO.arguments, ROME.arguments[:8]]),
    (BrokenCalls(name="no_such_tool"), "name", ["no_such_tool", "weather"]),
    (BrokenCalls(id="call_9"), "id", ["call_9", "call_2"]),
    (BrokenCalls(id=""), "id", ["", "call_2"]),
    (BrokenCalls(same_id=True), "id", ["call_1", "call_1"]),
]


@BOTH
@EACH
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(("fault", "part", "expected"), EDITS, ids=lambda one: str(one)[:40])
def test_calls_come_broken(
    fault: BrokenCalls, part: str, expected: list[str], streamed: bool, wire: str, colour: str
) -> None:
    parsed = wire != "openai-chat" and not streamed
    with loopback() as server, drive(wire)(colour, server, Faulty()) as driven:
        answer = calling.chat_answer if wire == "openai-chat" else calling.anthropic_answer
        server.script = lambda asked: answer(streamed, OSLO, ROME, text="Let me look.")
        with trial_of(fault) as trial:
            found = calls_of(driven, wire, streamed=streamed)
        server.script = lambda asked: answer(streamed, text="No call.")
        with trial_of(fault) as none:
            calls_of(driven, wire, streamed=streamed)
    if parsed and part == "arguments":  # a format that holds them parsed cannot hold broken ones
        assert told(trial) == [
            (
                False,
                "no call of the reply would change: it calls no tool, or its format cannot say so",
            )
        ]
    else:
        if wire != "openai-chat" and fault.kept < 1:  # its calls are read as objects, and compact
            expected = [one.replace('{"city":', '{"city"') for one in expected]
            expected[1 - fault.index] = (OSLO, ROME)[1 - fault.index].arguments
        assert [getattr(call, part) for call in found] == expected
        other = {"name", "id", "arguments"} - {part}
        for name in other:
            kept = [getattr(call, name) for call in (OSLO, ROME)]
            assert [getattr(call, name) for call in found] == kept
        evidence = "a call in the stream was edited" if streamed else "the reply was edited"
        assert told(trial) == [(True, evidence)]
    assert [delivered for delivered, _ in told(none)] == [False]


def calls_of(driven: Driven, wire: str, *, streamed: bool) -> list[Says]:
    """The calls of a reply, as the client gives them; arguments as text."""
    if streamed:
        found, error = taken(driven, wire)
        assert error is None
        return _streamed_calls(found)
    if wire == "openai-chat":
        done = driven.do(driven.client.chat.completions.create, model="m", messages=HELLO)
        calls = done.choices[0].message.tool_calls or ()
        return [Says(call.function.name, call.function.arguments, call.id) for call in calls]
    message = driven.do(driven.client.messages.create, model="m", messages=HELLO, max_tokens=9)
    blocks = [block for block in message.content if block.type == "tool_use"]
    return [Says(block.name, json.dumps(block.input), block.id) for block in blocks]


def _streamed_calls(found: Sequence[Any]) -> list[Says]:
    made: dict[int, list[str]] = {}
    for one in found:
        for choice in one.get("choices", ()):
            for call in choice["delta"].get("tool_calls") or ():
                known = made.setdefault(call["index"], ["", "", ""])
                given = call["function"]
                known[0] = given.get("name") or known[0]
                known[1] += given.get("arguments") or ""
                known[2] = call.get("id") or known[2]
        block = one.get("content_block") or {}
        if block.get("type") == "tool_use":
            made[one["index"]] = [block["name"], "", block["id"]]
        if (one.get("delta") or {}).get("type") == "input_json_delta":
            made[one["index"]][1] += one["delta"]["partial_json"]
    return [Says(*parts) for parts in made.values()]


@BOTH
@EACH
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_a_reply_says_something_else_of_itself(streamed: bool, wire: str, colour: str) -> None:
    with loopback() as server, drive(wire)(colour, server, Faulty()) as driven:
        answer = calling.chat_answer if wire == "openai-chat" else calling.anthropic_answer
        server.script = lambda asked: answer(streamed, OSLO, text="Let me look.")

        def reply(*faults: Fault) -> tuple[str, Any]:
            with trial_of(*faults) as trial:
                if streamed:
                    made = taken(driven, wire)[0]
                elif wire == "openai-chat":
                    create = driven.client.chat.completions.create
                    made = driven.do(create, model="m", messages=HELLO).to_dict()
                else:
                    create = driven.client.messages.create
                    made = driven.do(create, model="m", messages=HELLO, max_tokens=9).to_dict()
            return json.dumps(made), trial

        text, trial = reply(BrokenCalls(finish="length"))
        assert ("length" if wire == "openai-chat" else "max_tokens") in text
        assert [one for one, _ in told(trial)] == [True]
        text, trial = reply(BrokenCalls(model="another-model"))
        assert "another-model" in text
        assert [one for one, _ in told(trial)] == [True]
        text, trial = reply(BrokenCalls(stripped=True, finish="stop"))
        assert "weather" not in text
        assert "Let me" in text
        assert [one for one, _ in told(trial)] == [True]
        text, trial = reply(BrokenCalls(finish="tool_calls"))
        assert [one for one, _ in told(trial)] == [False]
        text, trial = reply(BrokenCalls(usage=100))
        if wire == "openai-chat" and streamed:
            assert [one for one, _ in told(trial)] == [False]  # this stream says no usage
        else:
            assert "500" in text
            assert [one for one, _ in told(trial)] == [True]


def test_a_fault_of_streams_is_not_delivered_where_the_reply_comes_whole() -> None:
    faults = (CutStream(1, "reset"), EditedStream("duplicate"), EditedStream("no_done"))
    with loopback() as server, openai_driven("sync", server, Faulty()) as driven:
        server.script = lambda asked: calling.chat_answer(False, text="Hello.")
        with trial_of(*faults) as trial:
            driven.client.chat.completions.create(model="m", messages=HELLO)
    assert told(trial) == [(False, "the reply was not streamed: let the agent ask for streams")] * 3


def test_a_page_in_the_place_of_a_stream_leaves_no_stream_to_disturb() -> None:
    with loopback() as server, openai_driven("sync", server, Faulty()) as driven:
        serve(server, stream_of("openai-chat", text="Hello."))
        with trial_of(CutStream(1, "reset"), BrokenBody("html"), EditedStream("no_done")) as trial:
            taken(driven, "openai-chat")
    instead = (False, "something else came in the stream's place")
    assert told(trial) == [instead, (True, "the body was none: html"), instead]


# ------------------------------------------------------------------ results on their way back


def conversation(wire: str) -> list[Any]:
    """A turn with two calls, answered."""
    if wire == "openai-chat":
        said_ = calling.chat_message(OSLO, ROME)
        results = [
            {"role": "tool", "tool_call_id": "call_1", "content": "rain"},
            {"role": "tool", "tool_call_id": "call_2", "content": "sun"},
        ]
        return [*HELLO, said_, *results]
    blocks = [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": {"city": "x"}}
        for call in (OSLO, ROME)
    ]
    answers = [
        {"type": "tool_result", "tool_use_id": "call_1", "content": "rain"},
        {"type": "tool_result", "tool_use_id": "call_2", "content": "sun"},
    ]
    return [
        *HELLO,
        {"role": "assistant", "content": blocks},
        {"role": "user", "content": answers},
    ]


def results(body: Any) -> list[tuple[str, str]]:
    """The results that stand in a request."""
    found: list[tuple[str, str]] = []
    for message in body["messages"]:
        if message["role"] == "tool":
            found.append((message["tool_call_id"], message["content"]))
        if isinstance(message["content"], list):
            blocks = [one for one in message["content"] if one["type"] == "tool_result"]
            found += [(block["tool_use_id"], block["content"]) for block in blocks]
    return found


RAIN, SUN = ("call_1", "rain"), ("call_2", "sun")
RETURNED: list[tuple[BrokenResults, list[Any]]] = [
    (BrokenResults("missing"), [SUN]),
    (BrokenResults("missing", 1), [RAIN]),
    (BrokenResults("swapped"), [("call_1", "sun"), ("call_2", "rain")]),
    (BrokenResults("repeated"), [RAIN, RAIN, SUN]),
    (BrokenResults("repeated", 1), [RAIN, SUN, SUN]),
    (BrokenResults("reordered"), [SUN, RAIN]),
    (BrokenResults("reordered", 1), [SUN, RAIN]),
]


@BOTH
@EACH
@pytest.mark.parametrize(("fault", "expected"), RETURNED, ids=str)
def test_results_go_back_broken(
    fault: BrokenResults, expected: list[Any], wire: str, colour: str
) -> None:
    messages = conversation(wire)
    with loopback() as server, drive(wire)(colour, server, Faulty()) as driven:
        answer = calling.chat_answer if wire == "openai-chat" else calling.anthropic_answer
        server.script = lambda asked: answer(False, text="Hello.")
        with trial_of(fault) as trial:
            ask(driven, wire, messages)
        with trial_of(fault) as none:
            ask(driven, wire, HELLO)
    found = sorted(results(server.asked[0].json)) if fault.what == "repeated" else None
    assert (found or results(server.asked[0].json)) == expected
    assert server.asked[0].json["messages"][:2] == messages[:2]
    assert told(trial) == [(True, "the provider took the request")]
    assert told(none) == [(False, "the request answers no call")]


def ask(driven: Driven, wire: str, messages: Any) -> None:
    if wire == "openai-chat":
        driven.do(driven.client.chat.completions.create, model="m", messages=messages)
    else:
        create = driven.client.messages.create
        driven.do(create, model="m", messages=messages, max_tokens=9)


def test_one_result_alone_is_not_missed_swapped_or_reordered() -> None:
    messages = conversation("openai-chat")[:3]
    messages[1] = calling.chat_message(OSLO)
    with loopback() as server, openai_driven("sync", server, Faulty()) as driven:
        server.script = lambda asked: calling.chat_answer(False, text="Hello.")
        faults = [BrokenResults(what) for what in ("missing", "swapped", "reordered")]
        with trial_of(*faults) as trial:
            ask(driven, "openai-chat", messages)
    reason = "the request has one result only: give the agent a task with several calls in a turn"
    assert told(trial) == [(False, reason)] * 3
    assert server.asked[0].json["messages"] == messages


def test_a_request_that_nobody_took_has_not_carried_broken_results() -> None:
    with loopback() as server:
        url = server.url
    client = openai.OpenAI(api_key="k", base_url=url, max_retries=0)
    openai_client.enable(client, pipeline=Faulty().pipeline)
    messages = conversation("openai-chat")
    broken = trial_of(BrokenResults("missing"))
    with client, broken as trial, pytest.raises(openai.APIConnectionError):
        client.chat.completions.create(model="m", messages=messages)
    assert told(trial) == [(False, "no reply came: ConnectError")]
