"""A campaign: an agent against its cases, clean and disturbed, and the verdict on it.

    from sealegs.perturbation.campaigns.campaign import Campaign

    result = Campaign(agent, cases, "five-surfaces", reps=3).run()
    print(result.verdict, result.judgement.reason)

This is what the pytest plugin does, for those who do not use pytest. Trials run one after the
other, or in any ``concurrent.futures.Executor``: what is disturbed, and the verdict, do not depend
on it, nor on which trial ends first.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sealegs.errors import ProfileError
from sealegs.jsons import Json
from sealegs.perturbation.campaigns.attempting import Attempt, attempt
from sealegs.perturbation.campaigns.cases import named_cases
from sealegs.perturbation.campaigns.parting import Split, judge_parts, parts
from sealegs.perturbation.campaigns.pooling import run_all
from sealegs.perturbation.campaigns.resulting import Result
from sealegs.perturbation.campaigns.stopping import EarlyStop
from sealegs.perturbation.literals import NOTHING, Literals
from sealegs.perturbation.loading import load_profile
from sealegs.perturbation.operators import Operator
from sealegs.perturbation.profiles import Profile
from sealegs.perturbation.trial import Arm
from sealegs.perturbation.trials.baselines import Baseline
from sealegs.perturbation.trials.guarding import Guard
from sealegs.perturbation.trials.plans import Plan
from sealegs.perturbation.trials.receipts import TrialRecord
from sealegs.settings import Settings
from sealegs.statistics.gating import Gate

if TYPE_CHECKING:
    from sealegs.catalog import Catalog

__all__ = ["Campaign", "Result"]


@dataclass(frozen=True)
class Campaign:
    """An agent, its cases, and what disturbs them.

    Attributes:
        agent: takes a case; its tools and clients are tapped by adapters. For a pool of processes
            it must be a function of a module, and so must ``check``.
        cases: by name, or a list; see `sealegs.perturbation.campaigns.cases`.
        profile: a profile, the name of one that a plugin contributes, or a file.
        check: takes a case and what the agent gave for it, and says whether that is right; by
            default it is unless the agent gives ``False`` or raises.
        gate: what must be shown; a number is its margin.
        reps: how often each case runs in each arm.
        split: how the profile is taken apart, to see which part breaks the agent; see
            `sealegs.perturbation.campaigns.parting`.
        seed: other seeds disturb other places.
        supplies: what operators need and the profile does not give, by need; or what gives it for
            a case.
        literals: what text operators must keep: a recorded baseline, or literals by case.
        settings: by default they are loaded.
        catalog: by default the installed plugins are loaded.
    """

    agent: Callable[[Any], Any]
    cases: Mapping[str, Any] | Sequence[Any]
    profile: Profile | str | Path
    check: Callable[[Any, Any], bool] | None = None
    gate: Gate | float = field(default_factory=Gate)
    reps: int = 1
    split: Split = ""
    seed: int = 0
    supplies: Mapping[str, Json] | Callable[[Any], Mapping[str, Json]] = field(
        default_factory=dict[str, Json]
    )
    literals: Baseline | Mapping[str, Literals] = field(default_factory=Baseline)
    settings: Settings | None = None
    catalog: Catalog | None = None

    def run(
        self,
        executor: Executor | None = None,
        *,
        progress: Callable[[TrialRecord, int, int], None] | None = None,
        journal: Path | str | None = None,
    ) -> Result:
        """Run all trials, or, where the gate stops early, as many as it takes.

        What is no ``Exception``, such as ``KeyboardInterrupt``, ends the run and is raised; what
        has not begun is cancelled. Trials that had ended are in the journal's folder then: give
        `kept_trials` of it to `judged`.

        Args:
            executor: runs trials; by default they run here, one after the other.
            progress: is told of each trial that ended, how many there are now, and will be.
            journal: a folder for the run's journal, and for the record of each trial as it ends.

        Raises:
            GuardError: nothing may be disturbed here.
            ProfileError: the profile, or the cases, do not fit.
        """
        self._refuse()
        works, stop = list(self._works()), self._stop()
        folder = None if journal is None else Path(journal)
        found: dict[int, TrialRecord] = {}
        with closing(run_all(works, self.agent, self.check, executor, folder)) as ended:
            for at, record in ended:
                found[at] = record
                if progress is not None:
                    progress(record, len(found), len(works))
                stop.add(record)
                if stop.decided:
                    break
        looked = frozenset(stop.cases if stop.decided else self._cases)
        # which trials of later cases had ended by then is chance
        return self.judged(one for one in found.values() if one.case in looked)

    def judged(self, records: Iterable[TrialRecord]) -> Result:
        """Judge trials of this campaign, such as those of a run that was interrupted.

        Of a trial that is given twice, the later one counts.
        """
        order = {name: at for at, name in enumerate(self._cases)}
        arms = {name: at for at, name in enumerate(self._parts)}
        found: dict[tuple[int, int, int], TrialRecord] = {}
        for one in records:
            arm = -1 if one.arm == "clean" else arms.get(one.profile, len(arms))
            found[order.get(one.case, len(order)), one.repetition, arm] = one
        known = [found[key] for key in sorted(found)]
        planned, profiles = len(order) * self.reps, self._parts.values()
        plans = {
            profile.name: Plan.of(
                profile, self.seed, [one for one in known if one.profile == profile.name]
            )
            for profile in profiles
        }
        return Result(tuple(known), judge_parts(known, self._gate, profiles, planned), plans)

    def record(self, executor: Executor | None = None) -> Baseline:
        """Run the clean trials alone, and give what their tools were called with.

        Raises:
            GuardError: nothing may be disturbed here.
            ProfileError: the profile, or the cases, do not fit.
        """
        self._refuse()
        works = [work for work in self._works(listens=True) if work.arm == "clean"]
        return Baseline.of(one for _, one in run_all(works, self.agent, self.check, executor))

    def replay(self, plan: Plan, case: str, repetition: int = 0) -> TrialRecord:
        """Run one disturbed trial exactly as a plan says.

        Raises:
            GuardError: nothing may be disturbed here.
            ProfileError: the plan does not know the trial, or the campaign the case.
        """
        planned = plan.trial(case, repetition)
        if planned is None or case not in self._cases:
            where = "the plan" if planned is None else "the campaign"
            raise ProfileError(plan.profile.name, case, f"{where} has no such trial")
        work = Attempt(
            plan.profile,
            self._catalog.perturbations,
            self._settings,
            plan.seed,
            case,
            self._cases[case],
            repetition,
            "disturbed",
            planned,
        )
        return attempt(work, self.agent, self.check)

    # -------------------------------------------------------------- what it is made of

    @cached_property
    def _settings(self) -> Settings:
        return self.settings or Settings.load()

    @cached_property
    def _catalog(self) -> Catalog:
        from sealegs.catalog import Catalog

        return self.catalog or Catalog.load(blocked=self._settings.disabled_plugins)

    @cached_property
    def _cases(self) -> Mapping[str, Any]:
        return named_cases(self.cases)

    @cached_property
    def _gate(self) -> Gate:
        return Gate.of(self.gate)

    @cached_property
    def _parts(self) -> Mapping[str, Profile]:
        profile = load_profile(self.profile, self._catalog)
        return parts(profile, self.split, self._catalog.perturbations)

    def _refuse(self) -> None:
        Guard.of(self._settings).check()
        if self.reps < 1:
            raise ProfileError("reps", "", f"must be at least 1, and is {self.reps}")

    def _stop(self) -> EarlyStop:
        order = itertools.product(self._cases, range(self.reps))
        return EarlyStop(order, self._gate, list(self._parts))

    def _works(self, *, listens: bool = False) -> Iterator[Attempt]:
        """Give the trials, with no more in each than it needs: they may go to another process."""
        made = list(map(self._made, self._parts.values()))
        # the clean trial needs no operator, and no part of the profile has one of its own
        bare = made[0][0].model_copy(update={"uses": (), "required": None})
        arms: list[tuple[Arm, Profile, Mapping[str, Operator]]] = [
            ("clean", bare, {}),
            *(("disturbed", *one) for one in made),
        ]
        for (name, case), repetition in itertools.product(self._cases.items(), range(self.reps)):
            kept = self.literals
            literals = kept.literals(name) if isinstance(kept, Baseline) else kept.get(name)
            supplies = self.supplies(case) if callable(self.supplies) else self.supplies
            for arm, profile, operators in arms:
                yield Attempt(
                    profile,
                    operators,
                    self._settings,
                    self.seed,
                    name,
                    case,
                    repetition,
                    arm,
                    literals=literals or NOTHING,
                    supplies=supplies if arm == "disturbed" else {},
                    listens=listens,
                )

    def _made(self, profile: Profile) -> tuple[Profile, Mapping[str, Operator]]:
        used = {use.operator for use in profile.uses}
        known = self._catalog.perturbations
        return profile, {name: one for name, one in known.items() if name in used}
