"""Anthropic's form, of the Messages API, also where Bedrock invokes it.

Tools with another ``type`` (``web_search_20250305``, ``bash_20250124``, ``mcp_toolset``) have
schemas that Anthropic knows.
"""

from __future__ import annotations

from .envelope import Envelope

__all__ = ["ANTHROPIC"]

ANTHROPIC = Envelope(
    name="anthropic",
    wires=frozenset({"anthropic-messages", "anthropic-bedrock"}),
    rank=20,
    kinds=frozenset({"", "custom"}),
    schema="input_schema",
    strict=True,
    required=True,
    examples="input_examples",
)
