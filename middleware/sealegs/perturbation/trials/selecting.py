"""Which operators of a profile are active in a trial, and where each of them may fire."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import blake2b

from sealegs.errors import NotSuppliedError, ProfileError
from sealegs.jsons import Json
from sealegs.perturbation.drawing import Draw, begun
from sealegs.perturbation.operators import Operator, Site
from sealegs.perturbation.profiles import Profile, Scope, Use, nearest
from sealegs.perturbation.trial import Active

__all__ = ["Choice", "Supplies", "choose", "tools_in_scope"]


class Supplies(dict[str, Json]):
    """What profile and test give, by need; what neither gives is an error of its own."""

    def __missing__(self, need: str) -> Json:
        raise NotSuppliedError(need)


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One operator of a profile, made ready for one trial.

    Attributes:
        active: as taps see it.
        key: its name in keys of draws: the operator's, and of a second use with its number.
        rate: how likely it fires at a place.
        parameters: those of the severity, with what the profile says otherwise.
        supplies: what profile and test give.
        outside: why it is not for this case at all; empty: it is.
        run: a draw that all places of the trial share.
    """

    active: Active
    key: str
    rate: float
    parameters: Mapping[str, Json]
    supplies: Mapping[str, Json]
    outside: str
    run: Draw
    _hasher: blake2b
    _limited: bool
    _by_turn: bool

    def covers(self, site: Site) -> bool:
        """Say whether a place is within its scope."""
        if not self._limited:
            return True
        scope = self.active.use.scope
        return (
            (scope.first is None or site.occurrence < scope.first)
            and (not scope.turns or site.turn in scope.turns)
            and _matches(scope.agents, site.agent)
            and (not site.tool or _matches(scope.tools, site.tool))
        )

    def what(self, site: Site, before: str) -> str:
        """Name what stands at a place: where the operator goes by turns, another at each turn."""
        return f"{before}@{site.turn}" if self._by_turn else before

    def draw(self, place: str) -> Draw:
        """Make the draw of a place, by its key; it depends on nothing else that happens."""
        hasher = self._hasher.copy()
        hasher.update(place.encode("utf-8", "surrogatepass"))
        return Draw(hasher.digest())

    def fires(self, draw: Draw) -> bool:
        """Say whether it fires, by the draw of a place."""
        return self.rate >= 1.0 or draw.unit("fires") < self.rate


def choose(
    profile: Profile,
    operators: Mapping[str, Operator],
    *,
    seed: int,
    case: str,
    repetition: int,
    supplies: Mapping[str, Json],
) -> tuple[Choice, ...]:
    """Make the operators of a profile ready for a trial, in the profile's order.

    Args:
        profile: which operators.
        operators: all that are known, by name.
        seed: of the run.
        case: the case's name.
        repetition: which one of the case, from 0.
        supplies: what the test gives, by need; or by an operator's name, and then by need, for that
            operator alone. It wins over what the profile gives.

    Raises:
        ProfileError: an operator is unknown.
    """
    times: Counter[str] = Counter()
    made: list[Choice] = []
    for index, use in enumerate(profile.uses):
        operator = operators.get(use.operator)
        if operator is None:
            reason = f"there is no operator {use.operator!r}{nearest(use.operator, operators)}"
            raise ProfileError(profile.name, f"uses.{index}.operator", reason)
        times[use.operator] += 1
        count = times[use.operator]
        # the first use has the bare name, so that a second one changes nothing about it
        key = use.operator if count == 1 else f"{use.operator}#{count}"
        sheet = operator.sheet
        active = Active(index, operator, use, use.severity, use.label or sheet.label)
        keys = (seed, case, repetition, sheet.surface, key)
        made.append(
            Choice(
                active,
                key,
                sheet.rate if use.rate is None else use.rate,
                {**sheet.further, **sheet.parameters[use.severity - 1], **use.parameters},
                _supplies(use, operators, supplies),
                _outside(use.scope, seed, key, case),
                Draw.of(*keys),
                begun(*keys),
                use.scope != Scope(cases=use.scope.cases, share=use.scope.share),
                sheet.by_turn,
            )
        )
    return tuple(made)


def tools_in_scope(active: Active, names: Iterable[str]) -> Sequence[str]:
    """Give those of a toolset's names that an operator may disturb."""
    return [name for name in names if _matches(active.use.scope.tools, name)]


def _supplies(
    use: Use, operators: Mapping[str, Operator], given: Mapping[str, Json]
) -> Mapping[str, Json]:
    by_need = {need: what for need, what in given.items() if need not in operators}
    return Supplies({**use.supplies, **by_need, **given.get(use.operator, {})})


def _outside(scope: Scope, seed: int, key: str, case: str) -> str:
    if not _matches(scope.cases, case):
        return "the case is not in its scope"
    if scope.share < 1 and Draw.of(seed, key, case).unit("share") >= scope.share:
        return "the case is not among its share"
    return ""


def _matches(globs: Sequence[str], name: str) -> bool:
    return not globs or any(fnmatchcase(name, glob) for glob in globs)
