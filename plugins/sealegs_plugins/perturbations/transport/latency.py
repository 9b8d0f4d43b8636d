"""A1: replies that take their time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from sealegs.perturbation.edits import Pace
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.transport.striking import strikes

__all__ = ["Latency"]

_SHEET: Final = Sheet(
    name="latency",
    code="A1",
    surface="transport",
    label="invariant",
    summary="replies and the pieces of streams come later",
    parameters=(
        {"median": 0.2, "p99": 0.5, "each": 0.0, "burst": 0},
        {"median": 1.0, "p99": 5.0, "each": 0.02, "burst": 0},
        {"median": 5.0, "p99": 20.0, "each": 0.1, "burst": 0},
    ),
    further={"before": 0.0, "share": 1.0},
    source="the form (lognormal, by its 99th percentile) from agent-chaos and agentbreak; the "
    "seconds are our own",
)
_HUNDREDTH: Final = NormalDist().inv_cdf(0.99)


@dataclass(frozen=True, slots=True)
class Latency:
    """Lets the first byte wait, and every piece of a stream behind it.

    Parameters: ``median`` and ``p99`` of the seconds before the first byte (lognormal, and never
    more than the latter); ``each``, seconds before every further piece; ``before``, seconds before
    the request goes out; ``burst`` and ``share``.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> latency = Latency()
    >>> latency.fault(about(latency, 1))
    Pace(before=0.0, first=0.197, each=0.0)
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def fault(self, about: About, /) -> Pace | None:
        """Say how slow it is."""
        if not strikes(about):
            return None
        median: float = about.parameters["median"]
        p99: float = about.parameters["p99"]
        spread = math.log(p99 / median) / _HUNDREDTH if median > 0 and p99 > median else 0.0
        place = min(max(about.draw.unit("latency"), 1e-9), 0.99)
        first = median * math.exp(spread * NormalDist().inv_cdf(place))
        before: float = about.parameters.get("before", 0.0)
        each: float = about.parameters["each"]
        return Pace(before, round(first, 3), each)
