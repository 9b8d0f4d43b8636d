"""What lowering did to a schema, keyword by keyword. Nothing is lost in silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from sealegs.jsons import Json

__all__ = ["Change", "EnforcedBy", "Entry", "Level", "Report", "level"]

Change: TypeAlias = Literal[
    "rewritten",  # said in another way; with its inverse, nothing is lost
    "runtime-checked",  # taken out or widened; the original schema refuses what slips through
    "described",  # taken out, told in the description, and checked at run time
    "widened",  # the new schema accepts more, and nothing can check it
    "narrowed",  # the new schema refuses documents that the original accepts
    "dropped-annotation",  # taken out; it constrains nothing
]
"""What became of one keyword. A keyword that stands as it was has no entry."""

EnforcedBy: TypeAlias = Literal["schema", "inverse", "runtime", "nobody"]
"""Who holds what the keyword said: the lowered schema, the way back, the run-time check, nobody."""

Level: TypeAlias = Literal["lossless", "invertible", "runtime-safe", "narrowed", "lossy"]
"""The worst of a report's entries, in this order.

``narrowed``: the model can say less than the original allows, and nothing wrong gets through;
``lossy``: something that the original refuses is refused by nobody any more.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one keyword.

    Attributes:
        pointer: JSON Pointer (RFC 6901) of the subschema in the canonical schema.
        keyword: the keyword, such as ``minimum``.
        value: what it said.
        change: what became of it.
        enforced_by: who holds it now.
        reason: why, in a few words.
    """

    pointer: str
    keyword: str
    value: Json
    change: Change
    enforced_by: EnforcedBy
    reason: str = ""


_LEVELS: dict[Change, Level] = {
    "rewritten": "invertible",
    "dropped-annotation": "lossless",
    "runtime-checked": "runtime-safe",
    "described": "runtime-safe",
    "narrowed": "narrowed",
    "widened": "lossy",
}
_ORDER: tuple[Level, ...] = get_args(Level)


def level(entries: tuple[Entry, ...]) -> Level:
    """Give the worst that happened.

    >>> level((Entry("", "minimum", 1, "described", "runtime"),))
    'runtime-safe'
    """
    return _ORDER[max((_ORDER.index(_LEVELS[entry.change]) for entry in entries), default=0)]


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one tool.

    Attributes:
        tool: the author's name for it.
        sent: the name that the provider gets.
        dialect: the dialect that it was lowered to.
        strict: whether strict mode is asked for.
        strict_reason: why it is, or is not; empty where the dialect knows no strict mode.
        entries: what became of each affected keyword.
    """

    tool: str
    sent: str
    dialect: str
    strict: bool
    strict_reason: str
    entries: tuple[Entry, ...]

    @property
    def level(self) -> Level:
        """The worst that happened."""
        return level(self.entries)

    @property
    def exact(self) -> bool:
        """Sound by construction: whatever the lowered schema accepts, the original accepts."""
        return all(entry.change in _EXACT for entry in self.entries)


_EXACT = frozenset({"rewritten", "narrowed", "dropped-annotation"})
