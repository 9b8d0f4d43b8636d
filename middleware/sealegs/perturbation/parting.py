"""Parts of a profile: each surface, or each operator, on its own, to see which one breaks an agent.

Parts are gated together: with k of them each one's error level is alpha / k (Bonferroni), so the
chance that any verdict of the run is wrong stays what was stated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from sealegs.perturbation.judging import Judgement, Verdict, judge
from sealegs.perturbation.operators import Operator
from sealegs.perturbation.profiles import Profile
from sealegs.perturbation.receipts import TrialRecord
from sealegs.statistics.gating import Gate

__all__ = ["Split", "Verdicts", "judge_parts", "parts", "worst_of"]

Split: TypeAlias = Literal["", "surface", "operator"]
"""How a profile is taken apart; empty: not at all."""

_WORSE = (Verdict.FAIL, Verdict.ERROR, Verdict.VACUOUS, Verdict.INCONCLUSIVE, Verdict.PASS)


def parts(
    profile: Profile, split: Split, operators: Mapping[str, Operator]
) -> Mapping[str, Profile]:
    """Give a profile's parts by their names, in the profile's order.

    A profile that is not split is its own part, under its own name. Else each part is a profile
    with the surface's, or the operator's, name behind the profile's own.
    """
    if not split:
        return {profile.name: profile}
    found: dict[str, list[int]] = {}
    for index, use in enumerate(profile.uses):
        surface = operators[use.operator].sheet.surface
        found.setdefault(surface if split == "surface" else use.operator, []).append(index)
    return {
        f"{profile.name}/{name}": profile.model_copy(
            update={
                "name": f"{profile.name}/{name}",
                "uses": tuple(profile.uses[index] for index in indexes),
                "required": None,
            }
        )
        for name, indexes in found.items()
    }


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a run says of an agent, part by part.

    Attributes:
        parts: the judgement on each part, by its name.
    """

    parts: Mapping[str, Judgement]

    @property
    def verdict(self) -> Verdict:
        """The worst of them."""
        return worst_of(one.verdict for one in self.parts.values())

    @property
    def worst(self) -> tuple[str, TrialRecord] | None:
        """The part and the trial that broke the agent with the least; ``None``: nothing did."""
        return next(((name, one.worst[0]) for name, one in self.parts.items() if one.worst), None)


def judge_parts(
    records: Sequence[TrialRecord], gate: Gate, profiles: Iterable[Profile], planned: int
) -> Verdicts:
    """Judge the trials of all parts; they share the clean ones.

    Args:
        records: all trials.
        gate: what must be shown; its error level is that of the whole run.
        profiles: the parts.
        planned: how many pairs each part was to have.
    """
    known = list(profiles)
    shared = replace(gate, alpha=gate.alpha / max(1, len(known)))
    clean = [record for record in records if record.arm == "clean"]
    return Verdicts(
        {
            profile.name: judge(
                [*clean, *(one for one in _disturbed(records) if one.profile == profile.name)],
                shared,
                required=profile.required,
                planned=planned,
            )
            for profile in known
        }
    )


def _disturbed(records: Iterable[TrialRecord]) -> Iterable[TrialRecord]:
    return (record for record in records if record.arm == "disturbed")


def worst_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Give the worst of some verdicts; of none, VACUOUS: nothing was shown.

    >>> worst_of([Verdict.PASS, Verdict.INCONCLUSIVE])
    <Verdict.INCONCLUSIVE: 'INCONCLUSIVE'>
    """
    return min(verdicts, key=_WORSE.index, default=Verdict.VACUOUS)
