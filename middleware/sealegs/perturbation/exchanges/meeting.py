"""A fault on its way to a client: decided on, and not yet met."""

from __future__ import annotations

from dataclasses import dataclass, field

from sealegs.exchange import Ledger
from sealegs.perturbation.edits import Fault
from sealegs.perturbation.trial import Injection, Trial
from sealegs.perturbation.trials.recording import note_injected

__all__ = ["Met"]


@dataclass(slots=True)
class Met:
    """One fault of one exchange. What becomes of it is told once, to the trial and the record.

    Attributes:
        trial: the trial.
        ledger: the exchange's record.
        injection: what was decided on.
        fault: what happens.
    """

    trial: Trial
    ledger: Ledger
    injection: Injection
    fault: Fault
    _told: bool = field(default=False, init=False)
    _noted: bool = field(default=False, init=False)

    def note(self, *, applied: bool) -> None:
        """Write it into the record, which may be closed by the time that the client meets it."""
        if not self._noted:
            self._noted = True
            note_injected(self.ledger, (self.injection,), applied=applied)

    def delivered(self, evidence: str) -> None:
        """Say that the client meets it, or the provider where it is the request that is broken."""
        if not self._told:
            self._told = True
            self.note(applied=True)
            self.trial.delivered(self.injection, evidence)

    def undelivered(self, reason: str) -> None:
        """Say why nobody meets it, unless somebody has."""
        if not self._told:
            self._told = True
            self.note(applied=False)
            self.trial.undelivered(self.injection, reason)
