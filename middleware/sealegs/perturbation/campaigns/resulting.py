"""What a campaign found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sealegs.perturbation.campaigns.judging import Judgement, Verdict
from sealegs.perturbation.campaigns.parting import Verdicts
from sealegs.perturbation.trials.plans import Plan
from sealegs.perturbation.trials.receipts import TrialRecord

__all__ = ["Result"]


@dataclass(frozen=True, slots=True)
class Result:
    """What a campaign found.

    Attributes:
        records: its trials, in the order in which they were planned.
        verdicts: the judgement on each part of the profile; one that is not split has one part.
        plans: what was disturbed, part by part, to be written and replayed.
    """

    records: tuple[TrialRecord, ...]
    verdicts: Verdicts
    plans: Mapping[str, Plan]

    @property
    def verdict(self) -> Verdict:
        """The verdict on all parts."""
        return self.verdicts.verdict

    @property
    def judgement(self) -> Judgement:
        """What the verdict stands on: of several parts, that of the first of the worst."""
        return self.verdicts.parts[self.verdicts.foremost]

    @property
    def plan(self) -> Plan:
        """The plan of the same part."""
        return self.plans[self.verdicts.foremost]
