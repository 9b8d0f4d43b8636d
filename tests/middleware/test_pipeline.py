from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import sealegs
from flows import BODY, BrokenStore, Port, Step, answered, drive, head, noted
from loopback import chat, chat_events
from sealegs import Exchange, Pipeline, Settings, hookimpl
from sealegs.drivers import Performer, run
from sealegs.exchange import Failure, Retention
from sealegs.flow import Call, Ending, Flow, Layer, Reply, Whole, send
from sealegs.pipeline import Run
from sealegs.records import Found
from sealegs.stores.memory import MemoryStore
from sealegs.wire import RequestHead
from web import Bench, asked, compact, follow_up


def begun(bench: Bench, body: bytes = BODY, head_: RequestHead | None = None, **more: Any) -> Run:
    found = bench.pipeline.begin(head_ or head(), body, adapter="test", **more)
    assert found is not None
    return found


def whole_call(bench: Bench, body: Any, reply: Any, **more: Any) -> tuple[Any, Any]:
    """Run one call whose reply comes whole; give what was sent and what was delivered."""
    port = Port([answered(compact(reply))])
    begun_ = begun(bench, compact(body), **more)
    delivered = run(begun_.exchange(), Performer(port, bench.store))
    return json.loads(port.sent[0]), json.loads(delivered.body or b"")


def streamed_call(bench: Bench, body: Any, events: Sequence[bytes], **more: Any) -> bytes:
    """Run one call whose reply streams; give what was delivered."""
    begun_ = begun(bench, compact(body), **more)
    perform = Performer(Port([Reply(200, {}, None)]), bench.store)
    stream = begun_.stream(run(begun_.exchange(), perform))
    out = b"".join(run(stream.feed(event), perform) for event in events)
    return out + run(stream.close(), perform)


# ------------------------------------------------------------------ what is ours


@pytest.mark.parametrize(
    "other",
    [
        head("/v1/embeddings"),
        head("/v1/models"),
        RequestHead("GET", "http://h/v1/chat/completions", "h", "/v1/chat/completions"),
    ],
)
def test_a_request_that_is_none_to_a_model_is_not_begun(other: RequestHead) -> None:
    bench = Bench()
    assert not bench.pipeline.claims(other)
    assert bench.pipeline.begin(other, BODY, adapter="test") is None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"messages": 1}', b"\xff\xfe"])
def test_a_body_that_no_format_can_read_is_not_begun(body: bytes) -> None:
    assert Bench().pipeline.begin(head(), body, adapter="test") is None


def test_nothing_is_begun_while_everything_is_off() -> None:
    bench = Bench(settings=Settings(enabled=False))
    assert not bench.pipeline.claims(head())
    assert bench.pipeline.begin(head(), BODY, adapter="test") is None


def test_a_wire_that_fails_of_its_own_costs_no_call() -> None:
    class Odd:
        name, framing = "aa-odd", "sse"

        def claims(self, head: RequestHead) -> bool:
            return True

        def read(self, body: bytes, head: RequestHead) -> Any:
            raise KeyError("a wire's own")

    class Gives:
        name = "gives"

        @hookimpl
        def wires(self) -> Iterable[Any]:
            return [Odd()]

    pipeline = Pipeline.load(Gives(), settings=Settings())
    assert pipeline.begin(head(), BODY, adapter="test") is None


# ------------------------------------------------------------------ sessions


def test_the_session_is_the_given_one_then_the_headers_then_the_current_one() -> None:
    bench = Bench()
    with_header = head(x_sealegs_session="of-the-header")
    with sealegs.session("current"):
        calls = [
            begun(bench, head_=with_header, session="given").call,
            begun(bench, head_=with_header).call,
            begun(bench).call,
        ]
    calls.append(begun(bench).call)
    assert [call.session for call in calls] == ["given", "of-the-header", "current", ""]


@pytest.mark.parametrize("name", ["thread 7", "Fäden/7", "a%20b", "line\nbreak", "水"])
def test_any_session_name_goes_through_the_header(name: str) -> None:
    headers = sealegs.session(name).headers
    assert all(value.isascii() and value.isprintable() for value in headers.values())
    there = RequestHead("POST", head().url, head().host, head().path, "", headers)
    assert begun(Bench(), head_=there).call.session == name


def test_the_layers_that_another_tap_has_claimed_are_left_out() -> None:
    steps = [Step(name=name) for name in ("one", "two", "three")]
    bench = Bench(layers=steps)
    some = begun(bench, head_=head(x_sealegs_claims="one,three"))
    assert [layer.name for layer in some.layers] == ["two"]


def test_two_sessions_and_two_namespaces_never_share_reasoning() -> None:
    store = MemoryStore()
    first = Bench(store=store, settings=Settings(namespace="a"))
    other = Bench(store=store, settings=Settings(namespace="b"))
    whole_call(first, asked(), chat("Hello.", reasoning="think"), session="s")
    later = asked(follow_up())
    found = [
        whole_call(bench, later, chat("Good."), session=session)[0]["messages"][1]
        for bench, session in ((first, "s"), (first, "t"), (first, ""), (other, "s"))
    ]
    assert [turn.get("reasoning_content") for turn in found] == ["think", None, None, None]


def test_a_session_can_be_forgotten() -> None:
    bench = Bench()
    for session in ("s", "t"):
        whole_call(bench, asked(), chat("Hello.", reasoning="think"), session=session)
    assert [bench.pipeline.forget(name) for name in ("s", "s", "nobody")] == [1, 0, 0]
    found = [
        whole_call(bench, asked(follow_up()), chat("Good."), session=session)[0]["messages"][1]
        for session in ("s", "t")
    ]
    assert [turn.get("reasoning_content") for turn in found] == [None, "think"]


# ------------------------------------------------------------------ exchanges


def test_an_exchange_tells_what_happened() -> None:
    bench = Bench()
    whole_call(bench, asked(), chat("Hello.", reasoning="think"), session="s")
    streamed_call(bench, asked(follow_up(), stream=True), chat_events("Good."), session="s")
    first, second = bench.exchanges
    usage = {"input": 7, "output": 5}
    same: dict[str, Any] = {
        "adapter": "test",
        "wire": "openai-chat",
        "provider": first.provider,
        "model": "m",
    }
    same |= {"session": "s", "status": 200, "ending": "complete", "attempts": 1, "usage": usage}
    retentions = [Retention(captured=1), Retention(("restored",), (), 2, 5, ("reasoning_content",))]
    assert [first.id, second.id] == ["x1", "x2"]
    for exchange, streamed, kept in zip((first, second), (False, True), retentions, strict=True):
        expected = {**same, "streamed": streamed, "retention": kept, "failures": ()}
        assert {name: getattr(exchange, name) for name in expected} == expected
        assert exchange.seconds >= 0


def test_a_call_that_failed_is_an_exchange_without_a_status() -> None:
    bench = Bench()
    with pytest.raises(OSError, match="no route"):
        drive(begun(bench).exchange(), Port([OSError("no route")]), "sync", bench.store)
    (exchange,) = bench.exchanges
    assert (exchange.status, exchange.ending, exchange.attempts) == (0, "failed", 1)


def test_the_observers_are_told_once_and_one_that_fails_does_not_stop_the_others() -> None:
    class Observer:
        def __init__(self, name: str) -> None:
            self.name = name

        @hookimpl
        def exchange_finished(self, exchange: Exchange) -> None:
            told.append(self.name)
            if self.name == "b":
                raise ValueError("an observer's own")

    told: list[str] = []
    pipeline = Pipeline.load(*map(Observer, "abc"), settings=Settings())
    begun_ = pipeline.begin(head(), BODY, adapter="test")
    assert begun_ is not None
    drive(begun_.exchange(), Port([answered(compact(chat("Hello.")))]), "sync")
    assert sorted(told) == ["a", "b", "c"]
    assert begun_.call.ledger.failures == [
        Failure("b", "observer", "ValueError: an observer's own")
    ]


def test_a_failure_of_ours_is_part_of_the_exchange() -> None:
    def fails(call: Call) -> Flow[Reply]:
        yield from send(call)
        raise ValueError("a layer's own")

    bench = Bench(layers=[Step(fails)])
    whole_call(bench, asked(), chat("Hello."))
    (exchange,) = bench.exchanges
    assert exchange.failures == (Failure("step", "model", "ValueError: a layer's own"),)


def test_a_store_that_is_down_costs_no_call_and_says_so() -> None:
    bench = Bench(store=BrokenStore())
    sent, _ = whole_call(bench, asked(follow_up()), chat("Hello.", reasoning="think"))
    streamed_call(bench, asked(stream=True), chat_events("Hello.", reasoning="think"))
    assert sent == asked(follow_up())
    assert bench.exchanges[0].retention is not None
    assert bench.exchanges[0].retention.gaps == ((0, "store_failed"),)
    down = "OSError: the store is down"
    assert bench.exchanges[0].failures == (
        Failure("reasoning", "store", down),
        Failure("reasoning", "finish", down),
    )
    assert bench.exchanges[1].failures == (Failure("reasoning", "finish", down),)


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[1]", b'"text"', b"null"])
def test_a_reply_that_is_no_json_is_passed_on_and_captured_by_nobody(body: bytes) -> None:
    bench = Bench()
    reply = answered(body)
    begun_ = begun(bench)
    assert run(begun_.exchange(), Performer(Port([reply]), bench.store)).body == body
    assert bench.endings == ["complete"]


def captures(into: list[Whole]) -> Layer:
    def work(call: Call) -> Flow[Reply]:
        reply = yield from send(call)

        def finisher(whole: Whole) -> Flow[None]:
            yield from ()
            into.append(whole)

        reply.finishers.append(("captures", finisher))
        return reply

    return Step(work, name="captures", stage=300)


@pytest.mark.parametrize(("status", "ending"), [(200, Ending.COMPLETE), (400, Ending.FAILED)])
def test_a_whole_reply_is_captured_as_it_was_given_and_as_it_is_delivered(
    status: int, ending: Ending
) -> None:
    def shouts(call: Call) -> Flow[Reply]:
        reply = yield from send(call)
        reply.edit((reply.body or b"").upper())
        reply.edit((reply.body or b"") + b" ")
        return reply

    found: list[Whole] = []
    bench = Bench(layers=[Step(shouts), captures(found)])
    reply = answered(b'{"a":"b"}', status)
    delivered = run(begun(bench).exchange(), Performer(Port([reply]), bench.store))
    assert delivered.body == b'{"A":"B"} '
    assert found == [Whole(ending, {"a": "b"}, {"A": "B"})]


def test_a_reply_that_nobody_edited_is_captured_as_one_and_the_same() -> None:
    found: list[Whole] = []
    bench = Bench(layers=[captures(found)])
    run(begun(bench).exchange(), Performer(Port([answered(b'{"a":"b"}')]), bench.store))
    assert found[0].given is found[0].delivered


# ------------------------------------------------------------------ setting up


def test_a_blocked_plugin_gives_no_layer() -> None:
    pipeline = Pipeline.load(settings=Settings(disabled_plugins=("reasoning",)))
    assert [layer.name for layer in pipeline.layers] == [
        "perturbation",
        "tools",
        "transport-faults",
    ]


def test_the_kill_switches_are_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SEALEGS_DISABLED_PLUGINS", "reasoning,perturbation")
    assert [layer.name for layer in Pipeline.load(directory=tmp_path).layers] == ["tools"]
    monkeypatch.setenv("SEALEGS_OFF", "1")
    assert not Pipeline.load(directory=tmp_path).settings.enabled


def test_a_pipeline_takes_a_store_and_closes_it() -> None:
    class Closes(MemoryStore):
        closed = 0

        def close(self) -> None:
            self.closed += 1

    store = Closes()
    pipeline = Pipeline.load(settings=Settings(), store=store)
    assert pipeline.store is store
    pipeline.close()
    assert store.closed == 1


def test_a_tap_may_begin_with_a_call_that_it_has_made_itself() -> None:
    bench = Bench(layers=[Step(lambda call: send(noted(call, "edited")))])
    call = begun(Bench()).call
    begun_ = bench.pipeline.start(call, adapter="mine")
    port = Port([answered(compact(chat("Hello.")))])
    run(begun_.exchange(), Performer(port, bench.store))
    assert json.loads(port.sent[0])["notes"] == ["edited"]
    assert [exchange.adapter for exchange in bench.exchanges] == ["mine"]


def test_a_store_that_is_slow_is_asked_at_most_twice_a_request() -> None:
    class Counts(MemoryStore):
        loads = 0

        def load(self, keys: Sequence[bytes]) -> Mapping[bytes, Found]:
            self.loads += 1
            return super().load(keys)

    store = Counts()
    bench = Bench(store=store)
    messages: list[Any] = [{"role": "user", "content": "hello"}]
    for number in range(6):
        store.loads = 0
        whole_call(bench, asked(messages), chat(f"Turn {number}.", reasoning=f"thought {number}"))
        assert store.loads <= 2
        messages += [{"role": "assistant", "content": f"Turn {number}."}, messages[0]]
