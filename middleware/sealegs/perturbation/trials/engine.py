"""A trial that runs: begun by whoever runs the agent, asked and told by taps."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any

from sealegs.errors import BudgetError
from sealegs.jsons import Json
from sealegs.perturbation.literals import NOTHING, Literals
from sealegs.perturbation.operators import About, Operator, Site, Surface
from sealegs.perturbation.profiles import Profile
from sealegs.perturbation.trial import Active, Arm, Edit, Injection
from sealegs.perturbation.trials.advising import unreached
from sealegs.perturbation.trials.deciding import Decider, Drawn, Question
from sealegs.perturbation.trials.entering import Entered
from sealegs.perturbation.trials.guarding import Guard
from sealegs.perturbation.trials.journal import Journal
from sealegs.perturbation.trials.ledger import Ledger
from sealegs.perturbation.trials.metering import Meter
from sealegs.perturbation.trials.noting import Noting
from sealegs.perturbation.trials.plans import PlannedTrial
from sealegs.perturbation.trials.receipts import Outcome, TrialRecord, baseline
from sealegs.perturbation.trials.replaying import Replayed, by_use
from sealegs.perturbation.trials.selecting import Choice, choose
from sealegs.perturbation.trials.telling import Teller
from sealegs.settings import Settings

__all__ = ["RunningTrial", "begin"]


def begin(
    profile: Profile,
    *,
    catalog: Mapping[str, Operator],
    settings: Settings,
    seed: int = 0,
    case: str = "",
    repetition: int = 0,
    arm: Arm = "disturbed",
    plan: PlannedTrial | None = None,
    literals: Literals = NOTHING,
    supplies: Mapping[str, Json] | None = None,
    journal: Journal | None = None,
    clock: Callable[[], float] = time.monotonic,
    listens: bool = False,
) -> RunningTrial:
    """Make a trial; as a context manager, sync or async, it runs.

    Args:
        profile: which operators.
        catalog: all operators that are known, by name.
        settings: say whether anything may be disturbed here.
        seed: of the run.
        case: the case's name.
        repetition: which one of the case, from 0.
        arm: in the clean one nothing fires; all else is the same.
        plan: decides in the place of draws.
        literals: what text operators must keep.
        supplies: what the test gives, by need; or by an operator's name, and then by need.
        journal: is told of every event.
        clock: tells seconds.
        listens: whether the record of a clean trial holds what its tools were called with; see
            `sealegs.perturbation.trials.baselines`.

    Raises:
        GuardError: nothing may be disturbed here.
        ProfileError: an operator is unknown, or the plan is another profile's.
    """
    if arm == "disturbed":
        Guard.of(settings).check()
    choices = choose(
        profile, catalog, seed=seed, case=case, repetition=repetition, supplies=supplies or {}
    )
    record = TrialRecord(
        profile=profile.name,
        seed=seed,
        case=case,
        repetition=repetition,
        arm=arm,
        replay=plan is not None,
        dry=profile.dry_run,
        literals=baseline(literals),
    )
    listens = listens and arm == "clean"
    return RunningTrial(profile, choices, record, plan, literals, journal, clock, listens=listens)


class RunningTrial(Noting, Entered):
    """A `sealegs.perturbation.trial.Trial` that runs. Made by `begin`.

    Args:
        profile: which operators.
        choices: the same, made ready.
        record: what is known of the trial before it runs.
        plan: decides in the place of draws.
        literals: what text operators must keep.
        journal: is told of every event.
        clock: tells seconds.
        listens: whether to keep what tools are called with.
    """

    def __init__(
        self,
        profile: Profile,
        choices: Sequence[Choice],
        record: TrialRecord,
        plan: PlannedTrial | None,
        literals: Literals,
        journal: Journal | None,
        clock: Callable[[], float],
        *,
        listens: bool = False,
    ) -> None:
        Noting.__init__(self, listens=listens)
        Entered.__init__(self)
        self.profile, self._record = profile, record
        self._meter = Meter(profile.budget, clock)
        self._tell = Teller(record, journal, lambda: self._meter.seconds)
        self._choices = tuple(choices) if record.arm == "disturbed" else ()
        self._replays = plan is not None
        self._lock = Lock()
        self._active: dict[tuple[type[Any], Surface | None], Sequence[Active]] = {}
        self._failure = ""
        self._final: TrialRecord | None = None
        self._decider: Decider
        if plan is not None and self._choices:
            planned, counts = by_use(self._choices, plan)
            self._ledger = Ledger(self._choices, self._tell, counts)
            self._decider = Replayed(planned, self._ledger, dry=profile.dry_run)
        else:
            self._ledger = Ledger(self._choices, self._tell)
            self._decider = Drawn(profile, self._ledger, literals, self.failed)

    # -------------------------------------------------------------- what taps ask

    @property
    def dry(self) -> bool:
        """Whether everything is decided and nothing applied."""
        return self.profile.dry_run

    def of(self, kind: type[Any], surface: Surface | None = None) -> Sequence[Active]:
        """Give the active operators of a kind, in the profile's order; none in the clean arm."""
        try:
            return self._active[kind, surface]
        except KeyError:
            found = tuple(
                choice.active
                for choice in self._choices
                if isinstance(choice.active.operator, kind)
                and surface in (None, choice.active.operator.sheet.surface)
                and (self._replays or not choice.outside)
            )
            self._active[kind, surface] = found
            return found

    def consider(
        self,
        active: Active,
        site: Site,
        realise: Callable[[About], Edit | None],
        *,
        before: str = "",
        after: Callable[[Edit], str] | None = None,
        text: str | None = None,
    ) -> Injection | None:
        """Decide whether an operator fires at a place, and what it does there."""
        if not self._choices:
            return None
        choice = self._choices[active.index]
        found = self._decider.decide(choice, site, before, lambda: Question(realise, after, text))
        return None if self.profile.dry_run else found

    # -------------------------------------------------------------- what taps tell

    def delivered(self, injection: Injection, evidence: str, /) -> None:
        """Say that an injection left our hands."""
        self._ledger.delivered(injection, evidence)

    def undelivered(self, injection: Injection, reason: str, /) -> None:
        """Say why an injection that fired did not leave our hands."""
        self._ledger.undelivered(injection, reason)

    def skipped(self, active: Active, site: Site, reason: str, /) -> None:
        """Say why an operator cannot fire at a place that it was meant for."""
        if self._choices and self._choices[active.index].covers(site):
            self._ledger.skipped(active.index, reason)

    def awaits(self, injection: Injection, text: str, /) -> None:
        """Say which text a later request holds once an injection's result was seen."""
        self._ledger.awaits(injection, text)

    def asked(self, agent: str, texts: Sequence[str], /) -> None:
        """Take note of a request to a model; refuse it where the budget is used up."""
        self.watched(agent, texts)
        self._ledger.asked(agent, texts)
        first = not self._meter.exceeded
        over = self._meter.asked()
        if over is not None:
            if first:
                self._tell("exceeded", limit=over[0], allowed=over[1])
            raise BudgetError(*over)

    @property
    def requests(self) -> int:
        """How many requests to models were made so far."""
        return self._meter.requests

    def spent(self, tokens: int, /) -> None:
        """Take note of tokens; what is beyond the budget ends the trial at the next request.

        Not at once: the reply that cost them is on its way, perhaps half read.
        """
        self._meter.spent(tokens)

    def failed(self, reason: str, /) -> None:
        """Say why the trial cannot be disturbed as its profile says, so that it is none."""
        with self._lock:
            self._failure = self._failure or reason
        self._tell("failed")

    # -------------------------------------------------------------- the record

    def begun(self) -> None:
        """Start the clock."""
        self._meter.start()
        known = self._record
        self._tell(
            "begun",
            profile=known.profile,
            seed=known.seed,
            literals=known.literals,
            replay=known.replay,
            dry=known.dry,
        )

    def finish(self, outcome: Outcome = "", detail: str = "") -> TrialRecord:
        """End the trial, and say how. Only the first word counts; what comes later is not told."""
        if self._final is None:
            self._decider.settle()
            self._ledger.unreached(self._why)
            made = self.record().judged(outcome, detail)
            with self._lock:
                first = self._final is None
                self._final = self._final or made
            if first:
                self._tell("ended", outcome=made.outcome, requests=made.requests)
        return self.record()

    def _why(self, choice: Choice) -> str:
        return unreached(choice, requests=self._meter.requests, tapped=self.met_tools)

    def ended(self, error: BaseException | None) -> None:
        """End the trial, if nobody has."""
        self.finish("error" if error else "", type(error).__name__ if error else "")

    def record(self) -> TrialRecord:
        """Give what became of the trial so far, or in the end."""
        if self._final is not None:
            return self._final
        return replace(
            self._record,
            uses=self._ledger.uses(),
            receipts=self._ledger.receipts(),
            requests=self._meter.requests,
            tokens=self._meter.tokens,
            seconds=self._meter.seconds,
            exceeded=self._meter.exceeded,
            failure=self._failure,
            used=self.used,
        )
