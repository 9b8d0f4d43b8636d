"""What was disturbed and what was not: a table of surface, step and operator over many trials."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sealegs.jsons import Json
from sealegs.perturbation.operators import Surface
from sealegs.perturbation.trials.receipts import TrialRecord, step

__all__ = ["STEPS", "Cell", "Coverage", "Uncovered"]

STEPS = ("0", "1", "2-3", "4-7", "8-15", "16+")
"""The buckets of turns, in order."""

_NEVER = "no draw of its fired, at the places that were reached"
_NOWHERE = "no place was reached where it can fire"

_SURFACES: Sequence[Surface] = (
    "tool_info",
    "system_prompt",
    "user_prompt",
    "environment",
    "tool_response",
    "transport",
)


@dataclass(frozen=True, slots=True)
class Cell:
    """What one operator did at one step, in all trials.

    Attributes:
        surface: what it disturbs.
        step: the bucket of turns; empty: the whole of them.
        operator: its name.
        planned: in how many trials it was for the case; in a replay, how many injections were
            planned. Told for the whole alone.
        eligible: at how many places it could have fired.
        fired: how often it did.
        delivered: how many of those left our hands.
        seen: after how many of those the agent acted.
    """

    surface: Surface
    step: str
    operator: str
    planned: int = 0
    eligible: int = 0
    fired: int = 0
    delivered: int = 0
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A surface that had to be disturbed and never was.

    Attributes:
        surface: which.
        reasons: what was told of it, by operator, and how often.
    """

    surface: Surface
    reasons: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Coverage:
    """The coverage of disturbed trials.

    Attributes:
        cells: by surface, operator and step, with the whole of each operator first.
        uncovered: surfaces that had to be disturbed and never were. A run that has some is
            ``VACUOUS``: it proves nothing, whatever passed.
        trials: how many disturbed trials there were.
        delivered: in how many of them anything was delivered.
        unseen: surfaces of which something was delivered and nothing seen, though a model was
            asked: something above the tap swallowed it, or agents end there.
    """

    cells: tuple[Cell, ...]
    uncovered: tuple[Uncovered, ...]
    trials: int
    delivered: int
    unseen: tuple[Surface, ...] = ()

    @classmethod
    def of(
        cls, records: Iterable[TrialRecord], required: Collection[Surface] | None = None
    ) -> Coverage:
        """Count.

        Args:
            records: of trials of one profile; those of the clean arm are left out.
            required: surfaces that must be disturbed; by default all that its operators are on.
        """
        disturbed = [record for record in records if record.arm == "disturbed"]
        cells = _cells(disturbed)
        reached = {cell.surface for cell in cells if cell.delivered}
        known = {cell.surface for cell in cells}
        wanted = known if required is None else set(required)
        reasons = _reasons(disturbed)
        return cls(
            cells,
            tuple(
                Uncovered(surface, reasons.get(surface, {}))
                for surface in _SURFACES
                if surface in wanted - reached
            ),
            len(disturbed),
            sum(record.delivered for record in disturbed),
            _unseen(cells) if any(record.requests for record in disturbed) else (),
        )

    @property
    def vacuous(self) -> bool:
        """Whether the trials prove nothing, for what should be disturbed was not."""
        return bool(self.uncovered) or (not self.delivered and not self.cells)

    def to_json(self) -> Json:
        """Give the coverage as JSON."""
        return {
            "trials": self.trials,
            "delivered": self.delivered,
            "unseen": list(self.unseen),
            "cells": [
                {
                    "surface": cell.surface,
                    "step": cell.step,
                    "operator": cell.operator,
                    "planned": cell.planned,
                    "eligible": cell.eligible,
                    "fired": cell.fired,
                    "delivered": cell.delivered,
                    "seen": cell.seen,
                }
                for cell in self.cells
            ],
            "uncovered": [
                {"surface": one.surface, "reasons": dict(one.reasons)} for one in self.uncovered
            ],
        }


def _cells(records: Sequence[TrialRecord]) -> tuple[Cell, ...]:
    counts: dict[tuple[Surface, str], dict[str, Counter[str]]] = {}
    for record in records:
        for use in record.uses:
            steps = counts.setdefault((use.surface, use.operator), {"": Counter()})
            steps[""]["planned"] += use.planned
            for name, count in use.eligible.items():
                steps.setdefault(name, Counter())["eligible"] += count
                steps[""]["eligible"] += count
        for receipt in record.receipts:
            one = receipt.injection
            steps = counts.setdefault((one.surface, one.operator), {"": Counter()})
            for bucket in (steps[""], steps.setdefault(step(one.site.turn), Counter())):
                bucket["fired"] += receipt.fired
                bucket["delivered"] += receipt.delivered
                bucket["seen"] += receipt.seen
    return tuple(
        Cell(surface, name, operator, **steps[name])
        for (surface, operator), steps in sorted(
            counts.items(), key=lambda one: (_SURFACES.index(one[0][0]), one[0][1])
        )
        for name in ("", *STEPS)
        if name in steps
    )


def _unseen(cells: Sequence[Cell]) -> tuple[Surface, ...]:
    seen = {cell.surface for cell in cells if cell.seen}
    delivered = {cell.surface for cell in cells if cell.delivered}
    return tuple(surface for surface in _SURFACES if surface in delivered - seen)


def _reasons(records: Sequence[TrialRecord]) -> dict[Surface, dict[str, int]]:
    """Gather what was told of each surface; of operators that had no place, that.

    What became of injections that fired comes first: it says more than where none did.
    """
    found: dict[Surface, Counter[str]] = {}
    made: dict[str, None] = {}
    for record in records:
        fired = {receipt.use for receipt in record.receipts}
        for index, use in enumerate(record.uses):
            told = found.setdefault(use.surface, Counter())
            for reason, count in use.reasons.items():
                told[f"{use.operator}: {reason}"] += count
            if use.planned and not use.reasons and index not in fired:
                silent = _NEVER if use.eligible else _NOWHERE
                told[f"{use.operator}: {silent}"] += 1
        for receipt in record.receipts:
            if not receipt.delivered:
                told = found.setdefault(receipt.injection.surface, Counter())
                why = receipt.reason or "it fired, and nobody said what became of it"
                told[f"{receipt.injection.operator}: {why}"] += 1
                made[f"{receipt.injection.operator}: {why}"] = None
    return {
        surface: dict(sorted(told.items(), key=lambda one: (one[0] not in made, -one[1], one[0])))
        for surface, told in found.items()
    }
