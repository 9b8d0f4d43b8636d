"""What happened in an exchange, in OpenTelemetry's terms: attributes, events and counts.

Texts never appear: no reasoning, no arguments, no descriptions. Tools are named, as the GenAI
conventions name them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from opentelemetry.util.types import AttributeValue

    from sealegs.exchange import (
        CallOutcome,
        Exchange,
        Injected,
        Missed,
        Perturbed,
        Retention,
        ToolUse,
    )

__all__ = ["Count", "Occurrence", "attributes", "counts", "occurrences", "perturbation_events"]

_NAMED = 64
"""How many turns or tools an event names; the newest turns, where there are more."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One event: it tells of all turns, or tools, that one thing happened to.

    Attributes:
        name: fully qualified.
        warns: whether something was lost.
        attributes: what it says.
        informs: whether it is worth more than a debug message, though nothing was lost.
    """

    name: str
    warns: bool
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict[str, "AttributeValue"])
    informs: bool = False


class Count(msgspec.Struct, frozen=True):
    """Something to add to a counter."""

    counter: str
    number: int
    attributes: Mapping[str, AttributeValue]


def attributes(exchange: Exchange) -> Iterator[tuple[str, AttributeValue]]:
    """Give what is ours to say on a model's span; fewer than twenty attributes."""
    if exchange.failures:
        yield "sealegs.failure.count", len(exchange.failures)
    if exchange.retention is not None:
        yield from _of_reasoning(exchange.retention)
    if exchange.tools is not None:
        yield from _of_tools(exchange.tools)
    if exchange.perturbation is not None:
        yield from _of_perturbation(exchange.perturbation)


def _of_reasoning(kept: Retention) -> Iterator[tuple[str, AttributeValue]]:
    yield "sealegs.reasoning.retained.part.count", kept.count("present")
    yield "sealegs.reasoning.restored.part.count", kept.count("restored") + kept.count("repaired")
    yield "sealegs.reasoning.lost.part.count", len(kept.gaps)
    if kept.hidden_bytes:
        yield "sealegs.reasoning.restored.size", kept.hidden_bytes
        yield "sealegs.reasoning.restored.token.count", kept.hidden_tokens
        yield "sealegs.reasoning.token.source", "estimate"
    if kept.recovered:
        yield "sealegs.reasoning.recovery.name", kept.recovered


def _of_tools(use: ToolUse) -> Iterator[tuple[str, AttributeValue]]:
    if use.reports or use.unread:
        yield "sealegs.tool_schema.dialect.target", use.dialect
        yield "sealegs.tool_schema.tool.count", len(use.reports)
        yield "sealegs.tool_schema.rewrite.count", use.rewritten
        yield "sealegs.tool_schema.loss.count", len(use.lossy)
    if use.calls:
        yield "sealegs.tool_call.count", len(use.calls)
        yield "sealegs.tool_call.mended.count", use.count("mended")
        yield "sealegs.tool_call.refused.count", use.count("refused")
    if use.retries:
        yield "sealegs.tool_call.retry.count", use.retries


def _of_perturbation(done: Perturbed) -> Iterator[tuple[str, AttributeValue]]:
    yield "sealegs.perturbation.count", done.carried
    if done.operators:
        yield "sealegs.perturbation.operator.names", list(done.operators[:_NAMED])


def occurrences(exchange: Exchange) -> Iterator[Occurrence]:
    """Give the events of an exchange."""
    kept, use = exchange.retention, exchange.tools
    if kept is not None:
        for outcome in ("restored", "repaired"):
            turns = [turn for turn, one in enumerate(kept.outcomes) if one == outcome]
            if turns:
                what = {"sealegs.reasoning.outcome": outcome}
                yield Occurrence("sealegs.reasoning.restored", False, what | _turns(turns))
        for reason in dict.fromkeys(reason for _, reason in kept.gaps):
            turns = [turn for turn, one in kept.gaps if one == reason]
            why = {"sealegs.reasoning.loss.reason": reason}
            yield Occurrence("sealegs.reasoning.lost", True, why | _turns(turns))
    if use is not None:
        yield from _tool_events(use)
    if exchange.perturbation is not None:
        yield from perturbation_events(exchange.perturbation)


def _turns(turns: list[int]) -> dict[str, AttributeValue]:
    return {
        "sealegs.reasoning.part.count": len(turns),
        "sealegs.reasoning.turn.indexes": turns[-_NAMED:],
    }


def _tool_events(use: ToolUse) -> Iterator[Occurrence]:
    if use.lossy or use.rewritten:
        yield Occurrence(
            "sealegs.tool_schema.rewritten",
            bool(use.lossy),
            {
                "sealegs.tool_schema.dialect.target": use.dialect,
                "sealegs.tool_schema.rewrite.count": use.rewritten,
                "sealegs.tool_schema.lossy.tool.names": list(use.lossy[:_NAMED]),
            },
        )
    for call in use.calls:
        if call.outcome != "clean":
            yield Occurrence(
                "sealegs.tool_call.mended"
                if call.outcome == "mended"
                else "sealegs.tool_call.kept",
                call.outcome != "mended",
                {
                    "gen_ai.tool.name": call.tool,
                    "sealegs.tool_call.outcome": call.outcome,
                    "sealegs.tool_call.from_text": call.from_text,
                    "sealegs.tool_call.repair.names": list(call.repairs),
                    "sealegs.tool_call.repair.class": call.worst,
                    "sealegs.tool_call.problem.pointers": list(call.problems[:_NAMED]),
                },
            )


_SEMANTICS: Mapping[str, str] = {
    "invariant": "preserving",
    "recoverable": "altering",
    "directional": "altering",
    "adversarial": "altering",
    "must_abstain": "destroying",
}
"""What an edit does to the task, in the terms of traces, by its label."""


def perturbation_events(done: Perturbed) -> Iterator[Occurrence]:
    """Give the events of what was disturbed in an exchange, or in a call of a tool."""
    for one in done.injected:
        told = {
            "sealegs.perturbation.id": one.id,
            **_operator(one),
            "sealegs.perturbation.outcome": "applied" if one.applied else "failed",
            "sealegs.perturbation.turn.index": one.turn,
        }
        for when, name in (("before", one.before), ("after", one.after)):
            if name:
                told[f"sealegs.perturbation.{when}.digest"] = f"blake2b:{name}"
        yield Occurrence("sealegs.perturbation.injected", False, told, informs=True)
    for missed in done.missed:
        why = {"sealegs.perturbation.skip.reason": missed.reason}
        yield Occurrence("sealegs.perturbation.skipped", False, _operator(missed) | why)


def _operator(one: Injected | Missed) -> dict[str, AttributeValue]:
    told: dict[str, AttributeValue] = {
        "sealegs.perturbation.operator.name": one.operator,
        "sealegs.perturbation.surface": one.surface,
        "sealegs.perturbation.label": one.label,
        "sealegs.perturbation.semantics": _SEMANTICS.get(one.label, "unknown"),
        "sealegs.perturbation.severity.value": round(one.severity / 3, 6),
    }
    return told | ({"gen_ai.tool.name": one.tool} if one.tool else {})


def counts(exchange: Exchange) -> Iterable[Count]:
    """Give what an exchange adds to the counters."""
    provider = exchange.provider
    if exchange.retention is not None:
        for outcome in dict.fromkeys(exchange.retention.outcomes):
            said = {"sealegs.reasoning.outcome": outcome, "gen_ai.provider.name": provider}
            yield Count("sealegs.reasoning.parts", exchange.retention.count(outcome), said)
    if exchange.tools is not None:
        if exchange.tools.rewritten:
            by = {
                "sealegs.tool_schema.dialect.target": exchange.tools.dialect,
                "gen_ai.provider.name": provider,
            }
            yield Count("sealegs.tool_schema.rewrites", exchange.tools.rewritten, by)
        for became in _outcomes(exchange.tools):
            what = {"sealegs.tool_call.outcome": became, "gen_ai.provider.name": provider}
            yield Count("sealegs.tool_calls", exchange.tools.count(became), what)
    if exchange.perturbation is not None:
        yield from _perturbations(exchange.perturbation)


def _outcomes(use: ToolUse) -> Iterable[CallOutcome]:
    return dict.fromkeys([call.outcome for call in use.calls])


def _perturbations(done: Perturbed) -> Iterable[Count]:
    kinds = Counter(
        (one.operator, one.surface, "applied" if one.applied else "failed") for one in done.injected
    )
    for (operator, surface, outcome), number in kinds.items():
        said = {
            "sealegs.perturbation.operator.name": operator,
            "sealegs.perturbation.surface": surface,
            "sealegs.perturbation.outcome": outcome,
        }
        yield Count("sealegs.perturbations", number, said)
