from __future__ import annotations

from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from loopback import chat, loopback, whole
from sealegs.telemetry import Telemetry
from sealegs_adapters import http
from sealegs_plugins.otel import SpanEventBridge
from web import CHAT, KINDS, Bench, asked, follow_up, web


class Traces:
    """An application with traces, and with no logs but through the bridge."""

    def __init__(self, scope: str = "sealegs", **more: Any) -> None:
        self.exporter = InMemorySpanExporter()
        self.tracers = TracerProvider(shutdown_on_exit=False, **more)
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.loggers = LoggerProvider(shutdown_on_exit=False)
        self.bridge = SpanEventBridge(scope)
        self.loggers.add_log_record_processor(self.bridge)

    def emit(
        self, span: trace.Span, name: str | None = "it.happened", scope: str = "sealegs"
    ) -> None:
        self.loggers.get_logger(scope).emit(
            LogRecord(
                timestamp=7,
                context=trace.set_span_in_context(span),
                severity_number=SeverityNumber.WARN,
                event_name=name,
                attributes={"turns": [1, 2], "reason": "never_seen"},
            )
        )

    def start(self) -> trace.Span:
        return self.tracers.get_tracer("app").start_span("chat")

    @property
    def events(self) -> list[tuple[str, int, dict[str, Any]]]:
        return [
            (event.name, event.timestamp, dict(event.attributes or {}))
            for span in self.exporter.get_finished_spans()
            for event in span.events
        ]


def test_an_event_is_added_to_its_span_with_its_time_and_attributes() -> None:
    traces = Traces()
    span = traces.start()
    traces.emit(span)
    span.end()
    assert traces.events == [("it.happened", 7, {"turns": (1, 2), "reason": "never_seen"})]


@pytest.mark.parametrize(("name", "scope"), [("it.happened", "another"), (None, "sealegs")])
def test_records_of_another_scope_or_without_a_name_are_passed_over(
    name: str | None, scope: str
) -> None:
    traces = Traces()
    span = traces.start()
    traces.emit(span, name, scope)
    span.end()
    assert traces.events == []


def test_every_scopes_events_are_added_where_that_is_asked_for() -> None:
    traces = Traces(scope="")
    span = traces.start()
    traces.emit(span, scope="another")
    span.end()
    assert [name for name, _, _ in traces.events] == ["it.happened"]


def test_an_event_for_a_span_that_has_ended_is_passed_over_in_silence(
    caplog: pytest.LogCaptureFixture,
) -> None:
    traces = Traces()
    span = traces.start()
    span.end()
    traces.emit(span)
    assert (traces.events, caplog.records) == ([], [])


def test_an_event_without_a_span_or_with_one_that_is_not_sampled_is_passed_over() -> None:
    traces = Traces(sampler=ALWAYS_OFF)
    traces.emit(trace.INVALID_SPAN)
    traces.emit(traces.start())
    assert traces.events == []


def test_a_span_that_fails_reaches_nobody() -> None:
    class Fails(trace.NonRecordingSpan):
        def is_recording(self) -> bool:
            return True

        def add_event(self, *arguments: Any, **named: Any) -> None:
            added.append(arguments)
            raise RuntimeError("a span's own")

    added: list[Any] = []
    traces = Traces()
    traces.emit(Fails(traces.start().get_span_context()))
    assert len(added) == 1


def test_flushing_and_shutting_down_are_allowed_at_any_time() -> None:
    traces = Traces()
    assert traces.loggers.force_flush()
    traces.loggers.shutdown()
    traces.emit(traces.start())
    assert traces.bridge.force_flush()


@pytest.mark.parametrize("foreign", [False, True])
def test_who_has_traces_alone_sees_what_was_restored(foreign: bool) -> None:
    traces = Traces()
    telemetry = Telemetry(tracer_provider=traces.tracers, logger_provider=traces.loggers)
    bench = Bench(telemetry=telemetry)
    kind = KINDS[0]
    answers = (whole(chat("Hello.", reasoning="think")), whole(chat("Good.")))
    with (
        loopback(*answers) as server,
        web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one,
    ):
        one.post(server.url + CHAT, json=asked())
        if foreign:
            with traces.tracers.get_tracer("another").start_as_current_span(
                "chat", attributes={"gen_ai.operation.name": "chat"}
            ):
                one.post(server.url + CHAT, json=asked(follow_up()))
        else:
            one.post(server.url + CHAT, json=asked(follow_up()))
    ((name, _, found),) = traces.events
    assert (name, found["sealegs.reasoning.part.count"]) == ("sealegs.reasoning.restored", 1)
    last = traces.exporter.get_finished_spans()[-1]
    assert [event.name for event in last.events] == ["sealegs.reasoning.restored"]
