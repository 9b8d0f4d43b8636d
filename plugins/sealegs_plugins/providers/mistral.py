"""Mistral: thinking as chunks of the content; unknown fields are refused."""

from __future__ import annotations

from sealegs.knowledge import Provider

from .common import CHECKED, FIELD_REFUSED

__all__ = ["ROWS"]

ROWS: tuple[Provider, ...] = (
    Provider(
        name="mistral",
        wires=frozenset({"mistral"}),
        hosts=("api.mistral.ai",),
        out=("thinking_chunks",),
        recoveries=FIELD_REFUSED,
        source="mistralai 3.7.0: ThinkChunk, charmbracelet/crush#1590",
        checked=CHECKED,
        evidence="recorded",
    ),
)
