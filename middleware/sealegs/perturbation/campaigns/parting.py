"""Parts of a profile: each surface, or each operator, on its own, to see which one breaks an agent.

Parts are gated together: with k of them each one's error level is alpha / k (Bonferroni), so the
chance that any verdict of the run is wrong stays what was stated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from sealegs.perturbation.campaigns.judging import Judgement, Verdict, judge
from sealegs.perturbation.operators import Operator, Surface
from sealegs.perturbation.profiles import Profile
from sealegs.perturbation.trials.receipts import TrialRecord
from sealegs.statistics.gating import Gate

__all__ = ["Split", "Verdicts", "judge_parts", "parts", "shared_gate", "worst_of"]

Split: TypeAlias = Literal["", "surface", "operator"]
"""How a profile is taken apart; empty: not at all."""

_WORSE = (Verdict.FAIL, Verdict.ERROR, Verdict.VACUOUS, Verdict.INCONCLUSIVE, Verdict.PASS)


def parts(
    profile: Profile, split: Split, operators: Mapping[str, Operator]
) -> Mapping[str, Profile]:
    """Give a profile's parts by their names, in the profile's order.

    A profile that is not split is its own part, under its own name. Else each part is a profile
    with the surface's, or the operator's, name behind the profile's own. A part on surfaces that
    the profile does not require may stay undisturbed.
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
                "required": _required(profile, operators, indexes),
            }
        )
        for name, indexes in found.items()
    }


def _required(
    profile: Profile, operators: Mapping[str, Operator], indexes: Sequence[int]
) -> tuple[Surface, ...] | None:
    """Say what a part must disturb: its surfaces, unless the whole profile can do without them."""
    if profile.required is None:
        return None
    surfaces = {operators[profile.uses[index].operator].sheet.surface for index in indexes}
    return tuple(one for one in profile.required if one in surfaces)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a run says of an agent, part by part.

    Attributes:
        parts: the judgement on each part, by its name.
        optional: parts that the profile does not require to be disturbed.
    """

    parts: Mapping[str, Judgement]
    optional: frozenset[str] = frozenset()

    @property
    def verdict(self) -> Verdict:
        """The worst of them, but for what was never disturbed and did not need to be."""
        return worst_of(one.verdict for name, one in self.parts.items() if self.counts(name))

    @property
    def foremost(self) -> str:
        """The part that the verdict is from: the first of the worst."""
        names = [name for name in self.parts if self.counts(name)] or list(self.parts)
        return min(names, key=lambda name: _WORSE.index(self.parts[name].verdict))

    def counts(self, name: str) -> bool:
        """Say whether a part's verdict counts."""
        return name not in self.optional or self.parts[name].verdict is not Verdict.VACUOUS

    @property
    def worst(self) -> tuple[str, TrialRecord] | None:
        """The part and the trial that broke the agent with the least; ``None``: nothing did."""
        return next(((name, one.worst[0]) for name, one in self.parts.items() if one.worst), None)


def judge_parts(
    records: Sequence[TrialRecord],
    gate: Gate,
    profiles: Iterable[Profile],
    planned: int,
    left_out: str = "",
) -> Verdicts:
    """Judge the trials of all parts; they share the clean ones.

    Args:
        records: all trials.
        gate: what must be shown; its error level is that of the whole run.
        profiles: the parts.
        planned: how many pairs each part was to have.
        left_out: why pairs were left out; see `sealegs.perturbation.campaigns.judging.judge`.
    """
    known = list(profiles)
    shared = shared_gate(gate, len(known))
    trials: dict[str, list[TrialRecord]] = {profile.name: [] for profile in known}
    for record in records:
        of = trials.values() if record.arm == "clean" else (trials.get(record.profile, []),)
        for one in of:
            one.append(record)
    found = {
        profile.name: judge(
            trials[profile.name],
            shared,
            required=profile.required,
            planned=planned,
            left_out=left_out,
        )
        for profile in known
    }
    split = len(known) > 1
    optional = [one.name for one in known if split and one.required == ()]
    return Verdicts(found, frozenset(optional))


def shared_gate(gate: Gate, count: int) -> Gate:
    """Give the gate of each one of so many parts."""
    return replace(gate, alpha=gate.alpha / max(1, count))


def worst_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Give the worst of some verdicts; of none, VACUOUS: nothing was shown.

    >>> worst_of([Verdict.PASS, Verdict.INCONCLUSIVE])
    <Verdict.INCONCLUSIVE: 'INCONCLUSIVE'>
    """
    return min(verdicts, key=_WORSE.index, default=Verdict.VACUOUS)
