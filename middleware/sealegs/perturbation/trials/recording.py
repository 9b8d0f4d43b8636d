"""Writes into an exchange's record what was disturbed in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sealegs.exchange import Injected, Ledger, Missed, Perturbed
from sealegs.perturbation.operators import Site
from sealegs.perturbation.trial import Active, Injection

__all__ = ["injected", "note_carried", "note_injected", "note_missed"]


def note_carried(ledger: Ledger, injections: Iterable[Injection]) -> None:
    """Write down which injections an exchange carries, also those of earlier requests."""
    known, carried = ledger.perturbation or Perturbed(), tuple(injections)
    names = dict.fromkeys([*known.operators, *(one.operator for one in carried)])
    ledger.perturbation = replace(
        known, operators=tuple(names), carried=known.carried + len(carried)
    )


def note_injected(ledger: Ledger, injections: Iterable[Injection], *, applied: bool) -> None:
    """Write down the injections that an exchange is the first to carry."""
    known = ledger.perturbation or Perturbed()
    new = [injected(one, applied=applied) for one in injections]
    ledger.perturbation = replace(known, injected=(*known.injected, *new))


def note_missed(ledger: Ledger, missed: Iterable[tuple[Active, Site, str]]) -> None:
    """Write down where operators could not fire."""
    known = ledger.perturbation or Perturbed()
    new = [_missed(*one) for one in missed]
    ledger.perturbation = replace(known, missed=(*known.missed, *new))


def injected(one: Injection, *, applied: bool) -> Injected:
    """Give what a record says of an injection."""
    return Injected(
        one.id,
        one.operator,
        one.surface,
        one.label,
        one.severity,
        one.site.turn,
        one.site.tool,
        one.before,
        one.after,
        applied,
    )


def _missed(active: Active, site: Site, reason: str) -> Missed:
    sheet = active.operator.sheet
    return Missed(sheet.name, sheet.surface, active.label, active.severity, reason, site.tool)
