"""A13: outages that last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.edits import Raised, Refused
from sealegs.perturbation.operators import About, Sheet

__all__ = ["BurstyOutage"]

_SHEET: Final = Sheet(
    name="bursty-outage",
    code="A13",
    surface="transport",
    label="recoverable",
    summary="the provider goes down and comes back, by a chain of two states",
    parameters=(
        {"goes": 0.05, "comes": 0.5, "kinds": ["unavailable"]},
        {"goes": 0.1, "comes": 1 / 3, "kinds": ["unavailable", "overloaded", "connect"]},
        {"goes": 0.2, "comes": 0.2, "kinds": ["unavailable", "overloaded", "connect"]},
    ),
    source="Gilbert (1960) and Elliott (1963), as tau2's voice model drops frames; mean outages of "
    "2, 3 and 5 tries",
)
_STATUSES: Final = {"unavailable": 503, "overloaded": 529}


@dataclass(frozen=True, slots=True)
class BurstyOutage:
    """Lets requests fail while the provider is down.

    Time goes by turns, the same for all of a trial's agents; a turn's tries go on from where the
    turn began. So the state at a place follows from draws that are keyed by turn and try, whoever
    asks first, and an outage of a milder severity is a part of that of a severer one.

    Parameters: ``goes``, how likely it goes down from one turn or try to the next; ``comes``, how
    likely it comes back; ``kinds`` to draw from: ``unavailable``, ``overloaded``, ``connect``.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> outage = BurstyOutage()
    >>> [outage.fault(about(outage, 3, turn=turn)) is not None for turn in range(8)]
    [False, True, True, True, True, True, True, False]
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def fault(self, about: About, /) -> Raised | Refused | None:
        """Say how the provider is down, if it is."""
        if not _is_down(about):
            return None
        kinds: Sequence[str] = about.parameters["kinds"]
        kind = about.draw.pick(kinds, "kind")
        if kind == "connect":
            return Raised("connect")
        return Refused("overloaded" if kind == "overloaded" else "unavailable", _STATUSES[kind])


def _is_down(about: About) -> bool:
    """Follow the chain: turn by turn up to this one, and then try by try."""
    goes: float = about.parameters["goes"]
    comes: float = about.parameters["comes"]
    draw = about.run or about.draw
    site, down = about.site, False
    steps = [f"turn {turn}" for turn in range(site.turn + 1)]
    steps += [f"turn {site.turn}, try {number}" for number in range(1, site.occurrence + 1)]
    for step in steps:
        # one threshold for both states, so that a draw that is down in a mild chain is in a severe
        down = draw.unit(step) < (1 - comes if down else goes)
    return down
