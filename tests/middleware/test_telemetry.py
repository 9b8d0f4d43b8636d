from __future__ import annotations

import asyncio
import contextlib
import gc
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from opentelemetry import _logs as logs
from opentelemetry import context, metrics, trace
from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor
from opentelemetry.sdk._logs.export import (
    InMemoryLogRecordExporter,
    LogRecordExporter,
    SimpleLogRecordProcessor,
)
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

import sealegs
from flows import Step
from loopback import Loopback, chat, chat_events, events, gemini, loopback, sse, whole
from sealegs import Settings
from sealegs.flow import Call, Flow, Reply, send
from sealegs.settings import TelemetrySettings
from sealegs.telemetry import Telemetry
from sealegs_adapters import http
from web import CHAT, KINDS, Bench, Kind, asked, follow_up, web

SYNC = KINDS[0]
STREAM = chat_events("Hello there.", reasoning="think of it")


OUTCOMES = (
    "sealegs.reasoning.outcome",
    "sealegs.tool_call.outcome",
    "sealegs.tool_schema.dialect.target",
)
"""What the counters tell apart; each has one of them."""


@dataclass
class Told:
    """What reaches the exporters of an application with an SDK."""

    spans_: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)
    logs_: Any = field(default_factory=InMemoryLogRecordExporter)
    metrics_: InMemoryMetricReader = field(default_factory=InMemoryMetricReader)

    def __post_init__(self) -> None:
        self.tracers = TracerProvider(shutdown_on_exit=False)
        self.tracers.add_span_processor(SimpleSpanProcessor(self.spans_))
        self.loggers = LoggerProvider(shutdown_on_exit=False)
        self.loggers.add_log_record_processor(SimpleLogRecordProcessor(self.logs_))
        self.meters = MeterProvider([self.metrics_], shutdown_on_exit=False)

    @property
    def telemetry(self) -> Telemetry:
        return Telemetry(
            tracer_provider=self.tracers,
            meter_provider=self.meters,
            logger_provider=self.loggers,
        )

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        return self.spans_.get_finished_spans()

    @property
    def events(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Name, severity and attributes of each event."""
        found = []
        for one in self.logs_.get_finished_logs():
            record = one.log_record
            attributes = {key: _plain(value) for key, value in (record.attributes or {}).items()}
            assert record.severity_number is not None
            found.append((record.event_name or "", record.severity_number.name, attributes))
        return found

    @property
    def counts(self) -> dict[tuple[str, str], Any]:
        data = self.metrics_.get_metrics_data()
        found: dict[tuple[str, str], Any] = {}
        for resource in data.resource_metrics if data else ():
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    for point in metric.data.data_points:
                        said = point.attributes or {}
                        (what,) = [said[name] for name in OUTCOMES if name in said]
                        found[metric.name, str(what)] = getattr(point, "value", 0)
        return found

    @property
    def everything(self) -> str:
        """All that was exported, as text."""
        data = self.metrics_.get_metrics_data()
        parts = [span.to_json() for span in self.spans]
        parts += [one.to_json() for one in self.logs_.get_finished_logs()]
        return "\n".join([*parts, data.to_json() if data else ""])


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return {key: _plain(value) for key, value in (span.attributes or {}).items()}


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback() as running:
        yield running


@contextlib.contextmanager
def tapped(told: Told | None, kind: Kind = SYNC, **more: Any) -> Iterator[Any]:
    bench = Bench(telemetry=told.telemetry if told else None, **more)
    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
        yield one


# ------------------------------------------------------------------ spans


def test_without_a_model_span_around_it_a_call_gets_a_span_by_the_genai_conventions(
    told: Told, server: Loopback
) -> None:
    server.say(whole(chat("Hello.", reasoning="think")), whole(chat("Good.")))
    with tapped(told) as one, sealegs.session("thread-7"):
        one.post(server.url + CHAT, json=asked())
        one.post(server.url + CHAT, json=asked(follow_up()))
    first, second = told.spans
    assert (second.name, second.kind, second.parent) == ("chat m", SpanKind.CLIENT, None)
    assert second.status.status_code is StatusCode.UNSET
    usual = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "m",
        "gen_ai.conversation.id": "thread-7",
        "gen_ai.usage.input_tokens": 7,
        "gen_ai.usage.output_tokens": 5,
        "server.address": "127.0.0.1",
        "http.response.status_code": 200,
        "sealegs.adapter.name": "http",
        "sealegs.exchange.ending": "complete",
        "sealegs.reasoning.retained.part.count": 0,
        "sealegs.reasoning.lost.part.count": 0,
    }
    provider = attributes(first)["gen_ai.provider.name"]
    usual["gen_ai.provider.name"] = provider
    assert provider
    assert attributes(first) == {**usual, "sealegs.reasoning.restored.part.count": 0}
    assert attributes(second) == {
        **usual,
        "sealegs.reasoning.restored.part.count": 1,
        "sealegs.reasoning.restored.size": 5,
        "sealegs.reasoning.restored.token.count": 2,
        "sealegs.reasoning.token.source": "estimate",
    }
    scope = second.instrumentation_scope
    assert scope is not None
    assert scope.name == "sealegs"


def test_geminis_operation_has_its_own_name(told: Told, server: Loopback) -> None:
    server.say(whole(gemini("Hello.")))
    body = {"contents": [{"role": "user", "parts": [{"text": "hello"}]}]}
    with tapped(told) as one:
        one.post(server.url + "/v1beta/models/gemini-3-pro:generateContent", json=body)
    assert [span.name for span in told.spans] == ["generate_content gemini-3-pro"]


@pytest.mark.parametrize(
    "known",
    [
        {"gen_ai.operation.name": "chat"},
        {"gen_ai.request.model": "m"},
        {"gen_ai.system": "openai"},
        {"llm.model_name": "m"},
        {"langfuse.observation.type": "generation"},
    ],
    ids=lambda known: next(iter(known)),
)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_model_span_of_another_instrumentation_is_extended_and_none_is_added(
    known: dict[str, str], kind: Kind, told: Told, server: Loopback
) -> None:
    server.say(whole(chat("Hello.")), whole(chat("Good.")))
    with tapped(told, kind) as one:
        one.post(server.url + CHAT, json=asked(follow_up()))
        told.spans_.clear()
        with told.tracers.get_tracer("another").start_as_current_span("chat", attributes=known):
            one.post(server.url + CHAT, json=asked(follow_up()))
    (span,) = told.spans
    found = attributes(span)
    assert found == {
        **known,
        "sealegs.adapter.name": "http",
        "sealegs.reasoning.retained.part.count": 0,
        "sealegs.reasoning.restored.part.count": 0,
        "sealegs.reasoning.lost.part.count": found["sealegs.reasoning.lost.part.count"],
    }


def test_a_span_that_is_no_models_is_the_parent_and_stays_as_it_is(
    told: Told, server: Loopback
) -> None:
    server.say(whole(chat("Hello.")))
    with (
        tapped(told) as one,
        told.tracers.get_tracer("app").start_as_current_span("step", attributes={"a": 1}) as step,
    ):
        one.post(server.url + CHAT, json=asked())
        assert trace.get_current_span() is step
    ours, outer = told.spans
    assert (ours.parent, attributes(outer)) == (step.get_span_context(), {"a": 1})


def test_attempts_are_children_where_there_was_more_than_one(told: Told, server: Loopback) -> None:
    def again(call: Call) -> Flow[Reply]:
        yield from send(call)
        return (yield from send(call))

    server.say(whole({"error": "slow down"}, 429), whole(chat("Hello.")), whole(chat("Hello.")))
    with tapped(told, layers=[Step(again)]) as one:
        one.post(server.url + CHAT, json=asked())
    *attempts, span = told.spans
    assert [one.name for one in attempts] == ["sealegs.attempt"] * 2
    assert [attributes(one) for one in attempts] == [
        {"sealegs.attempt.index": 0, "http.response.status_code": 429},
        {"sealegs.attempt.index": 1, "http.response.status_code": 200},
    ]
    assert [one.parent for one in attempts] == [span.get_span_context()] * 2
    times = [span.start_time, *(t for one in attempts for t in (one.start_time, one.end_time))]
    assert times == sorted(times, key=lambda time: time or 0)


@pytest.mark.parametrize("status", [400, 429, 500])
def test_a_refusal_is_an_error_on_our_own_span(told: Told, server: Loopback, status: int) -> None:
    server.say(whole({"error": {"message": "what?"}}, status))
    with tapped(told) as one:
        one.post(server.url + CHAT, json=asked())
    (span,) = told.spans
    assert (span.status.status_code, attributes(span)["error.type"]) == (
        StatusCode.ERROR,
        str(status),
    )


def test_a_connection_that_fails_is_an_error_on_our_own_span(told: Told) -> None:
    with loopback() as gone:
        url = gone.url
    with tapped(told) as one, pytest.raises(httpx2.ConnectError):
        one.post(url + CHAT, json=asked())
    (span,) = told.spans
    assert (span.status.status_code, attributes(span)["error.type"]) == (
        StatusCode.ERROR,
        "ConnectError",
    )


def test_a_stream_that_reports_an_error_is_an_error_on_our_own_span(
    told: Told, server: Loopback
) -> None:
    server.say(events([*STREAM[:3], sse({"error": {"message": "overloaded"}})]))
    with tapped(told) as one:
        one.take(one.open(server.url + CHAT, json=asked(stream=True)))
    (span,) = told.spans
    assert (span.status.status_code, attributes(span)["sealegs.exchange.ending"]) == (
        StatusCode.ERROR,
        "failed",
    )


# ------------------------------------------------------------------ streams


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_stream_is_one_span_that_ends_with_it(kind: Kind, told: Told, server: Loopback) -> None:
    server.say(events(STREAM))
    with tapped(told, kind) as one:
        response = one.open(server.url + CHAT, json=asked(stream=True))
        assert len(told.spans) == 0
        assert trace.get_current_span() is trace.INVALID_SPAN
        one.take(response)
        (span,) = told.spans
    found = attributes(span)
    assert (found["gen_ai.request.stream"], found["sealegs.exchange.ending"]) == (True, "complete")
    assert (found["gen_ai.usage.input_tokens"], found["gen_ai.usage.output_tokens"]) == (7, 5)
    assert span.status.status_code is StatusCode.UNSET


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_stream_that_is_closed_early_ends_its_span_without_an_error(
    kind: Kind, told: Told, server: Loopback
) -> None:
    server.say(events(STREAM))
    with tapped(told, kind) as one:
        response = one.open(server.url + CHAT, json=asked(stream=True))
        one.take(response, 1)
        one.shut(response)
        (span,) = told.spans
    assert attributes(span)["sealegs.exchange.ending"] == "closed"
    assert span.status.status_code is StatusCode.UNSET


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_stream_that_is_dropped_ends_its_span(told: Told, server: Loopback) -> None:
    def use() -> None:
        response = one.open(server.url + CHAT, json=asked(stream=True))
        next(response.iter_bytes())

    server.say(events(STREAM))
    with tapped(told) as one:
        use()
        gc.collect()
        (span,) = told.spans
    assert attributes(span)["sealegs.exchange.ending"] == "closed"


def test_a_context_is_never_left_attached_between_the_pieces_of_streams(
    told: Told, server: Loopback
) -> None:
    server.say(events(STREAM), events(STREAM))
    before = context.get_current()
    with tapped(told) as one:
        responses = [one.open(server.url + CHAT, json=asked(stream=True)) for _ in range(2)]
        for _ in zip(*(response.iter_bytes() for response in responses), strict=True):
            assert context.get_current() == before
        for response in responses:
            response.close()
    assert [span.parent for span in told.spans] == [None, None]


def test_attributes_go_on_no_foreign_span_that_has_ended(
    told: Told, server: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    server.say(events(STREAM))
    with tapped(told) as one:
        tracer = told.tracers.get_tracer("another")
        with tracer.start_as_current_span("chat", attributes={"gen_ai.system": "openai"}):
            response = one.open(server.url + CHAT, json=asked(stream=True))
        one.take(response)
    (span,) = told.spans
    assert attributes(span) == {"gen_ai.system": "openai"}
    assert [record for record in caplog.records if record.name.startswith("opentelemetry")] == []


# ------------------------------------------------------------------ events and counts


DEMANDS = {"role": "tool", "tool_call_id": "call_Zb2kQ7LmWx4", "content": "15 C"}


def _called(call_id: str = "call_Zb2kQ7LmWx4") -> dict[str, Any]:
    function = {"name": "weather", "arguments": '{"city": "Oslo"}'}
    call = {"id": call_id, "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def test_what_was_restored_and_what_was_lost_are_events_and_counts(
    told: Told, server: Loopback
) -> None:
    user = {"role": "user", "content": "hello"}
    tools = [
        {
            "type": "function",
            "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}},
        }
    ]
    unknown = _called("call_unknown99Xy")
    result = {**DEMANDS, "tool_call_id": "call_unknown99Xy"}
    messages = [user, _called(), DEMANDS, unknown, result]
    headers = {"host": "api.deepseek.com"}
    transport = httpx2.HTTPTransport(verify=False)
    server.say(whole(chat(None, reasoning="think", call="weather")), whole(chat("Good.")))
    bench = Bench(telemetry=told.telemetry)
    rerouted = http.transport(_Rerouted(transport, server), pipeline=bench.pipeline)
    with httpx2.Client(transport=rerouted, trust_env=False) as client:
        url = "http://api.deepseek.com/chat/completions"
        client.post(url, json=asked([user], tools=tools), headers=headers)
        client.post(url, json=asked(messages, tools=tools), headers=headers)
    kept = bench.exchanges[1].retention
    assert kept is not None
    ((lost_turn, reason),) = kept.gaps
    assert (kept.outcomes[0], lost_turn) == ("restored", 1)
    assert told.events == [
        (
            "sealegs.reasoning.restored",
            "DEBUG",
            {
                "sealegs.reasoning.part.count": 1,
                "sealegs.reasoning.turn.indexes": [0],
                "sealegs.reasoning.outcome": "restored",
            },
        ),
        (
            "sealegs.reasoning.lost",
            "WARN",
            {
                "sealegs.reasoning.part.count": 1,
                "sealegs.reasoning.turn.indexes": [1],
                "sealegs.reasoning.loss.reason": reason,
            },
        ),
    ]
    parts = {("sealegs.reasoning.parts", str(one)): kept.count(one) for one in kept.outcomes}
    assert told.counts == {("sealegs.tool_calls", "clean"): 1, **parts}
    span = told.spans[1]
    assert span.context is not None
    records = [one.log_record for one in told.logs_.get_finished_logs()]
    assert {(one.trace_id, one.span_id) for one in records} == {
        (span.context.trace_id, span.context.span_id)
    }
    assert attributes(span)["sealegs.reasoning.lost.part.count"] == 1


class _Rerouted(httpx2.BaseTransport):
    """Takes requests for any host to the loopback server."""

    def __init__(self, inner: httpx2.BaseTransport, server: Loopback) -> None:
        self.inner, self.server = inner, server

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.url = request.url.copy_with(host="127.0.0.1", port=self.server.port)
        return self.inner.handle_request(request)

    def close(self) -> None:
        self.inner.close()


def test_an_event_names_no_more_than_the_newest_turns(told: Told, server: Loopback) -> None:
    from sealegs.exchange import Exchange, Retention

    telemetry, call = told.telemetry, _call()
    observation = telemetry.begin(call, "http")
    kept = Retention(outcomes=("restored",) * 200)
    exchange = Exchange(
        *("x1", "http", "openai-chat", "p", "m", "", 200, "complete", False, 1, 0.1),
        usage={},
        retention=kept,
        failures=(),
    )
    observation.end(exchange, None, [])
    ((_, _, found),) = told.events
    assert found["sealegs.reasoning.part.count"] == 200
    assert found["sealegs.reasoning.turn.indexes"] == list(range(136, 200))


def _call() -> Call:
    from flows import call_of

    return call_of()


# ------------------------------------------------------------------ what must never happen


SECRETS = ("SECRETPROMPT", "SECRETTHOUGHT", "SECRETRESULT", "SECRETNAME", "sk-SECRETKEY")


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_no_text_of_a_conversation_and_no_key_is_exported(
    told: Told, server: Loopback, streamed: bool
) -> None:
    prompt, thought, result, name, key = SECRETS
    text = f"{result} here."
    answer = (
        events(chat_events(text, reasoning=f"{thought} a"))
        if streamed
        else whole(chat(text, reasoning=f"{thought} a"))
    )
    refused = whole({"error": {"message": f"{prompt} is too long"}}, 400)
    server.say(answer, whole(chat(text)), refused, events([*STREAM[:2], sse(f"{thought} {{")]))
    user = {"role": "user", "content": prompt, "name": name}
    later = [user, {"role": "assistant", "content": text}, user]
    lost = [user, {"role": "assistant", "content": prompt}, user]
    headers = {"authorization": f"Bearer {key}"}

    def broken(call: Call) -> Flow[Reply]:
        yield from ()
        raise ValueError(f"cannot stand {prompt} {thought}")

    with tapped(told) as one:
        for messages in ([user], later, lost, [user]):
            one.post(server.url + CHAT, json=asked(messages, stream=streamed), headers=headers)
    with tapped(told, layers=[Step(broken)]) as one:
        server.say(whole(chat(text, reasoning=thought)))
        one.post(server.url + CHAT, json=asked([user]), headers=headers)
    exported = told.everything
    assert "sealegs.reasoning.restored" in exported
    assert "sealegs.failure.count" in exported
    assert [secret for secret in SECRETS if secret in exported] == []


class _Bad(SpanProcessor):
    def on_start(self, span: Any, parent_context: Any = None) -> None:
        raise RuntimeError("a processor's own")

    def on_end(self, span: Any) -> None:
        raise RuntimeError("a processor's own")


class _BadTracers(trace.TracerProvider):
    def get_tracer(self, *arguments: Any, **named: Any) -> Any:
        return _BadTracer()


class _BadTracer:
    def start_span(self, *arguments: Any, **named: Any) -> Any:
        raise RuntimeError("a tracer's own")


class _BadLogs(LogRecordExporter):
    def shutdown(self) -> None:
        """Do nothing."""

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return True

    def export(self, batch: Any) -> Any:
        raise RuntimeError("an exporter's own")


class _BadEnd(SpanProcessor):
    def on_end(self, span: Any) -> None:
        raise RuntimeError("a processor's own")


class _BadRecords(LogRecordProcessor):
    def on_emit(self, log_record: Any) -> None:
        raise RuntimeError("a processor's own")

    def shutdown(self) -> None:
        """Do nothing."""

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return True


@pytest.mark.parametrize("what", ["processor", "end", "tracer", "exporter", "records"])
@pytest.mark.parametrize("kind", KINDS[:2], ids=lambda kind: kind.name)
def test_telemetry_that_raises_never_reaches_the_caller(
    what: str, kind: Kind, server: Loopback
) -> None:
    told = Told(logs_=_BadLogs()) if what == "exporter" else Told()
    telemetry = told.telemetry
    if what in ("processor", "end"):
        told.tracers.add_span_processor(_Bad() if what == "processor" else _BadEnd())
    if what == "records":
        told.loggers.add_log_record_processor(_BadRecords())
    if what == "tracer":
        telemetry = Telemetry(tracer_provider=_BadTracers())
    bench = Bench(telemetry=telemetry)
    answers = chat("Hello there.", reasoning="think of it")
    server.say(whole(answers), whole(chat("Good.")), events(STREAM))
    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
        assert one.post(server.url + CHAT, json=asked()).json() == answers
        one.post(server.url + CHAT, json=asked(follow_up("Hello there.")))
        response = one.open(server.url + CHAT, json=asked(stream=True))
        assert b"".join(one.take(response)) == b"".join(STREAM)
    assert server.asked[1].json["messages"][1]["reasoning_content"] == "think of it"
    assert bench.endings == ["complete"] * 3
    assert len(told.spans) == {"processor": 0, "tracer": 0}.get(what, 3)


def test_without_an_sdk_all_works_and_nothing_is_told(server: Loopback) -> None:
    assert isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)
    assert type(metrics.get_meter_provider()).__name__ == "_ProxyMeterProvider"
    assert type(logs.get_logger_provider()).__name__ == "ProxyLoggerProvider"
    server.say(whole(chat("Hello.", reasoning="think")), whole(chat("Good.")))
    with tapped(None) as one:
        one.post(server.url + CHAT, json=asked())
        one.post(server.url + CHAT, json=asked(follow_up()))
    assert server.asked[1].json["messages"][1]["reasoning_content"] == "think"


def test_telemetry_can_be_turned_off(told: Told, server: Loopback) -> None:
    off = TelemetrySettings(enabled=False)
    telemetry = Telemetry(
        off,
        tracer_provider=told.tracers,
        meter_provider=told.meters,
        logger_provider=told.loggers,
    )
    bench = Bench(telemetry=telemetry, settings=Settings(telemetry=off))
    server.say(whole(chat("Hello.", reasoning="think")), whole(chat("Good.")))
    with web(SYNC, http.wrap(SYNC.client(), pipeline=bench.pipeline)) as one:
        one.post(server.url + CHAT, json=asked())
        with told.tracers.get_tracer("another").start_as_current_span(
            "chat", attributes={"gen_ai.system": "openai"}
        ):
            one.post(server.url + CHAT, json=asked(follow_up()))
    assert [attributes(span) for span in told.spans] == [{"gen_ai.system": "openai"}]
    assert (told.events, told.counts) == ([], {})


def test_a_span_that_is_not_sampled_costs_no_attributes_but_is_counted(server: Loopback) -> None:
    from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

    told = Told()
    told.tracers = TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False)
    told.tracers.add_span_processor(SimpleSpanProcessor(told.spans_))
    server.say(whole(chat("Hello.", reasoning="think")), whole(chat("Good.")))
    with tapped(told) as one:
        one.post(server.url + CHAT, json=asked())
        one.post(server.url + CHAT, json=asked(follow_up()))
    assert told.spans == ()
    assert told.counts == {("sealegs.reasoning.parts", "restored"): 1}


def test_ours_are_fewer_than_twenty_attributes(told: Told, server: Loopback) -> None:
    server.say(whole(chat("Hello.", reasoning="think")), whole(chat("Good.")))
    with tapped(told) as one:
        one.post(server.url + CHAT, json=asked())
        one.post(server.url + CHAT, json=asked(follow_up()))
    ours = [key for key in attributes(told.spans[1]) if key.startswith("sealegs.")]
    assert 0 < len(ours) < 20
    json.dumps(attributes(told.spans[1]))


def test_two_tasks_that_share_a_client_have_spans_of_their_own(
    told: Told, server: Loopback
) -> None:
    server.script = lambda seen: whole(chat("Hello."))
    bench = Bench(telemetry=told.telemetry)
    tracer = told.tracers.get_tracer("app")

    async def one_task(client: Any, name: str) -> None:
        with tracer.start_as_current_span(name):
            await client.post(server.url + CHAT, json=asked())

    async def main() -> None:
        async with http.async_client(
            pipeline=bench.pipeline, trust_env=False, verify=False
        ) as client:
            await asyncio.gather(*(one_task(client, f"step {n}") for n in range(8)))

    asyncio.run(main())
    others = [span for span in told.spans if span.name != "chat m"]
    steps = {span.context.span_id: span.name for span in others if span.context}
    parents = [span.parent for span in told.spans if span.name == "chat m"]
    assert sorted(steps[parent.span_id] for parent in parents if parent) == sorted(steps.values())
