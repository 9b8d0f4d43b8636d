"""What of a trial's events goes into a journal: facts and digests, and texts only where wanted."""

from __future__ import annotations

from collections.abc import Callable

from sealegs.jsons import Json
from sealegs.perturbation.kinds import write_edit
from sealegs.perturbation.trial import Injection
from sealegs.perturbation.trials.journal import Journal
from sealegs.perturbation.trials.receipts import TrialRecord

__all__ = ["Teller"]


class Teller:
    """Tells a journal of one trial.

    Args:
        record: says which trial.
        journal: is told; ``None``: nobody is.
        seconds: how long the trial has taken.
    """

    def __init__(
        self, record: TrialRecord, journal: Journal | None, seconds: Callable[[], float]
    ) -> None:
        self._trial: dict[str, Json] = {
            "case": record.case,
            "repetition": record.repetition,
            "arm": record.arm,
        }
        self._journal, self._seconds = journal, seconds

    def __call__(self, event: str, /, **facts: Json) -> None:
        """Tell of an event; an injection among the facts is told by what names it."""
        if self._journal is None:
            return
        injection = facts.pop("injection", None)
        if isinstance(injection, Injection):
            facts |= _told(injection, content=self._journal.content)
        self._journal.write(event, {**self._trial, "at": round(self._seconds(), 6), **facts})


def _told(injection: Injection, *, content: bool) -> dict[str, Json]:
    site = injection.site
    told: dict[str, Json] = {
        "id": injection.id,
        "operator": injection.operator,
        "surface": injection.surface,
        "label": injection.label,
        "severity": injection.severity,
        "place": site.key,
        "turn": site.turn,
        "tool": site.tool,
        "before": injection.before,
        "after": injection.after,
    }
    if content:
        told["edit"] = write_edit(injection.edit)
    return told
