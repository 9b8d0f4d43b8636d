"""A3: replies that do not come at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.edits import Raised
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.transport.striking import strikes

__all__ = ["ReadTimeout"]

_SHEET: Final = Sheet(
    name="read-timeout",
    code="A3",
    surface="transport",
    label="recoverable",
    summary="the reply does not come; the client really waits, and then raises its timeout",
    parameters=(
        {"seconds": 2.0, "sent": False, "burst": 1},
        {"seconds": 10.0, "sent": True, "burst": 2},
        {"seconds": 60.0, "sent": True, "burst": 0},
    ),
    further={"share": 1.0},
    source="what most peers fake by an error at once; the seconds are our own, and a client's own "
    "time limit comes first",
    checked="with severity 3 no try gets through: a good agent says so, and does nothing else",
)


@dataclass(frozen=True, slots=True)
class ReadTimeout:
    """Lets the client wait, and then its library raise its own timeout.

    Parameters: ``seconds`` to wait, or as long as the client's own read timeout where that is
    shorter; ``sent``, whether the provider did its work; ``burst`` and ``share``.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> timeout = ReadTimeout()
    >>> timeout.fault(about(timeout, 2))
    Raised(kind='read_timeout', seconds=10.0, sent=True)
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def fault(self, about: About, /) -> Raised | None:
        """Say how long it hangs."""
        if not strikes(about):
            return None
        sent: bool = about.parameters["sent"]
        return Raised("read_timeout", float(about.parameters["seconds"]), sent)
