"""OpenAI's three forms: of chat completions, of the Responses API, and the legacy ``functions``.

Tools that OpenAI runs itself, and ``custom`` tools with a grammar, have another ``type``: they are
none of these.
"""

from __future__ import annotations

from .envelope import Envelope

__all__ = ["CHAT", "FUNCTIONS", "RESPONSES"]

# A missing ``type`` is put in: OpenAI and Zhipu refuse a tool without one
# (musistudio/claude-code-router#1004).
CHAT = Envelope(
    name="openai-chat",
    wires=frozenset({"openai-chat"}),
    rank=10,
    kinds=frozenset({"", "function"}),
    kind="function",
    typed=True,
    inner="function",
    strict=True,
)

RESPONSES = Envelope(
    name="openai-responses",
    wires=frozenset({"openai-responses"}),
    rank=20,
    kinds=frozenset({"function"}),
    kind="function",
    strict=True,
)

# Without a schema only an object that says nothing else is taken for a function: much has a name.
FUNCTIONS = Envelope(
    name="openai-functions",
    wires=frozenset({"openai-chat"}),
    rank=40,
    bare=frozenset({"name", "description"}),
)
