"""A fault on its way to a client: decided on, and not yet met."""

from __future__ import annotations

from dataclasses import dataclass, field

from sealegs.perturbation.edits import Fault
from sealegs.perturbation.trial import Injection, Trial

__all__ = ["Met"]


@dataclass(slots=True)
class Met:
    """One fault of one exchange. What becomes of it is told to the trial once.

    Attributes:
        trial: is told.
        injection: what was decided on.
        fault: what happens.
    """

    trial: Trial
    injection: Injection
    fault: Fault
    _told: bool = field(default=False, init=False)

    def delivered(self, evidence: str) -> None:
        """Say that the client meets it, or the provider where it is the request that is broken."""
        if not self._told:
            self._told = True
            self.trial.delivered(self.injection, evidence)

    def undelivered(self, reason: str) -> None:
        """Say why nobody meets it, unless somebody has."""
        if not self._told:
            self._told = True
            self.trial.undelivered(self.injection, reason)
