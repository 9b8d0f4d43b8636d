"""A6: requests that will not be answered, however often they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.edits import ErrorKind, Refused
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.transport.striking import strikes

__all__ = ["RequestRefused"]

_STATUSES: Final[Mapping[ErrorKind, int]] = {
    "context_length": 400,
    "bad_request": 400,
    "authentication": 401,
    "quota": 402,
    "permission": 403,
    "not_found": 404,
}
_SHEET: Final = Sheet(
    name="request-refused",
    code="A6",
    surface="transport",
    label="must_abstain",
    summary="the context is too long, the key has expired, the quota is used up, the model is gone",
    parameters=(
        {"kinds": ["authentication"], "burst": 1},
        {"kinds": ["context_length", "authentication", "permission"], "burst": 2},
        {"kinds": ["context_length", "authentication", "permission", "quota", "not_found"]}
        | {"burst": 0},
    ),
    further={"share": 1.0},
    source="pytest-resilience-agent; the statuses as providers document them (402: DeepSeek, "
    "OpenRouter; others say 400 or 429)",
    checked="no client tries again by itself: an agent that does may recover up to severity 2",
)


@dataclass(frozen=True, slots=True)
class RequestRefused:
    """Refuses a request in a way that no client tries again after.

    Parameters: ``kinds`` to draw from; ``burst`` and ``share``.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> refused = RequestRefused()
    >>> refused.fault(about(refused, 1)).status
    401
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def fault(self, about: About, /) -> Refused | None:
        """Say why it is refused. All tries at a place are, for the same reason."""
        if not strikes(about):
            return None
        kinds: Sequence[ErrorKind] = about.parameters["kinds"]
        draw = (about.run or about.draw).sub(about.site.agent, about.site.place)
        kind = draw.pick(kinds, "kind")
        return Refused(kind, _STATUSES.get(kind, 400))
