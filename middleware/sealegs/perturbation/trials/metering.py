"""Counts what a trial costs, and says when it is too much."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from sealegs.perturbation.profiles import Budget

__all__ = ["Meter"]


class Meter:
    """Counts requests, tokens and seconds. Safe to use from several threads.

    Args:
        budget: what the trial may cost.
        clock: tells seconds.

    Attributes:
        requests: to models, so far.
        tokens: as the providers counted them.
        exceeded: the first limit that was reached; empty: none was.
    """

    def __init__(self, budget: Budget, clock: Callable[[], float]) -> None:
        self._budget, self._clock, self._began, self._lock = budget, clock, clock(), Lock()
        self.requests = self.tokens = 0
        self.exceeded = ""

    def start(self) -> None:
        """Count seconds from now on."""
        self._began = self._clock()

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return self._clock() - self._began

    def asked(self) -> tuple[str, float] | None:
        """Count a request; gives the limit that it is beyond, and what is allowed."""
        with self._lock:
            self.requests += 1
            over = self._over()
            if over is not None:
                self.exceeded = self.exceeded or over[0]
        return over

    def spent(self, tokens: int) -> None:
        """Count tokens."""
        with self._lock:
            self.tokens += tokens

    def _over(self) -> tuple[str, float] | None:
        budget = self._budget
        if budget.requests is not None and self.requests > budget.requests:
            return "requests", budget.requests
        if budget.tokens is not None and self.tokens >= budget.tokens:
            return "tokens", budget.tokens
        if budget.seconds is not None and self.seconds > budget.seconds:
            return "seconds", budget.seconds
        return None
