"""A4: requests that come too often."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.edits import Refused
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.transport.striking import strikes

__all__ = ["RateLimit"]

_SHEET: Final = Sheet(
    name="rate-limit",
    code="A4",
    surface="transport",
    label="recoverable",
    summary="status 429, with the time after which to come again",
    parameters=(
        {"burst": 1, "seconds": 1.0, "date": False},
        {"burst": 3, "seconds": 2.0, "date": False},
        {"burst": 0, "seconds": 20.0, "date": True},
    ),
    further={"share": 1.0},
    source="one, then clear; a burst of three; always: AgentChaos, agentic-chaos. The fault that "
    "does most harm in ReliabilityBench (arXiv 2601.06112)",
    checked="with severity 3 no try gets through: a good agent says so, and does nothing else",
)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Refuses a request for a while.

    Parameters: ``seconds`` after which to come again, in ``retry-after`` as whole seconds and in
    ``retry-after-ms``; or, with ``date``, as an HTTP date alone (RFC 9110, section 10.2.3);
    ``burst`` and ``share``.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> limit = RateLimit()
    >>> refused = limit.fault(about(limit, 1))
    >>> refused.status, refused.headers
    (429, {'retry-after': '1', 'retry-after-ms': '1000'})
    >>> limit.fault(about(limit, 2, occurrence=2)) is None
    False
    >>> limit.fault(about(limit, 2, occurrence=3)) is None
    True
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def fault(self, about: About, /) -> Refused | None:
        """Say after what time to come again."""
        if not strikes(about):
            return None
        seconds: float = about.parameters["seconds"]
        if about.parameters["date"]:
            return Refused("rate_limit", 429, retry_in=seconds)
        after = {"retry-after": str(math.ceil(seconds)), "retry-after-ms": f"{seconds * 1000:.0f}"}
        return Refused("rate_limit", 429, after)
