"""A campaign: an agent against its cases, clean and disturbed, and the verdict on it.

    from sealegs.perturbation.campaign import Campaign

    result = Campaign(agent, cases, "five-surfaces", reps=3).run()
    print(result.judgement.verdict, result.judgement.reason)

This is what the pytest plugin does, for those who do not use pytest. Trials run one after the
other, or in any ``concurrent.futures.Executor``: what is disturbed does not depend on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sealegs.errors import ProfileError
from sealegs.jsons import Json
from sealegs.perturbation.attempting import Attempt, attempt
from sealegs.perturbation.cases import named_cases
from sealegs.perturbation.guarding import Guard
from sealegs.perturbation.judging import Judgement, judge, paired
from sealegs.perturbation.literals import NOTHING, Literals
from sealegs.perturbation.loading import load_profile
from sealegs.perturbation.plans import Plan
from sealegs.perturbation.profiles import Profile
from sealegs.perturbation.receipts import TrialRecord
from sealegs.settings import Settings
from sealegs.statistics.gating import Decision, Gate, compare

if TYPE_CHECKING:
    from sealegs.catalog import Catalog

__all__ = ["Campaign", "Result"]


@dataclass(frozen=True, slots=True)
class Result:
    """What a campaign found.

    Attributes:
        records: its trials, in the order in which they were planned.
        judgement: the verdict, and what it stands on.
        plan: what was disturbed, to be written and replayed.
    """

    records: tuple[TrialRecord, ...]
    judgement: Judgement
    plan: Plan


@dataclass(frozen=True, slots=True)
class Campaign:
    """An agent, its cases, and what disturbs them.

    Attributes:
        agent: takes a case; its tools and clients are tapped by adapters. For a pool of processes
            it must be a function of a module.
        cases: by name, or a list; see `sealegs.perturbation.cases`.
        profile: a profile, the name of one that a plugin contributes, or a file.
        check: takes a case and what the agent gave for it, and says whether that is right; by
            default it is unless the agent gives ``False`` or raises.
        gate: what must be shown.
        reps: how often each case runs in each arm.
        seed: other seeds disturb other places.
        supplies: what operators need and the profile does not give, by need.
        literals: what text operators must keep, by case; see `sealegs.perturbation.baselines`.
        settings: by default they are loaded.
        catalog: by default the installed plugins are loaded.
    """

    agent: Callable[[Any], Any]
    cases: Mapping[str, Any] | Sequence[Any]
    profile: Profile | str | Path
    check: Callable[[Any, Any], bool] | None = None
    gate: Gate = field(default_factory=Gate)
    reps: int = 1
    seed: int = 0
    supplies: Mapping[str, Json] = field(default_factory=dict[str, Json])
    literals: Mapping[str, Literals] = field(default_factory=dict[str, Literals])
    settings: Settings | None = None
    catalog: Catalog | None = None

    def run(
        self,
        executor: Executor | None = None,
        *,
        progress: Callable[[TrialRecord, int, int], None] | None = None,
    ) -> Result:
        """Run all trials, or, where the gate stops early, as many as it takes.

        Args:
            executor: runs trials; by default they run here, one after the other.
            progress: is told of each trial that ended, of how many there are now and will be.

        Raises:
            GuardError: nothing may be disturbed here.
            ProfileError: the profile, or the cases, do not fit.
        """
        settings = self.settings or Settings.load()
        Guard.of(settings).check()
        catalog = self.catalog or _installed(settings)
        profile = load_profile(self.profile, catalog)
        works = list(self._works(profile, catalog, settings))
        records: list[TrialRecord] = []
        for record in self._run(works, executor):
            records.append(record)
            if progress is not None:
                progress(record, len(records), len(works))
            if self._decided(records):
                break
        judgement = judge(records, self.gate, required=profile.required, planned=len(works) // 2)
        return Result(tuple(records), judgement, Plan.of(profile, self.seed, records))

    def replay(self, plan: Plan, case: str, repetition: int = 0) -> TrialRecord:
        """Run one disturbed trial exactly as a plan says.

        Raises:
            GuardError: nothing may be disturbed here.
            ProfileError: the plan does not know the trial, or the campaign the case.
        """
        settings = self.settings or Settings.load()
        planned, known = plan.trial(case, repetition), named_cases(self.cases)
        if planned is None or case not in known:
            where = "the plan" if planned is None else "the campaign"
            raise ProfileError(plan.profile.name, case, f"{where} has no such trial")
        catalog = self.catalog or _installed(settings)
        work = Attempt(
            plan.profile,
            catalog.perturbations,
            settings,
            plan.seed,
            case,
            known[case],
            repetition,
            "disturbed",
            planned,
        )
        return attempt(work, self.agent, self.check)

    def _works(self, profile: Profile, catalog: Catalog, settings: Settings) -> Iterator[Attempt]:
        used = {use.operator for use in profile.uses}
        operators = {name: one for name, one in catalog.perturbations.items() if name in used}
        for name, case in named_cases(self.cases).items():
            for repetition in range(self.reps):
                for arm in ("clean", "disturbed"):
                    yield Attempt(
                        profile,
                        operators,
                        settings,
                        self.seed,
                        name,
                        case,
                        repetition,
                        arm,
                        literals=self.literals.get(name, NOTHING),
                        supplies=self.supplies,
                    )

    def _run(self, works: Sequence[Attempt], executor: Executor | None) -> Iterator[TrialRecord]:
        """Give the records in the order of the trials, however they finish."""
        if executor is None:
            for work in works:
                yield attempt(work, self.agent, self.check)
            return
        futures: list[Future[TrialRecord]] = [
            executor.submit(attempt, work, self.agent, self.check) for work in works
        ]
        try:
            for future in futures:
                yield future.result()
        finally:
            for future in futures:
                future.cancel()

    def _decided(self, records: Sequence[TrialRecord]) -> bool:
        """Whether the gate may stop here: it looks after each case, and only if it stops early."""
        if not self.gate.early_stop or len(records) % (2 * self.reps):
            return False
        pairs = [pair for pair, _ in paired(records)]
        return bool(pairs) and compare(pairs, self.gate).decision is not Decision.INCONCLUSIVE


def _installed(settings: Settings) -> Catalog:
    from sealegs.catalog import Catalog

    return Catalog.load(blocked=settings.disabled_plugins)
