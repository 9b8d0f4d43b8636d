"""A clock that tools are given, so that it can be wrong without anything else being so."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sealegs.perturbation.worlds.confining import RefusedError

__all__ = ["Shiftable", "WorldClock", "zone_of"]


class Shiftable(Protocol):
    """A clock that can be shifted."""

    @property
    def asked(self) -> int:
        """How often it was asked since it was shifted."""
        ...

    def shift(self, seconds: float, zone: str, /) -> None:
        """Let it be wrong by some seconds, and in another zone where one is named.

        Raises:
            RefusedError: there is no such zone.
        """
        ...

    def unshift(self) -> None:
        """Let it be right again."""
        ...


class WorldClock:
    """What tools ask in the place of `datetime.now` and `time.time`.

    Args:
        base: gives the right time, in seconds since the epoch.
        zone: the right time zone.

    >>> clock = WorldClock(lambda: 0.0)
    >>> clock.shift(3600, "")
    >>> clock.now().isoformat()
    '1970-01-01T01:00:00+00:00'
    >>> clock.asked
    1
    """

    def __init__(self, base: Callable[[], float] = time.time, zone: tzinfo = UTC) -> None:
        self._base, self._right_zone = base, zone
        self._zone: tzinfo = zone
        self._seconds = 0.0
        self._asked = 0

    @property
    def asked(self) -> int:
        """How often it was asked since it was shifted."""
        return self._asked

    @property
    def timezone(self) -> tzinfo:
        """The zone that the world is in."""
        self._asked += 1
        return self._zone

    def time(self) -> float:
        """Give the seconds since the epoch."""
        self._asked += 1
        return self._base() + self._seconds

    def now(self, zone: tzinfo | None = None) -> datetime:
        """Give the time of day, in the world's zone or another."""
        self._asked += 1
        moment = datetime.fromtimestamp(self._base(), UTC)
        return (moment + timedelta(seconds=self._seconds)).astimezone(zone or self._zone)

    def shift(self, seconds: float, zone: str, /) -> None:
        """Let it be wrong by some seconds, and in another zone where one is named.

        Raises:
            RefusedError: there is no such zone.
        """
        if zone:
            self._zone = zone_of(zone)
        self._seconds += seconds
        self._asked = 0

    def unshift(self) -> None:
        """Let it be right again."""
        self._zone, self._seconds = self._right_zone, 0.0


def zone_of(name: str) -> tzinfo:
    """Find a zone by its name, or by its distance from UTC in minutes, as ``UTC-330``.

    Raises:
        RefusedError: there is no such zone.
    """
    if name.startswith("UTC"):
        return timezone(timedelta(minutes=int(name[3:] or 0)))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise RefusedError(f"there is no time zone {name!r} here") from None
