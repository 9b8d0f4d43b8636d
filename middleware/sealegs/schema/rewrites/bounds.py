"""Two bounds of one kind, and what both say together."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sealegs.jsons import Json
from sealegs.schema.rewrites.parts import Place

__all__ = ["TIGHTER", "Said", "tighter"]


class Said(NamedTuple):
    """What a keyword says, and the place of the schema that says it."""

    value: Json
    place: Place


def _multiple(left: Json, right: Json) -> Json:
    """Give the one of two that is a multiple of the other; ``None`` where neither is."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, int) and isinstance(other, int) and other and one % other == 0:
            return one
    return left if left == right else None


def _equal(left: Json, right: Json) -> Json:
    return left if left == right else None


TIGHTER: dict[str, Callable[[Json, Json], Json]] = {
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
    "multipleOf": _multiple,
    "pattern": _equal,
    "format": _equal,
    "uniqueItems": lambda left, right: left or right,
}
"""Keyword to what two values of it say together; ``None`` where no one value says it."""


def tighter(keyword: str, left: Said, right: Said) -> tuple[Said, Said | None]:
    """Merge two bounds.

    >>> tighter("minimum", Said(1, ()), Said(2, ()))
    (Said(value=2, place=()), None)

    Returns:
        What both say together; or the first, and the second where it must be held otherwise.
    """
    both = TIGHTER[keyword](left.value, right.value)
    if both is None:
        return left, right
    return (left if both == left.value else right), None
