"""Forms that others took over from OpenAI's chat completions, each for its own wire format.

They are asked after OpenAI's own, which they look like, so a file of them is read as that.
"""

from __future__ import annotations

from .envelope import Envelope

__all__ = ["COHERE", "MISTRAL", "OLLAMA"]

_KINDS = frozenset({"", "function"})

# Mistral takes tools without a ``type`` as functions.
MISTRAL = Envelope(
    name="mistral",
    wires=frozenset({"mistral"}),
    rank=60,
    kinds=_KINDS,
    kind="function",
    inner="function",
    strict=True,
)

# Strict mode is asked for by the request (``strict_tools``), not by the tool.
COHERE = Envelope(
    name="cohere",
    wires=frozenset({"cohere-v2"}),
    rank=60,
    kinds=_KINDS,
    kind="function",
    typed=True,
    inner="function",
    strict=True,
)

OLLAMA = Envelope(
    name="ollama",
    wires=frozenset({"ollama"}),
    rank=60,
    kinds=_KINDS,
    kind="function",
    inner="function",
    strict=True,
)
