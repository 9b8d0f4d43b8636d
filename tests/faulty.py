"""Trials in which exchanges fail as a test says, and the clients that meet it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sealegs.flow import Layer
from sealegs.perturbation.edits import Fault
from sealegs.perturbation.exchanges.transporting import TransportLayer
from sealegs.perturbation.operators import About, Operator, Sheet
from sealegs.perturbation.profiles import Profile, Use
from sealegs.perturbation.trials.engine import RunningTrial, begin
from sealegs.perturbation.trials.plans import PlannedTrial
from sites import STAGING
from web import Bench, installed


@dataclass(frozen=True, slots=True)
class Says:
    """An operator that says one fault at the first tries of a place; 0: at all of them."""

    what: Fault | None
    tries: int = 0
    name: str = "says"

    @property
    def sheet(self) -> Sheet:
        return Sheet(
            name=self.name,
            code="X1",
            surface="transport",
            label="recoverable",
            summary="for tests",
            parameters=({}, {}, {}),
            source="none",
        )

    def fault(self, about: About, /) -> Fault | None:
        return None if 0 < self.tries <= about.site.occurrence else self.what


def trial_of(
    *faults: Fault | None, tries: int = 0, plan: PlannedTrial | None = None
) -> RunningTrial:
    """A trial in which exchanges meet some faults, each by an operator of its own."""
    operators = [Says(one, tries, f"says-{number}") for number, one in enumerate(faults)]
    return trial_with(*operators, plan=plan)


def trial_with(
    *operators: Operator, severity: Any = 1, plan: PlannedTrial | None = None, **more: Any
) -> RunningTrial:
    """A trial with some operators."""
    uses = tuple(Use(operator=one.name, severity=severity, **more) for one in operators)
    catalog = {one.name: one for one in operators}
    profile = Profile(name="of a test", uses=uses)
    return begin(profile, catalog=catalog, settings=STAGING, plan=plan)


def told(trial: RunningTrial) -> list[tuple[bool, str]]:
    """What became of each injection: delivered with what evidence, or why not."""
    receipts = sorted(trial.record().receipts, key=lambda one: (one.use, one.injection.site.key))
    return [(one.delivered, one.evidence if one.delivered else one.reason) for one in receipts]


def transport() -> TransportLayer:
    """The layer."""
    return TransportLayer(installed(), STAGING)


@dataclass
class Faulty(Bench):
    """A bench with the layer alone, or below others."""

    layers: Sequence[Layer] | None = field(default_factory=lambda: (transport(),))
