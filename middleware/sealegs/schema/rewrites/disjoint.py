"""Whether two subschemas can be told apart for certain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sealegs.jsons import Json
from sealegs.schema.rewrites.gathering import Facts, gather
from sealegs.schema.rewrites.kinds import meet, sameness
from sealegs.schema.rewrites.members import Members, members
from sealegs.schema.rewrites.parts import Meet

__all__ = ["all_disjoint", "disjoint"]

_MANY = 64
"""More branches than this are not compared two by two."""


def all_disjoint(branches: Sequence[Meet], defs: Mapping[str, Json]) -> bool:
    """Say whether no value fits two of the branches, as far as can be told."""
    if len(branches) > _MANY:
        return False
    told = [gather(branch, defs) for branch in branches]
    return all(
        disjoint(told[one], told[other], defs)
        for one in range(len(told))
        for other in range(one + 1, len(told))
    )


def disjoint(left: Facts, right: Facts, defs: Mapping[str, Json]) -> bool:
    """Say whether no value fits both, as far as can be told.

    They are by their types, by their values, or by the values of a property that both require.
    """
    if left.nothing or right.nothing:
        return True
    both = meet(left.types, right.types)
    if not both:
        return True
    if left.values is not None and right.values is not None:
        known = {sameness(value) for value in left.values}
        return all(sameness(value) not in known for value in right.values)
    if both != ["object"]:
        return False
    mine, theirs = members(left), members(right)
    if _lacks(mine, theirs) or _lacks(theirs, mine):
        return True
    needed = set(theirs.required)
    return any(
        _apart(mine.named.get(name, ()), theirs.named.get(name, ()), defs)
        for name in mine.required
        if name in needed
    )


def _lacks(mine: Members, theirs: Members) -> bool:
    """Say whether one requires what the other does not let in."""
    return theirs.closed and any(name not in theirs.named for name in mine.required)


def _apart(left: Meet, right: Meet, defs: Mapping[str, Json]) -> bool:
    if not left or not right:
        return False
    mine, theirs = gather(left, defs), gather(right, defs)
    if mine.values is None or theirs.values is None:
        return not meet(mine.types, theirs.types)
    known = {sameness(value) for value in mine.values}
    return all(sameness(value) not in known for value in theirs.values)
