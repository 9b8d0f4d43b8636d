"""Literals that a clean run needed, so that an operator must not destroy them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["NOTHING", "Literals"]


class Literals:
    """Texts that must survive an edit. Immutable.

    Args:
        values: as a recorded clean run used them, for example as arguments of its calls; and slots
            that a test names. Longer ones are found first.

    >>> kept = Literals(["AMS", "2024-05-01"])
    >>> kept.spans("fly to AMS on 2024-05-01")
    [(7, 10), (14, 24)]
    >>> kept.lost("fly to AMS", "fly to AMZ")
    ['AMS']
    """

    __slots__ = ("_pattern", "values")

    def __init__(self, values: Iterable[str] = ()) -> None:
        known = {value for value in values if value.strip()}
        self.values: Sequence[str] = sorted(known, key=lambda value: (-len(value), value))
        escaped = [re.escape(value) for value in self.values]
        self._pattern = re.compile("|".join(escaped), re.IGNORECASE) if escaped else None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Find the places that must stay, in order, none within another."""
        if self._pattern is None:
            return []
        return [found.span() for found in self._pattern.finditer(text)]

    def lost(self, before: str, after: str) -> list[str]:
        """Name the values that a text held and holds no more."""
        low, new = before.casefold(), after.casefold()
        return [
            value
            for value in self.values
            if low.count(value.casefold()) > new.count(value.casefold())
        ]


NOTHING = Literals()
"""Where nothing is known of a clean run."""
