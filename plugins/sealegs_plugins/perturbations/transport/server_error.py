"""A5: providers that fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.edits import ErrorKind, Refused
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.transport.striking import strikes

__all__ = ["ServerError"]

_KINDS: Final[Mapping[int, ErrorKind]] = {
    500: "server_error",
    502: "bad_gateway",
    503: "unavailable",
    504: "gateway_timeout",
    529: "overloaded",
}
_SHEET: Final = Sheet(
    name="server-error",
    code="A5",
    surface="transport",
    label="recoverable",
    summary="status 500, 502, 503, 504 or 529",
    parameters=(
        {"statuses": [500, 503], "burst": 1},
        {"statuses": [500, 502, 503, 504, 529], "burst": 3},
        {"statuses": [500, 502, 503, 504, 529], "burst": 0},
    ),
    further={"share": 1.0},
    source="all peers; 529 is Anthropic's (docs.claude.com/en/api/errors); bursts as in AgentChaos",
    checked="with severity 3 no try gets through: a good agent says so, and does nothing else",
)


@dataclass(frozen=True, slots=True)
class ServerError:
    """Lets the provider fail, in its own words.

    Parameters: ``statuses`` to draw from; ``burst`` and ``share``.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> error = ServerError()
    >>> refused = error.fault(about(error, 2))
    >>> refused.kind, refused.status
    ('overloaded', 529)
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def fault(self, about: About, /) -> Refused | None:
        """Say how it fails."""
        if not strikes(about):
            return None
        statuses: Sequence[int] = about.parameters["statuses"]
        status = about.draw.pick(statuses, "status")
        return Refused(_KINDS.get(status, "server_error"), status)
