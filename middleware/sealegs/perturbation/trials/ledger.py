"""Keeps count of a trial while it runs, from several threads, and tells the journal of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Protocol

from sealegs.jsons import Json
from sealegs.perturbation.trial import Injection
from sealegs.perturbation.trials.receipts import Receipt, UseRecord, step
from sealegs.perturbation.trials.selecting import Choice

__all__ = ["Ledger", "Tell"]


class Tell(Protocol):
    """Takes note of an event."""

    def __call__(self, event: str, /, **facts: Json) -> None:
        """Take note."""
        ...


class Ledger:
    """The way of each injection, and why others went none.

    Args:
        choices: the profile's operators.
        tell: takes note of events; called without a lock held.
        planned: how many injections each of the operators has in a plan; ``None``: no plan.
    """

    def __init__(
        self, choices: Sequence[Choice], tell: Tell, planned: Mapping[int, int] | None = None
    ) -> None:
        self._choices, self._tell, self._planned = choices, tell, planned
        self._lock = Lock()
        self._eligible: list[Counter[str]] = [Counter() for _ in choices]
        self._reasons: list[Counter[str]] = [Counter() for _ in choices]
        self._receipts: dict[str, Receipt] = {}
        self._awaited: dict[str, str] = {}
        self._unseen: dict[str, Receipt] = {}
        for choice in choices:
            if choice.outside and planned is None:
                self._reasons[choice.active.index][choice.outside] += 1

    def eligible(self, use: int, turn: int) -> None:
        """Count a place where an operator can fire."""
        bucket = step(turn)
        with self._lock:
            self._eligible[use][bucket] += 1

    def skipped(self, use: int, reason: str) -> None:
        """Count why an operator does not fire; the journal is told of each reason once."""
        with self._lock:
            self._reasons[use][reason] += 1
            first = self._reasons[use][reason] == 1
        if first:
            name = self._choices[use].active.operator.sheet.name
            self._tell("skipped", operator=name, use=use, reason=reason)

    def fired(self, use: int, injection: Injection, lost: Sequence[str], reason: str = "") -> None:
        """Write down an injection, and why it will not be delivered, if that is known."""
        made = Receipt(injection, use, reason=reason, lost=tuple(lost))
        with self._lock:
            self._receipts[injection.id] = made
        self._tell("fired", injection=injection, lost=list(lost))

    def delivered(self, injection: Injection, evidence: str) -> None:
        """Write down the first delivery."""
        with self._lock:
            known = self._receipts.get(injection.id)
            if known is None or known.delivered:
                return
            made = replace(known, delivered=True, evidence=evidence, reason="")
            self._receipts[injection.id] = self._unseen[injection.id] = made
        self._tell("delivered", id=injection.id, evidence=evidence)

    def undelivered(self, injection: Injection, reason: str) -> None:
        """Write down a failed delivery, unless there was a good one."""
        with self._lock:
            known = self._receipts.get(injection.id)
            if known is None or known.delivered or known.reason == reason:
                return
            self._receipts[injection.id] = replace(known, reason=reason)
        self._tell("undelivered", id=injection.id, reason=reason)

    def awaits(self, injection: Injection, text: str) -> None:
        """Keep what a later request holds once an injection's result was seen."""
        with self._lock:
            self._awaited[injection.id] = text

    def asked(self, agent: str, texts: Sequence[str]) -> None:
        """Note what is seen with a request."""
        if not self._unseen:
            return
        with self._lock:
            seen = [one for one in self._unseen if self._shows(one, agent, texts)]
            for one in seen:
                self._receipts[one] = replace(self._unseen.pop(one), seen=True)
                self._awaited.pop(one, None)
        for one in seen:
            self._tell("seen", id=one)

    def _shows(self, one: str, agent: str, texts: Sequence[str]) -> bool:
        awaited = self._awaited.get(one)
        if awaited is not None:
            return any(awaited in text for text in texts)
        return self._unseen[one].injection.site.agent in ("", agent)

    def missed(self, use: int, injection: Injection, reason: str) -> None:
        """Write down an injection of a plan, unless it fired."""
        with self._lock:
            if injection.id in self._receipts:
                return
            self._receipts[injection.id] = Receipt(injection, use, False, reason=reason)
        self._tell("undelivered", id=injection.id, reason=reason)

    def unreached(self, advice: Callable[[Choice], str]) -> None:
        """Say of operators that met no place at all why; a plan tells it of each injection."""
        if self._planned is not None:
            return
        with self._lock:
            silent = [
                choice
                for choice in self._choices
                if not self._eligible[choice.active.index]
                and not self._reasons[choice.active.index]
            ]
        for choice in silent:
            self.skipped(choice.active.index, advice(choice))

    def receipts(self) -> tuple[Receipt, ...]:
        """Give the receipts, in order of their ids."""
        with self._lock:
            return tuple(self._receipts[one] for one in sorted(self._receipts))

    def uses(self) -> tuple[UseRecord, ...]:
        """Give what became of each operator."""
        with self._lock:
            return tuple(map(self._use, self._choices))

    def _use(self, choice: Choice) -> UseRecord:
        index, sheet = choice.active.index, choice.active.operator.sheet
        planned = int(not choice.outside)
        if self._planned is not None:
            planned = self._planned.get(index, 0)
        return UseRecord(
            sheet.name,
            sheet.surface,
            choice.active.severity,
            planned,
            dict(sorted(self._eligible[index].items())),
            dict(sorted(self._reasons[index].items())),
        )
