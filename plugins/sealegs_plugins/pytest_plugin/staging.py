"""What a test works with: the case, and the trial that it runs in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar

from sealegs.perturbation.operators import Label
from sealegs.perturbation.trial import Injection
from sealegs.perturbation.trials.engine import RunningTrial
from sealegs.perturbation.trials.receipts import TrialRecord
from sealegs_plugins.pytest_plugin.marking import Spec

__all__ = ["Staged", "properties"]

P = ParamSpec("P")
R = TypeVar("R")


class Staged:
    """The ``sealegs`` fixture.

    Attributes:
        case: the case, as the marker gave it; ``None`` where it gave none.
        name: its name.
        repetition: which one of it, from 0.
        arm: ``clean`` or ``disturbed``; ``None`` without ``--perturb``.
        trial: the trial that runs; ``None`` without ``--perturb``.
    """

    def __init__(self, spec: Spec, trial: RunningTrial | None = None) -> None:
        self.case, self.name, self.repetition = spec.case, spec.name, spec.repetition
        self.arm, self.trial, self.spec = spec.arm, trial, spec

    @property
    def injections(self) -> tuple[Injection, ...]:
        """What has been disturbed and has left our hands, so far."""
        if self.trial is None:
            return ()
        receipts = self.trial.record().receipts
        return tuple(one.injection for one in receipts if one.delivered)

    @property
    def labels(self) -> frozenset[Label]:
        """What a good agent does about that: a test asks it before it judges.

        With ``must_abstain`` among them a good agent says that it cannot, and changes nothing.
        """
        return frozenset(one.label for one in self.injections)

    def wrap(self, function: Callable[P, R]) -> Callable[P, R]:
        """Give a function that runs in the trial, in whatever thread it is called."""
        return function if self.trial is None else self.trial.wrap(function)

    def __repr__(self) -> str:
        return f"<sealegs {self.spec.id}>"


def properties(record: TrialRecord) -> Mapping[str, str]:
    """Give what JUnit's XML says of a trial."""
    return {
        "sealegs.case": record.case,
        "sealegs.arm": record.arm,
        "sealegs.repetition": str(record.repetition),
        "sealegs.profile": record.profile,
        "sealegs.seed": str(record.seed),
        "sealegs.outcome": record.outcome,
        "sealegs.fired": str(sum(one.fired for one in record.receipts)),
        "sealegs.delivered": str(sum(one.delivered for one in record.receipts)),
    }
