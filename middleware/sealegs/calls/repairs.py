"""What was mended in a call's arguments, and how sure one can be of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sealegs.jsons import Json

__all__ = ["Parsed", "Repair", "RepairClass", "worst"]

RepairClass: TypeAlias = Literal["none", "lossless", "unambiguous", "guess", "truncated"]
"""How sure a repair is, the best first.

``lossless``: another spelling of the same value; ``unambiguous``: something is missing or wrong,
and only one value can have been meant; ``guess``: several can; ``truncated``: the text stops before
the value does, so what was meant is not known.
"""

_ORDER: dict[RepairClass, int] = {
    "none": 0,
    "lossless": 1,
    "unambiguous": 2,
    "guess": 3,
    "truncated": 4,
}


@dataclass(frozen=True, slots=True)
class Repair:
    """One thing that was mended.

    Attributes:
        pointer: JSON Pointer (RFC 6901) of the place in the arguments.
        repair: how sure it is.
        what: what was mended, in words of a closed vocabulary such as ``trailing comma``.
    """

    pointer: str
    repair: RepairClass
    what: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A value, and what had to be mended to get it."""

    value: Json
    repairs: tuple[Repair, ...] = ()

    @property
    def worst(self) -> RepairClass:
        """The class of the least sure repair."""
        return worst(self.repairs)


def worst(repairs: Iterable[Repair]) -> RepairClass:
    """Give the class of the least sure repair; ``none`` where there is none.

    >>> worst([Repair("", "guess", "missing value"), Repair("/a", "lossless", "comment")])
    'guess'
    """
    return max((one.repair for one in repairs), key=_ORDER.__getitem__, default="none")
