"""Bedrock Converse: ``toolSpec``. A ``cachePoint`` or ``systemTool`` in the list is none."""

from __future__ import annotations

from .envelope import Envelope

__all__ = ["CONVERSE"]

CONVERSE = Envelope(
    name="bedrock-converse",
    wires=frozenset({"bedrock-converse"}),
    rank=10,
    inner="toolSpec",
    schema="inputSchema",
    box="json",
    strict=True,
)
