"""A2: connections that cannot be made, or break."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.edits import Raised, RaisedKind
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.transport.striking import strikes

__all__ = ["ConnectionFault"]

_SHEET: Final = Sheet(
    name="connection-error",
    code="A2",
    surface="transport",
    label="recoverable",
    summary="the connection is refused, cannot be made, or breaks before a reply",
    parameters=(
        {"kinds": ["connect"], "seconds": 0.0, "sent": False, "burst": 1},
        {
            "kinds": ["connect", "dns", "reset", "protocol"],
            "seconds": 0.0,
            "sent": True,
            "burst": 2,
        },
        {
            "kinds": ["connect", "dns", "tls", "reset", "protocol", "connect_timeout"],
            "seconds": 5.0,
            "sent": True,
            "burst": 0,
        },
    ),
    further={"share": 1.0},
    source="agentfuzz (NetworkPartition), agent-chaos-runner (disconnect); bursts as in AgentChaos",
    checked="with severity 3 no try gets through: a good agent says so, and does nothing else",
)
_SENT: Final = frozenset({"reset", "protocol"})


@dataclass(frozen=True, slots=True)
class ConnectionFault:
    """Lets the client's library raise its own error of connecting.

    Parameters: ``kinds`` to draw from; ``seconds`` until it is raised; ``sent``, whether those that
    can (``reset``, ``protocol``) come after the request went out, so that only the reply is lost;
    ``burst`` and ``share``.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> fault = ConnectionFault()
    >>> fault.fault(about(fault, 1))
    Raised(kind='connect', seconds=0.0, sent=False)
    >>> fault.fault(about(fault, 1, occurrence=1)) is None
    True
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def fault(self, about: About, /) -> Raised | None:
        """Say what is raised."""
        if not strikes(about):
            return None
        kinds: Sequence[RaisedKind] = about.parameters["kinds"]
        kind = about.draw.pick(kinds, "kind")
        sent: bool = about.parameters["sent"] and kind in _SENT
        return Raised(kind, float(about.parameters["seconds"]), sent)
