"""What becomes of one exchange, decided before it begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sealegs.perturbation.drawing import digest
from sealegs.perturbation.edits import Fault, Pace, Raised, Refused
from sealegs.perturbation.exchanges.meeting import Met
from sealegs.perturbation.operators import About, FaultOperator, Site
from sealegs.perturbation.trial import Active, Injection, Trial
from sealegs.perturbation.trials.recording import note_carried, note_missed
from sealegs.session import current_agent

if TYPE_CHECKING:
    from sealegs.exchange import Ledger
    from sealegs.flow import Call
    from sealegs.perturbation.exchanges.lensing import Lenses

__all__ = ["ExchangePlan", "planned"]


@dataclass(slots=True)
class ExchangePlan:
    """What becomes of one exchange.

    Attributes:
        paces: how slow it is.
        end: what ends it, if anything does.
        edits: what is broken of it, in order.
    """

    paces: list[tuple[Met, Pace]] = field(default_factory=list["tuple[Met, Pace]"])
    end: Met | None = None
    edits: list[Met] = field(default_factory=list[Met])

    def miss(self, reason: str, *, end: bool = False) -> None:
        """Say that what has not happened will not happen; of what ends it only where asked to."""
        for met in (*self.edits, *(met for met, _ in self.paces)):
            met.undelivered(reason)
        if end and self.end is not None:
            self.end.undelivered(reason)


def planned(trial: Trial, actives: Sequence[Active], call: Call, lenses: Lenses) -> ExchangePlan:
    """Ask the operators in order, up to the first one that ends the exchange."""
    plan, site = ExchangePlan(), _site(trial, call)
    for active in actives:
        there = replace(site, surface=active.operator.sheet.surface)
        injection = _decided(trial, active, there, call.ledger, lenses)
        met = None if injection is None else _met(trial, injection, call.ledger, lenses)
        if met is None:
            continue
        if isinstance(met.fault, Raised | Refused):
            plan.end = met
            return plan
        if isinstance(met.fault, Pace):
            plan.paces.append((met, met.fault))
        else:
            plan.edits.append(met)
    return plan


def _site(trial: Trial, call: Call) -> Site:
    """Name the place: equal in every run that gets there, and the next one at a retry."""
    turns = call.original.turns
    first = next((turn.origin for turn in turns if turn.role == "user"), b"")
    turn = sum(turn.role == "assistant" for turn in turns)
    place, agent = f"model:{digest(first)}/{turn}", current_agent()
    return Site("transport", place, agent, trial.occurrence("transport", place, agent), turn)


def _decided(
    trial: Trial, active: Active, site: Site, ledger: Ledger, lenses: Lenses
) -> Injection | None:
    lacks = ""

    def realise(about: About) -> Fault | None:
        nonlocal lacks
        operator = active.operator
        fault = operator.fault(about) if isinstance(operator, FaultOperator) else None
        lacks = "" if fault is None else lenses.lacks(fault)
        return None if lacks else fault

    injection = trial.consider(active, site, realise)
    if lacks:
        note_missed(ledger, [(active, site, lacks)])
        trial.skipped(active, site, lacks)
    return injection


def _met(trial: Trial, injection: Injection, ledger: Ledger, lenses: Lenses) -> Met | None:
    """Take an injection, which a plan may have brought from elsewhere."""
    fault = injection.edit
    if not isinstance(fault, Fault):
        trial.undelivered(injection, "the plan says no fault of an exchange here")
        return None
    note_carried(ledger, (injection,))
    met = Met(trial, ledger, injection, fault)
    lacks = lenses.lacks(fault)
    if lacks:
        met.undelivered(lacks)
        return None
    return met
