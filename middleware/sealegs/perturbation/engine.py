"""A trial that runs: begun by whoever runs the agent, asked and told by taps."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any

from sealegs.errors import BudgetError
from sealegs.jsons import Json
from sealegs.perturbation.baselines import leaves
from sealegs.perturbation.deciding import Decider, Drawn, Question
from sealegs.perturbation.entering import Entered
from sealegs.perturbation.guarding import Guard
from sealegs.perturbation.journal import Journal
from sealegs.perturbation.kinds import write_edit
from sealegs.perturbation.ledger import Ledger
from sealegs.perturbation.literals import NOTHING, Literals
from sealegs.perturbation.operators import About, Operator, Site, Surface
from sealegs.perturbation.plans import PlannedTrial
from sealegs.perturbation.profiles import Profile
from sealegs.perturbation.receipts import Outcome, TrialRecord, baseline
from sealegs.perturbation.replaying import Replayed, by_use
from sealegs.perturbation.selecting import Choice, choose
from sealegs.perturbation.trial import Active, Arm, Edit, Injection
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
            `sealegs.perturbation.baselines`.

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
    made = RunningTrial(profile, choices, record, plan, literals, journal, clock)
    if listens and arm == "clean":
        made.listen()
    return made


class RunningTrial(Entered):
    """A `sealegs.perturbation.trial.Trial` that runs. Made by `begin`.

    Args:
        profile: which operators.
        choices: the same, made ready.
        record: what is known of the trial before it runs.
        plan: decides in the place of draws.
        literals: what text operators must keep.
        journal: is told of every event.
        clock: tells seconds.
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
    ) -> None:
        super().__init__()
        self.profile = profile
        self._record, self._journal, self._clock = record, journal, clock
        self._choices = tuple(choices) if record.arm == "disturbed" else ()
        self._replays = plan is not None
        self._lock = Lock()
        self._active: dict[tuple[type[Any], Surface | None], Sequence[Active]] = {}
        self._places: Counter[tuple[str, str, str]] = Counter()
        self._tapped: set[str] = set()
        self._watchers: list[Callable[[str, Sequence[str]], None]] = []
        self._began = clock()
        self._requests = self._tokens = 0
        self._exceeded = self._failure = ""
        self._heard: set[str] | None = None
        self._final: TrialRecord | None = None
        self._decider: Decider
        if plan is not None and self._choices:
            planned, counts = by_use(self._choices, plan)
            self._ledger = Ledger(self._choices, self._tell, counts)
            self._decider = Replayed(planned, self._ledger, dry=profile.dry_run)
        else:
            self._ledger = Ledger(self._choices, self._tell)
            self._decider = Drawn(profile, self._ledger, literals, self._fail)

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

    def occurrence(self, kind: str, place: str, agent: str = "") -> int:
        """Count how often a place was reached, from 0."""
        key = (kind, place, agent)
        with self._lock:
            count = self._places[key]
            self._places[key] = count + 1
        return count

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
        asked = Question(site, realise, before, after, text)
        found = self._decider.decide(self._choices[active.index], asked)
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
        for watcher in tuple(self._watchers):
            watcher(agent, texts)
        self._ledger.asked(agent, texts)
        with self._lock:
            self._requests += 1
            over = self._over()
            first = over is not None and not self._exceeded
            if over is not None:
                self._exceeded = self._exceeded or over[0]
        if over is not None:
            if first:
                self._tell("exceeded", limit=over[0], allowed=over[1])
            raise BudgetError(*over)

    def _over(self) -> tuple[str, float] | None:
        budget = self.profile.budget
        if budget.requests is not None and self._requests > budget.requests:
            return "requests", budget.requests
        if budget.tokens is not None and self._tokens >= budget.tokens:
            return "tokens", budget.tokens
        if budget.seconds is not None and self._clock() - self._began > budget.seconds:
            return "seconds", budget.seconds
        return None

    def called(self, arguments: Json, /) -> None:
        """Take note of what a tool was called with, where a clean run is listened to."""
        if self._heard is not None:
            with self._lock:
                self._heard.update(leaves(arguments))

    def spent(self, tokens: int, /) -> None:
        """Take note of tokens; what is beyond the budget ends the trial at the next request.

        Not at once: the reply that cost them is on its way, perhaps half read.
        """
        with self._lock:
            self._tokens += tokens

    def tapped(self, tool: str, /) -> None:
        """Say that a tool is disturbed where it runs."""
        with self._lock:
            self._tapped.add(tool)

    def is_tapped(self, tool: str, /) -> bool:
        """Say whether it is."""
        return tool in self._tapped

    def watch(self, watcher: Callable[[str, Sequence[str]], None], /) -> Callable[[], None]:
        """Have something called at each request; gives what ends it."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    # -------------------------------------------------------------- the record

    def listen(self) -> None:
        """Keep what tools are called with."""
        self._heard = set()

    def begun(self) -> None:
        """Start the clock."""
        self._began = self._clock()
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
            made = self.record().judged(outcome, detail)
            with self._lock:
                first = self._final is None
                self._final = self._final or made
            if first:
                self._tell("ended", outcome=made.outcome, requests=made.requests)
        return self.record()

    def ended(self, error: BaseException | None) -> None:
        """End the trial, if nobody has."""
        self.finish("error" if error else "", type(error).__name__ if error else "")

    def record(self) -> TrialRecord:
        """Give what became of the trial so far, or in the end."""
        receipts, uses = self._ledger.receipts(), self._ledger.uses()
        with self._lock:
            return self._final or replace(
                self._record,
                uses=uses,
                receipts=receipts,
                requests=self._requests,
                tokens=self._tokens,
                seconds=self._clock() - self._began,
                exceeded=self._exceeded,
                failure=self._failure,
                used=tuple(sorted(self._heard or ())),
            )

    def _fail(self, reason: str) -> None:
        with self._lock:
            self._failure = self._failure or reason
        self._tell("failed")

    def _tell(self, event: str, /, **facts: Json) -> None:
        if self._journal is None:
            return
        injection = facts.pop("injection", None)
        if injection is not None:
            facts |= _told(injection, content=self._journal.content)
        known = self._record
        trial = {"case": known.case, "repetition": known.repetition, "arm": known.arm}
        at = round(self._clock() - self._began, 6)
        self._journal.write(event, {**trial, "at": at, **facts})


def _told(injection: Injection, *, content: bool) -> dict[str, Json]:
    site = injection.site
    told: dict[str, Json] = {
        "id": injection.id,
        "operator": injection.operator,
        "surface": injection.surface,
        "label": injection.label,
        "severity": injection.severity,
        "place": site.key,
        "turn": site.turn,
        "tool": site.tool,
        "before": injection.before,
        "after": injection.after,
    }
    if content:
        told["edit"] = write_edit(injection.edit)
    return told
