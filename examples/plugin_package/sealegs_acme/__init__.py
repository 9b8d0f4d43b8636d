"""Acme for sealegs: its rules, the form of its reasoning, and a line in the log."""

from __future__ import annotations

import logging

from sealegs import Exchange, hookimpl
from sealegs.knowledge import Provider, ReasoningFormat

from .scratchpad import Scratchpad

__all__ = ["exchange_finished", "providers", "reasoning_formats"]

_log = logging.getLogger(__name__)


@hookimpl
def providers() -> list[Provider]:
    """Contribute Acme's rules."""
    return [
        Provider(
            name="acme",
            wires=frozenset({"openai-chat"}),
            hosts=("api.acme.example",),
            out=("acme_scratchpad",),
            demand="all",
            source="https://docs.acme.example/scratchpads",
            checked="2026-11-23",
            evidence="documented",
        )
    ]


@hookimpl
def reasoning_formats() -> list[ReasoningFormat]:
    """Contribute the form of Acme's reasoning."""
    return [Scratchpad()]


@hookimpl
def exchange_finished(exchange: Exchange) -> None:
    """Write down how many turns got their notes back. The notes themselves are not shown here."""
    kept = exchange.retention
    if exchange.provider == "acme" and kept is not None:
        restored, lost = kept.count("restored"), len(kept.gaps)
        _log.info("%s: %d restored, %d lost", exchange.model, restored, lost)
