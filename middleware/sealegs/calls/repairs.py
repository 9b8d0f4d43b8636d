"""What was mended in a call's arguments, and how sure one can be of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import msgspec

from sealegs.jsons import Json

__all__ = ["Mend", "Parsed", "Repair", "RepairClass", "worse", "worst"]

RepairClass: TypeAlias = Literal["none", "lossless", "unambiguous", "guess", "truncated"]
"""How sure a repair is, the best first.

``lossless``: another spelling of the same value; ``unambiguous``: something is missing or wrong,
and only one value can have been meant; ``guess``: several can; ``truncated``: the text stops before
the value does, so what was meant is not known.
"""

Mend: TypeAlias = Literal[
    # the text
    "bad escape",
    "bare key",
    "bare value",
    "byte order mark",
    "comment",
    "cut off",
    "extra closer",
    "extra comma",
    "fence",
    "missing colon",
    "missing comma",
    "missing opener",
    "missing value",
    "no arguments",
    "not a number",
    "number spelling",
    "prose",
    "python literal",
    "raw control character",
    "repeated key",
    "repeated object",
    "several objects",
    "single quotes",
    "smart quotes",
    "stray text",
    "trailing comma",
    "unclosed array",
    "unclosed object",
    "unescaped quote",
    "white space",
    # the values
    "absent for null",
    "array of one",
    "boolean for text",
    "double encoding",
    "integer for decimal",
    "key spelling",
    "letter case",
    "null for text",
    "number for text",
    "text for number",
]
"""What can be mended: a closed vocabulary."""

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
        what: what was mended.
    """

    pointer: str
    repair: RepairClass
    what: Mend


class Parsed(msgspec.Struct, frozen=True):
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
    found: RepairClass = "none"
    for one in repairs:
        found = one.repair if worse(one.repair, found) else found
    return found


def worse(one: RepairClass, other: RepairClass) -> bool:
    """Say whether one class is less sure than another.

    >>> worse("guess", "lossless")
    True
    """
    return _ORDER[one] > _ORDER[other]
