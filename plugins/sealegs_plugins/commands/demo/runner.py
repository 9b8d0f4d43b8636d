"""Runs the cases, each without sealegs and with it, and judges what came of them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from sealegs.jsons import Json
from sealegs_plugins.commands.demo.server import Conversation, Tally, serving
from sealegs_plugins.commands.demo.vault import Vault
from sealegs_plugins.commands.demo.watching import Watcher

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

    from sealegs import Pipeline
    from sealegs_plugins.commands.demo.cases import Case

__all__ = [
    "ARMS",
    "Arm",
    "Ending",
    "Load",
    "Outcome",
    "Result",
    "attempt",
    "loaded",
    "on_loopback",
    "run_cases",
    "spanned",
]

Arm: TypeAlias = Literal["without", "with"]
Ending: TypeAlias = Literal["right", "wrong", "refused", "failed"]
"""The answer was right; it was wrong; the provider refused a request; something else broke."""

Load: TypeAlias = "Callable[[Watcher], Pipeline]"
"""Loads a pipeline that is watched."""

ARMS: Final[tuple[Arm, ...]] = ("without", "with")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run of the task ended.

    Attributes:
        ending: the verdict.
        detail: the provider's refusal, the error, or how often a wrong code word was tried.
        status: the HTTP status of a refusal; 0 for none.
        seconds: how long it took.
    """

    ending: Ending
    detail: str
    status: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Result:
    """One case in one arm.

    Attributes:
        rule: the provider and its rule.
        client: the client.
        arm: without sealegs, or with it.
        outcome: how it ended.
        tally: what the server counted.
        note: what else should be known.
        fault: what sealegs itself failed at; a run can go right all the same.
    """

    rule: str
    client: str
    arm: Arm
    outcome: Outcome
    tally: Tally
    note: str = ""
    fault: str = ""

    @property
    def good(self) -> bool:
        """Whether the answer is right, nothing is known to be lost, and sealegs did not fail."""
        whole = self.tally.kept_in_all == self.tally.owed_in_all
        return self.outcome.ending == "right" and whole and not self.fault


def run_cases(
    cases: Sequence[Case], load: Load, tracer: Tracer, tell: Callable[[str], None]
) -> Iterator[Result]:
    """Run each case in both arms, a span around each.

    Args:
        cases: what to run.
        load: loads a pipeline; each run with sealegs is a project of its own and has its own.
        tracer: makes the spans.
        tell: hears what comes next.
    """
    for case in cases:
        for arm in ARMS:
            tell(f"{case.rule}: {case.client}, {arm} sealegs")
            with loaded(load, arm) as (pipeline, watcher):
                yield spanned(tracer, partial(_run, case, arm, pipeline, watcher))


@contextmanager
def loaded(load: Load, arm: Arm) -> Generator[tuple[Pipeline | None, Watcher]]:
    """Give a pipeline for one run with sealegs, or ``None`` for one without, and its watcher."""
    watcher = Watcher()
    pipeline = load(watcher) if arm == "with" else None
    try:
        yield pipeline, watcher
    finally:
        if pipeline is not None:
            pipeline.close()


def spanned(tracer: Tracer, run: Callable[[], Result]) -> Result:
    """Run under a span of its own, which tells what was run and how it ended."""
    with tracer.start_as_current_span("sealegs demo") as span:
        result = run()
        span.set_attributes(
            {
                "sealegs.demo.rule": result.rule,
                "sealegs.demo.client": result.client,
                "sealegs.demo.arm": result.arm,
                "sealegs.demo.outcome": result.outcome.ending,
                "sealegs.demo.turns": result.tally.turns,
                "sealegs.demo.reasoning_kept": result.tally.kept,
                "sealegs.demo.reasoning_owed": result.tally.owed,
            }
        )
    return result


def _run(case: Case, arm: Arm, pipeline: Pipeline | None, watcher: Watcher) -> Result:
    conversation = Conversation(case.api())
    with serving(conversation) as origin:
        vault = Vault(conversation.accepts)
        outcome = attempt(lambda: case.play(origin, pipeline, vault), vault)
    tally, note, fault = conversation.tally, watcher.note, watcher.fault
    return Result(case.rule, case.client, arm, outcome, tally, note, fault)


def attempt(play: Callable[[], str], vault: Vault) -> Outcome:
    """Run the task once and judge it. What a client raises is an outcome, not an error of ours."""
    start = time.perf_counter()
    status, detail = 0, ""
    try:
        answer = play()
    except Exception as error:
        status = int(getattr(error, "status_code", 0) or 0)
        ending: Ending = "refused" if 400 <= status < 500 else "failed"
        detail = _said(error)
    else:
        ending = "right" if vault.told(answer) else "wrong"
        detail = f"{vault.refused} wrong code words" if vault.refused else ""
    return Outcome(ending, detail, status, time.perf_counter() - start)


def _said(error: Exception) -> str:
    """Give a provider's own words out of a client's error."""
    body: Json = getattr(error, "body", None)
    try:
        return str(body.get("error", body)["message"])
    except (AttributeError, LookupError, TypeError):
        return f"{type(error).__name__}: {error}"


_LEAVES_LOOPBACK: Final = (
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "OPENAI_PROXY", "ANTHROPIC_PROXY",
    "LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2",
)  # fmt: skip


@contextmanager
def on_loopback() -> Generator[None]:
    """Take out of the environment, for a while, what would send requests or traces elsewhere."""
    names = [name for name in os.environ if name.upper() in _LEAVES_LOOPBACK]
    saved = {name: os.environ.pop(name) for name in names}
    try:
        yield
    finally:
        os.environ.update(saved)
