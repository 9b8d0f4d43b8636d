"""E10: the clock that tools ask is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.operators import About, Sheet
from sealegs.perturbation.world import Change, World

__all__ = ["ClockSkew"]

_SHEET: Final = Sheet(
    name="clock-skew",
    code="E10",
    surface="environment",
    label="directional",
    summary="the world's clock is fast or slow, or in another time zone",
    parameters=(
        {"seconds": 120, "zones": []},
        {"seconds": 3600, "zones": ["UTC-330", "UTC+345", "UTC-60"]},
        {"seconds": 129_600, "zones": ["UTC-720", "UTC+840", "UTC+345"]},
    ),
    finds="a clock that the test gives to the world",
    source="catalogue E10, clock skew and time zone; figures own",
    needs=frozenset({"world"}),
    checked="that times and dates in the outcome are those of the world's clock",
)


@dataclass(frozen=True, slots=True)
class ClockSkew:
    """Shifts the clock that the test hands to its tools; no other.

    Parameters: ``seconds``, forwards or backwards by a draw; ``zones`` to draw from, by name or in
    minutes from UTC; none: it stays.

    >>> from sealegs_plugins.perturbations.environment.sample import SAMPLE
    >>> from sealegs_plugins.perturbations.trying import about
    >>> skew = ClockSkew()
    >>> skew.changes(SAMPLE, about(skew, 2))[0].values
    {'seconds': -3600, 'zone': 'UTC+345'}
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def changes(self, world: World, about: About, /) -> Sequence[Change]:
        """Say how wrong it is."""
        if not world.has_clock:
            return ()
        zones: Sequence[str] = about.parameters["zones"]
        seconds = about.parameters["seconds"] * (1 if about.draw.unit("way") < 0.5 else -1)
        zone = about.draw.pick(zones, "zone") if zones else ""
        return (Change("clock", values={"seconds": seconds, "zone": zone}),)
