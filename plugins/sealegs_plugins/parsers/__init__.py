"""Syntaxes in which models write tool calls as text: one file for each family."""

from __future__ import annotations

from sealegs.calls.parsing import ToolCallParser
from sealegs.specs import hookimpl

from . import (
    anthropic,
    deepseek,
    gemma,
    glm,
    harmony,
    hermes,
    kimi,
    llama,
    minimax,
    mistral,
    prompted,
    qwen,
)

__all__ = ["ALL", "tool_call_parsers"]

ALL: tuple[ToolCallParser, ...] = (
    *anthropic.PARSERS,
    *deepseek.PARSERS,
    *gemma.PARSERS,
    *glm.PARSERS,
    *harmony.PARSERS,
    *hermes.PARSERS,
    *kimi.PARSERS,
    *llama.PARSERS,
    *minimax.PARSERS,
    *mistral.PARSERS,
    *prompted.PARSERS,
    *qwen.PARSERS,
)


@hookimpl
def tool_call_parsers() -> tuple[ToolCallParser, ...]:
    """Contribute the parsers."""
    return ALL
