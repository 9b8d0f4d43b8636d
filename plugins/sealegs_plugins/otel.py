"""OpenTelemetry with an SDK: sealegs' log-based events on spans as well.

Occurrences (reasoning restored, reasoning lost) are log-based events. Who collects traces and no
logs does not see them; this bridge adds each to the span that it belongs to.

    from opentelemetry import _logs
    from opentelemetry.sdk._logs import LoggerProvider
    from sealegs_plugins.otel import SpanEventBridge

    provider = LoggerProvider()
    provider.add_log_record_processor(SpanEventBridge())
    _logs.set_logger_provider(provider)

Needs the extra ``sealegs[otel]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from opentelemetry import trace
from opentelemetry.sdk._logs import LogRecordProcessor, ReadWriteLogRecord
from opentelemetry.trace import Span
from opentelemetry.util.types import AttributeValue

__all__ = ["SpanEventBridge"]


class SpanEventBridge(LogRecordProcessor):
    """Add events to the span in whose context they were emitted, while it is still recording.

    The rule is that of the specification's event to span event bridge (logs/sdk.md, status
    Development), which the Python SDK does not have yet: a record with a name and a valid span
    becomes a span event of that name, with its attributes and its time. Any other record, and one
    whose span has ended or is not sampled, is passed over.

    Args:
        scope: the instrumentation scope whose events are bridged; an empty string: all.
    """

    def __init__(self, scope: str = "sealegs") -> None:
        self._scope = scope

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Add one record to its span. What fails here reaches nobody."""
        try:
            self._add(log_record)
        except Exception:  # telemetry never changes what the caller sees
            return

    def _add(self, emitted: ReadWriteLogRecord) -> None:
        record, scope = emitted.log_record, emitted.instrumentation_scope
        name = record.event_name
        if not name or (self._scope and (scope is None or scope.name != self._scope)):
            return
        span = _span_of(emitted)
        if span is not None:
            attributes = cast("Mapping[str, AttributeValue]", record.attributes or {})
            span.add_event(name, attributes, record.timestamp or record.observed_timestamp)

    def shutdown(self) -> None:
        """Do nothing: nothing is held."""

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Do nothing: nothing is held."""
        return True


def _span_of(emitted: ReadWriteLogRecord) -> Span | None:
    """Find the record's span: that of its context, which must be the one whose ids it bears."""
    record = emitted.log_record
    span = trace.get_current_span(record.context)
    known = span.get_span_context()
    same = (known.trace_id, known.span_id) == (record.trace_id, record.span_id)
    return span if same and known.is_valid and span.is_recording() else None
