"""A9: bodies that are no reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from sealegs.perturbation.edits import BrokenBody
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.transport.striking import strikes

__all__ = ["BrokenBodyFault"]

What: TypeAlias = Literal["invalid_json", "html", "empty", "truncated"]

_SHEET: Final = Sheet(
    name="broken-body",
    code="A9",
    surface="transport",
    label="recoverable",
    summary="status 200, and a body that is no reply: no JSON, a page, nothing, or half of it",
    parameters=(
        {"whats": ["html"], "kept": 0.5, "burst": 1},
        {"whats": ["html", "empty", "invalid_json", "truncated"], "kept": 0.5, "burst": 1},
        {"whats": ["empty", "invalid_json", "truncated"], "kept": 0.3, "burst": 3},
    ),
    further={"share": 1.0},
    source="agentbreak; kubernaut#565; the share that is kept as in AgentChaos (0.3)",
    checked="clients do not try again by themselves after a status of 200",
)


@dataclass(frozen=True, slots=True)
class BrokenBodyFault:
    """Breaks a reply's body; of a stream it breaks an event, or gives a gateway's page instead.

    Parameters: ``whats`` to draw from; ``kept``, the share of a truncated one; ``burst`` and
    ``share``.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> broken = BrokenBodyFault()
    >>> broken.fault(about(broken, 1))
    BrokenBody(what='html', kept=0.5)
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def fault(self, about: About, /) -> BrokenBody | None:
        """Say what comes instead."""
        if not strikes(about):
            return None
        whats: Sequence[What] = about.parameters["whats"]
        return BrokenBody(about.draw.pick(whats, "what"), float(about.parameters["kept"]))
