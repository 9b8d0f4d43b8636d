"""Syntaxes in which models write tool calls as text: one file for each family."""

from __future__ import annotations

from sealegs.calls.parsing import ToolCallParser
from sealegs.specs import hookimpl

__all__ = ["ALL", "tool_call_parsers"]

ALL: tuple[ToolCallParser, ...] = ()


@hookimpl
def tool_call_parsers() -> tuple[ToolCallParser, ...]:
    """Contribute the parsers."""
    return ALL
