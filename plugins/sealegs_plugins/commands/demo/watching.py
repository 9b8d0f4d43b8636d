"""Watches the pipeline of one run, whose failures would go unseen because it fails open."""

from __future__ import annotations

from dataclasses import dataclass, field

from sealegs import Exchange, hookimpl

__all__ = ["Watcher"]


@dataclass(slots=True)
class Watcher:
    """A plugin that writes down failures of sealegs' own, and turns that went without.

    Attributes:
        failures: what failed, in words.
        gaps: why turns went without their reasoning.
    """

    failures: list[str] = field(default_factory=list[str])
    gaps: list[str] = field(default_factory=list[str])

    @hookimpl
    def exchange_finished(self, exchange: Exchange) -> None:
        """Take down an exchange."""
        self.failures += [f"{one.layer}/{one.place}: {one.error}" for one in exchange.failures]
        if exchange.retention is not None:
            self.gaps += [reason for _, reason in exchange.retention.gaps]

    @property
    def fault(self) -> str:
        """What failed first, or an empty string."""
        return f"sealegs failed: {self.failures[0]}" if self.failures else ""

    @property
    def note(self) -> str:
        """Why turns went without their reasoning, or an empty string."""
        return f"gaps: {', '.join(dict.fromkeys(self.gaps))}" if self.gaps else ""
