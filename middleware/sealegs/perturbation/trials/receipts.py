"""What became of a trial, as data: its injections with receipts, counts, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from sealegs.perturbation.drawing import digest
from sealegs.perturbation.literals import Literals
from sealegs.perturbation.operators import Severity, Surface
from sealegs.perturbation.trial import Arm, Injection

__all__ = ["Outcome", "Receipt", "TrialFacts", "TrialRecord", "UseRecord", "baseline", "step"]

Outcome: TypeAlias = Literal["", "passed", "failed", "error"]
"""How a trial ended; empty: nobody has said."""

_STEPS = ("0", "1", *["2-3"] * 2, *["4-7"] * 4, *["8-15"] * 8)


def step(turn: int) -> str:
    """Name the bucket of a turn, as coverage tells it.

    >>> [step(turn) for turn in (0, 1, 2, 7, 40)]
    ['0', '1', '2-3', '4-7', '16+']
    """
    return _STEPS[turn] if turn < len(_STEPS) else "16+"


def baseline(literals: Literals) -> str:
    """Name the literals of a clean run; empty where nothing is known of one."""
    return digest("\x1f".join(literals.values)) if literals.values else ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one injection.

    Attributes:
        injection: the injection.
        use: the place of its operator in the profile.
        fired: false for one of a plan that found no place.
        delivered: whether it left our hands.
        evidence: what says so.
        seen: whether the agent acted after it, with what was disturbed before its eyes.
        reason: why it was not delivered.
        lost: digests of the literals that the text held and holds no more; its label is then lower
            than its operator's.
    """

    injection: Injection
    use: int
    fired: bool = True
    delivered: bool = False
    evidence: str = ""
    seen: bool = False
    reason: str = ""
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UseRecord:
    """What became of one operator of the profile in a trial.

    Attributes:
        operator: its name.
        surface: what it disturbs.
        severity: 1 to 3.
        planned: in a replay, how many of its injections the plan holds; else 1 where it is for this
            case, and 0 where it is not.
        eligible: how many places it could have fired at, by `step`.
        reasons: why it did not fire, or was not delivered, and how often.
    """

    operator: str
    surface: Surface
    severity: Severity
    planned: int = 1
    eligible: Mapping[str, int] = field(default_factory=dict[str, int])
    reasons: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFacts:
    """What is known of a trial beside its injections.

    Attributes:
        profile: the profile's name.
        seed: of the run.
        case: the case's name.
        repetition: which one of the case, from 0.
        arm: ``clean`` or ``disturbed``.
        replay: whether a plan decided.
        dry: whether nothing was applied.
        literals: names the literals that were protected; empty: none.
        uses: the profile's operators, in its order.
        requests: to models.
        tokens: as the providers counted them.
        seconds: how long it took.
        exceeded: the limit of the budget that it reached.
        failure: why it could not be disturbed as the profile says; such a trial is none.
        outcome: how it ended, by whoever judges it.
        detail: in words.
        used: texts and numbers that a clean trial's tools were called with, if it was listened to.
    """

    profile: str
    seed: int
    case: str
    repetition: int
    arm: Arm
    replay: bool = False
    dry: bool = False
    literals: str = ""
    uses: tuple[UseRecord, ...] = ()
    requests: int = 0
    tokens: int = 0
    seconds: float = 0.0
    exceeded: str = ""
    failure: str = ""
    outcome: Outcome = ""
    detail: str = ""
    used: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRecord(TrialFacts):
    """A trial that has ended.

    Attributes:
        receipts: its injections, in order of their ids.
    """

    receipts: tuple[Receipt, ...] = ()

    @property
    def delivered(self) -> bool:
        """Whether anything was: such trials alone make up the delivered-only figures."""
        return any(receipt.delivered for receipt in self.receipts)

    def judged(self, outcome: Outcome, detail: str = "") -> TrialRecord:
        """Give the record with an outcome.

        A trial that could not be disturbed as its profile says is an error, whatever is said; and
        one that cost more than it may has failed, however its client words the end of it.
        """
        if self.failure:
            return replace(self, outcome="error", detail=self.failure)
        if self.exceeded and outcome != "failed":
            over = f"the trial reached budget.{self.exceeded} of its profile"
            return replace(self, outcome="failed", detail=over)
        return replace(self, outcome=outcome, detail=detail)
