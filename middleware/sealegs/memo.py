"""Remembers what follows from other things alone, so that it is worked out once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Memo"]

P = ParamSpec("P")
T = TypeVar("T")


class Memo:
    """Remembers what was made for a place, within a bound.

    A conversation sends the same turns again with every request, and each time the same becomes of
    them. Two generations bound what is held, so that what is in use stays.

    Args:
        limit: the sizes of what one generation holds, together.
    """

    __slots__ = ("_limit", "_old", "_size", "_young")

    def __init__(self, limit: int = 16 * 1024 * 1024) -> None:
        self._limit, self._size = limit, 0
        self._young: dict[object, Any] = {}
        self._old: dict[object, Any] = {}

    def get(
        self, place: object, size: int, make: Callable[P, T], *args: P.args, **named: P.kwargs
    ) -> T:
        """Give what is remembered for a place, or make it. ``None`` is not remembered."""
        found = self._young.get(place)
        if found is None:
            found = self._old.get(place)
            if found is None:
                found = make(*args, **named)
            self._young[place] = found
            self._size += size
            if self._size > self._limit:
                self._old, self._young, self._size = self._young, {}, 0
        known: T = found
        return known
