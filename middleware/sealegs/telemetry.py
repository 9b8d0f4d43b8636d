"""What OpenTelemetry is told of an exchange. Only its API is needed.

If another instrumentation's model span is current, its attributes are extended, late, so that no
second span tells of the same call. If none is, sealegs opens a span of its own by the GenAI
conventions (semantic conventions 1.41.1, status Development). Occurrences are log-based events.
Texts never appear. What fails here never reaches the caller.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec
from opentelemetry import _logs, context, metrics, trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from sealegs.exchange import Attempt, Exchange
from sealegs.flow import Call
from sealegs.occurrences import Occurrence, attributes, counts, occurrences
from sealegs.settings import TelemetrySettings

__all__ = ["Observation", "Telemetry"]

_SCOPE = "sealegs"

# How the model spans of the instrumentations that exist are known, in old and new spellings.
_MODEL_SPAN = (
    "gen_ai.operation.name",
    "gen_ai.request.model",
    "gen_ai.system",
    "llm.model_name",
    "llm.system",
    "langfuse.observation.type",
)


_COUNTERS = (
    (
        "sealegs.reasoning.parts",
        "{part}",
        "Assistant turns, by what became of their reasoning",
    ),
    (
        "sealegs.tool_schema.rewrites",
        "{rewrite}",
        "Tool definitions that went out otherwise than they came",
    ),
    ("sealegs.tool_calls", "{call}", "Tool calls of models, by what became of them"),
    ("sealegs.perturbations", "{perturbation}", "Edits and faults that were injected in a trial"),
)


class Telemetry:
    """Makes an observation of each exchange.

    Args:
        settings: whether anything is told.
        tracer_provider: by default the global one; likewise the others.
        meter_provider: for counters.
        logger_provider: for events.
    """

    def __init__(
        self,
        settings: TelemetrySettings | None = None,
        *,
        tracer_provider: trace.TracerProvider | None = None,
        meter_provider: metrics.MeterProvider | None = None,
        logger_provider: _logs.LoggerProvider | None = None,
    ) -> None:
        self.enabled = settings is None or settings.enabled
        self.tracer = trace.get_tracer(_SCOPE, tracer_provider=tracer_provider)
        self.logger = _logs.get_logger(_SCOPE, logger_provider=logger_provider)
        meter = metrics.get_meter(_SCOPE, meter_provider=meter_provider)
        self.counters = {
            name: meter.create_counter(name, unit, what) for name, unit, what in _COUNTERS
        }

    def begin(self, call: Call, adapter: str) -> Observation:
        """Begin to observe an exchange: find the current model span, or open one."""
        try:
            return self._begin(call, adapter)
        except Exception:
            return Observation(self, None, own=False, adapter=adapter)

    def _begin(self, call: Call, adapter: str) -> Observation:
        if not self.enabled:
            return Observation(self, None, own=False, adapter=adapter)
        around = context.get_current()
        current = trace.get_current_span(around)
        if current.is_recording() and _is_model_span(current):
            return Observation(self, current, own=False, adapter=adapter)
        operation = call.wire.operation
        model = call.document.model
        span = self.tracer.start_span(
            f"{operation} {model}".strip(),
            context=around,
            kind=SpanKind.CLIENT,
            attributes={
                "gen_ai.operation.name": operation,
                "gen_ai.provider.name": call.target.provider.name if call.target else "unknown",
                "gen_ai.request.model": model,
                "server.address": call.head.host.partition(":")[0],
            },
        )
        return Observation(self, span, own=True, adapter=adapter)


def _is_model_span(span: Span) -> bool:
    attributes: Mapping[str, object] = getattr(span, "attributes", None) or {}
    return any(name in attributes for name in _MODEL_SPAN)


class Observation(msgspec.Struct, frozen=True):
    """One exchange under observation; ended once."""

    telemetry: Telemetry
    span: Span | None
    own: bool
    adapter: str

    def end(self, exchange: Exchange, error: BaseException | None, attempts: list[Attempt]) -> None:
        """Say what happened: attributes, events, counts, and the end of our own span."""
        try:
            self._end(exchange, error, attempts)
        except Exception:  # telemetry never changes what the caller sees
            return

    def _end(
        self, exchange: Exchange, error: BaseException | None, attempts: list[Attempt]
    ) -> None:
        span = self.span
        if not self.telemetry.enabled or span is None:
            return
        around = trace.set_span_in_context(span)
        if span.is_recording():
            span.set_attribute("sealegs.adapter.name", self.adapter)
            span.set_attributes(dict(attributes(exchange)))
        with suppress(Exception):  # our own span must end all the same
            self._tell(exchange, around)
        if self.own:
            self._attempts(attempts, around)
            if span.is_recording():
                span.set_attributes(dict(_own_attributes(exchange)))
            if error is not None or exchange.status >= 400 or exchange.ending == "failed":
                kind = type(error).__name__ if error else str(exchange.status or "_OTHER")
                span.set_attribute("error.type", kind)
                span.set_status(Status(StatusCode.ERROR))
            span.end()

    def _attempts(self, attempts: list[Attempt], around: context.Context) -> None:
        """Show each attempt as a child, where there was more than one."""
        for number, attempt in enumerate(attempts if len(attempts) > 1 else ()):
            child = self.telemetry.tracer.start_span(
                "sealegs.attempt",
                context=around,
                start_time=attempt.started,
                attributes={
                    "sealegs.attempt.index": number,
                    "http.response.status_code": attempt.status,
                },
            )
            child.end(attempt.ended)

    def _tell(self, exchange: Exchange, around: context.Context) -> None:
        for count in counts(exchange):
            counter = self.telemetry.counters[count.counter]
            counter.add(count.number, count.attributes, context=around)
        for one in occurrences(exchange):
            self.telemetry.logger.emit(
                LogRecord(
                    timestamp=time.time_ns(),
                    context=around,
                    severity_number=_severity(one),
                    event_name=one.name,
                    attributes=dict(one.attributes),
                )
            )


def _severity(one: Occurrence) -> SeverityNumber:
    if one.warns:
        return SeverityNumber.WARN
    return SeverityNumber.INFO if one.informs else SeverityNumber.DEBUG


_USAGE: Mapping[str, str] = {
    "input": "gen_ai.usage.input_tokens",
    "output": "gen_ai.usage.output_tokens",
    "cached": "gen_ai.usage.cache_read.input_tokens",
    "reasoning": "gen_ai.usage.reasoning.output_tokens",
}


def _own_attributes(exchange: Exchange) -> Iterator[tuple[str, Any]]:
    """What an instrumentation would say, on the span that we opened because there was none."""
    for name, count in exchange.usage.items():
        if name in _USAGE:
            yield _USAGE[name], count
    if exchange.streamed:
        yield "gen_ai.request.stream", True
    if exchange.session:
        yield "gen_ai.conversation.id", exchange.session
    if exchange.status:
        yield "http.response.status_code", exchange.status
    yield "sealegs.exchange.ending", exchange.ending
