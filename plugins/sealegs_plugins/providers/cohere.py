"""Cohere v2: thinking as an item of the content."""

from __future__ import annotations

from sealegs.knowledge import Provider

from .common import CHECKED

__all__ = ["ROWS"]

ROWS: tuple[Provider, ...] = (
    # The item is a type of what an assistant message may hold; no rule about it is documented.
    Provider(
        name="cohere",
        wires=frozenset({"cohere-v2"}),
        hosts=("api.cohere.com", "api.cohere.ai"),
        out=("thinking_items",),
        source="cohere 7.3.1: types of assistant message content",
        checked=CHECKED,
    ),
)
