"""Tells traces of what became of a tool's call: events on the span that is current there."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from opentelemetry import trace
from opentelemetry.trace import Span

from sealegs.exchange import Injected, Perturbed
from sealegs.occurrences import perturbation_events
from sealegs.perturbation.trial import Injection

__all__ = ["trace_injection"]

_COUNT = "sealegs.perturbation.count"


def trace_injection(made: Injection) -> None:
    """Write an injection onto the current span, and count it there, if that is a tool's span.

    The instrumentation of whoever runs the tool has opened it. What fails here goes no further.
    """
    with suppress(Exception):
        span = trace.get_current_span()
        if not span.is_recording():
            return
        for event in perturbation_events(Perturbed(injected=(_told(made),))):
            span.add_event(event.name, dict(event.attributes))
        known: Mapping[str, object] = getattr(span, "attributes", None) or {}
        if _is_tool_span(span, known):
            count = known.get(_COUNT, 0)
            span.set_attribute(_COUNT, (count if isinstance(count, int) else 0) + 1)


def _told(made: Injection) -> Injected:
    return Injected(
        made.id,
        made.operator,
        made.surface,
        made.label,
        made.severity,
        made.site.turn,
        made.site.tool,
        made.before,
        made.after,
    )


def _is_tool_span(span: Span, attributes: Mapping[str, object]) -> bool:
    return (
        attributes.get("gen_ai.operation.name") == "execute_tool"
        or attributes.get("openinference.span.kind") == "TOOL"
        or str(getattr(span, "name", "")).startswith("execute_tool")
    )
