"""What all trials of one pytest process share, and how each one is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from sealegs import Catalog, SealegsError, Settings
from sealegs.perturbation.campaigns.attempting import Attempt
from sealegs.perturbation.campaigns.parting import parts
from sealegs.perturbation.loading import load_profile
from sealegs.perturbation.profiles import Profile
from sealegs.perturbation.trials.baselines import Baseline
from sealegs.perturbation.trials.engine import RunningTrial
from sealegs.perturbation.trials.guarding import Guard
from sealegs.perturbation.trials.journal import Journal
from sealegs.perturbation.trials.plans import Plan
from sealegs_plugins.pytest_plugin.filing import Folder
from sealegs_plugins.pytest_plugin.marking import Marked, Spec
from sealegs_plugins.pytest_plugin.options import Options

__all__ = ["Run"]


@dataclass(slots=True)
class Run:
    """One process's share of a perturbed run.

    Attributes:
        options: the command line.
        settings: with the environment that this is.
        catalog: what plugins contribute.
        folder: where journals go, one file for each process.
        plan: what is replayed.
        baseline: the literals that operators must keep.
    """

    options: Options
    settings: Settings
    catalog: Catalog
    folder: Folder
    plan: Plan | None
    baseline: Baseline
    _journal: Journal | None = None
    _profiles: dict[int, Mapping[str, Profile]] = field(
        default_factory=dict[int, "Mapping[str, Profile]"]
    )

    @classmethod
    def of(cls, options: Options, folder: Folder) -> Run:
        """Load what a run needs.

        Raises:
            UsageError: nothing may be disturbed here, or a file cannot be read.
        """
        try:
            settings = _staged(Settings.load())
            Guard.of(settings).check()
            catalog = Catalog.load(blocked=settings.disabled_plugins)
            plan = Plan.read(options.replay) if options.replay else None
            baseline = Baseline.read(options.baseline) if options.baseline else Baseline()
        except SealegsError as error:
            raise pytest.UsageError(f"--perturb: {error}") from None
        return cls(options, settings, catalog, folder, plan, baseline)

    @property
    def seed(self) -> int:
        """The seed: a plan's own, where one is replayed."""
        return self.plan.seed if self.plan else self.options.seed

    @property
    def partial(self) -> bool:
        """Whether only some trials are wanted, and no verdict on them."""
        return self.plan is not None or self.options.record is not None

    def parts(self, marked: Marked) -> Mapping[str, Profile]:
        """Give the parts of a marker's profile; read once for each marker.

        Raises:
            ProfileError: it cannot be read.
        """
        known = self._profiles.get(id(marked))
        if known is None:
            known = self._profiles[id(marked)] = self._parts(marked)
        return known

    def _parts(self, marked: Marked) -> Mapping[str, Profile]:
        if self.plan is not None:
            return {self.plan.profile.name: self.plan.profile}
        profile = load_profile(self.options.profile or marked.profile, self.catalog)
        if self.options.dry:
            profile = profile.model_copy(update={"dry_run": True})
        return parts(profile, marked.split, self.catalog.perturbations)

    def specs(self, marked: Marked) -> list[Spec]:
        """Give the trials of a marker, as the options want them."""
        known = self.parts(marked)
        specs = list(marked.specs(known, arms=True))
        if self.options.record:
            return [spec for spec in specs if spec.arm == "clean"]
        if self.plan is not None:
            return [spec for spec in specs if spec.arm == "disturbed"]
        return specs

    def replays(self, spec: Spec) -> bool:
        """Say whether the plan that is replayed has a trial."""
        return self.plan is not None and self.plan.trial(spec.name, spec.repetition) is not None

    def trial(self, marked: Marked, spec: Spec) -> RunningTrial:
        """Make a trial."""
        assert spec.arm is not None
        if self._journal is None:
            self._journal = Journal.own(self.folder.made / self.folder.journals.name)
        work = Attempt(
            self.parts(marked)[spec.part],
            self.catalog.perturbations,
            self.settings,
            self.seed,
            spec.name,
            spec.case,
            spec.repetition,
            spec.arm,
            self.plan.trial(spec.name, spec.repetition) if self.plan else None,
            self.baseline.literals(spec.name),
            marked.supplied(spec.case),
            listens=self.options.record is not None,
        )
        return work.begin(self._journal)

    def close(self) -> None:
        """Close the journal."""
        if self._journal is not None:
            self._journal.close()


def _staged(settings: Settings) -> Settings:
    """Take a test run for a test environment, where nothing else is said of it."""
    if settings.perturbation.environment:
        return settings
    here = settings.perturbation.model_copy(update={"environment": "test"})
    return settings.model_copy(update={"perturbation": here})
