"""What OpenTelemetry is told of injections: facts and digests, never what was said."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from calling import Says, chat_message, chat_said, chat_tool
from disturbing import STAGING, Failing, receipts, renaming, shouting, trial
from flows import Port, answered, drive, head
from sealegs.exchange import Exchange, Injected, Missed, Perturbed
from sealegs.occurrences import Count, Occurrence, attributes, counts, occurrences
from sealegs.perturbation.requests.layer import PerturbationLayer
from sealegs.telemetry import Telemetry
from web import Bench, asked, compact, installed

WORDS = Injected("i1", "typos", "user_prompt", "invariant", 2, 3, "", "b1", "a1")
SLOW = Injected("i2", "drop", "tool_response", "must_abstain", 3, 0, "get", applied=False)
DONE = Perturbed((WORDS, SLOW), (Missed("fail", "tool_response", "recoverable", 1, "why", "get"),))


def exchange(done: Perturbed) -> Exchange:
    facts = ("x1", "http", "openai-chat", "openai", "m", "", 200, "complete", False, 1, 0.1)
    return Exchange(*facts, {}, None, (), perturbation=done)


def test_each_injection_is_an_event_with_its_facts() -> None:
    assert list(occurrences(exchange(DONE))) == [
        Occurrence(
            "sealegs.perturbation.injected",
            False,
            {
                "sealegs.perturbation.id": "i1",
                "sealegs.perturbation.operator.name": "typos",
                "sealegs.perturbation.surface": "user_prompt",
                "sealegs.perturbation.label": "invariant",
                "sealegs.perturbation.semantics": "preserving",
                "sealegs.perturbation.severity.value": 0.666667,
                "sealegs.perturbation.outcome": "applied",
                "sealegs.perturbation.turn.index": 3,
                "sealegs.perturbation.before.digest": "blake2b:b1",
                "sealegs.perturbation.after.digest": "blake2b:a1",
            },
            informs=True,
        ),
        Occurrence(
            "sealegs.perturbation.injected",
            False,
            {
                "sealegs.perturbation.id": "i2",
                "sealegs.perturbation.operator.name": "drop",
                "sealegs.perturbation.surface": "tool_response",
                "sealegs.perturbation.label": "must_abstain",
                "sealegs.perturbation.semantics": "destroying",
                "sealegs.perturbation.severity.value": 1.0,
                "gen_ai.tool.name": "get",
                "sealegs.perturbation.outcome": "failed",
                "sealegs.perturbation.turn.index": 0,
            },
            informs=True,
        ),
        Occurrence(
            "sealegs.perturbation.skipped",
            False,
            {
                "sealegs.perturbation.operator.name": "fail",
                "sealegs.perturbation.surface": "tool_response",
                "sealegs.perturbation.label": "recoverable",
                "sealegs.perturbation.semantics": "altering",
                "sealegs.perturbation.severity.value": 0.333333,
                "gen_ai.tool.name": "get",
                "sealegs.perturbation.skip.reason": "why",
            },
        ),
    ]


def test_injections_are_counted_by_operator_surface_and_outcome() -> None:
    done = Perturbed((WORDS, WORDS, SLOW))
    assert list(counts(exchange(done))) == [
        Count(
            "sealegs.perturbations",
            number,
            {
                "sealegs.perturbation.operator.name": name,
                "sealegs.perturbation.surface": surface,
                "sealegs.perturbation.outcome": outcome,
            },
        )
        for name, surface, outcome, number in (
            ("typos", "user_prompt", "applied", 2),
            ("drop", "tool_response", "failed", 1),
        )
    ]


def test_a_span_says_how_many_injections_its_request_carried() -> None:
    assert dict(attributes(exchange(Perturbed()))) == {"sealegs.perturbation.count": 0}
    done = Perturbed(operators=("a", "b"), carried=7)
    assert dict(attributes(exchange(done))) == {
        "sealegs.perturbation.count": 7,
        "sealegs.perturbation.operator.names": ["a", "b"],
    }


def test_an_exchange_of_a_trial_is_told_and_nothing_that_was_said() -> None:
    spans, logs, metrics = (
        InMemorySpanExporter(),
        InMemoryLogRecordExporter(),  # type: ignore[no-untyped-call]
        InMemoryMetricReader(),
    )
    tracers, loggers = TracerProvider(), LoggerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    loggers.add_log_record_processor(SimpleLogRecordProcessor(logs))
    telemetry = Telemetry(
        tracer_provider=tracers,
        logger_provider=loggers,
        meter_provider=MeterProvider([metrics]),
    )
    layers = (PerturbationLayer(installed(), STAGING),)
    bench = Bench(layers=layers, settings=STAGING, telemetry=telemetry)
    messages: list[Any] = [
        {"role": "user", "content": "a secret"},
        chat_message(Says("get_weather")),
        {"role": "tool", "tool_call_id": "call_1", "content": "a secret"},
    ]
    body = compact(asked(messages, tools=[chat_tool("get_weather")]))
    operators = (shouting("user_prompt"), renaming({"get_weather": "gt_w"}), Failing("fail"))
    with trial(*operators) as running:
        for _ in range(2):
            begun = bench.pipeline.begin(head(), body, adapter="test")
            assert begun is not None
            drive(begun.exchange(), Port([answered(compact(chat_said(text="x")))]), "sync")
    first, second = (dict(span.attributes or {}) for span in spans.get_finished_spans())
    for span in (first, second):
        assert span["sealegs.perturbation.count"] == 2
        assert span["sealegs.perturbation.operator.names"] == ("renaming", "shouting-user_prompt")
    told = [one.log_record for one in logs.get_finished_logs()]
    assert [(one.event_name, one.severity_number.value) for one in told if one.severity_number] == [
        ("sealegs.perturbation.injected", 9),
        ("sealegs.perturbation.injected", 9),
        ("sealegs.perturbation.skipped", 5),
    ]
    ids = {(one.attributes or {}).get("sealegs.perturbation.id") for one in told[:2]}
    assert ids == {one.injection.id for one in receipts(running)}
    assert "secret" not in repr(told).lower()
    assert "sealegs.perturbations" in repr(metrics.get_metrics_data())
