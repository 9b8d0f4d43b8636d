"""Which tools are disturbed: each is decided on by itself, whatever others there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase

from sealegs.perturbation.operators import About
from sealegs.schema.definition import ToolDefinition

__all__ = ["chosen", "matching", "single"]


def single(tools: Sequence[ToolDefinition]) -> list[ToolDefinition]:
    """Give the tools that a name is enough to tell apart."""
    counts = Counter(tool.name for tool in tools)
    return [tool for tool in tools if tool.name and counts[tool.name] == 1]


def matching(tools: Sequence[ToolDefinition], globs: Sequence[str]) -> list[ToolDefinition]:
    """Give those whose names fit one of several globs."""
    return [one for one in single(tools) if any(fnmatchcase(one.name, glob) for glob in globs)]


def chosen(tools: Sequence[ToolDefinition], about: About) -> list[ToolDefinition]:
    """Give the share of the tools that is hit.

    Parameters:
        share: how likely each tool is hit. One that is hit at a smaller share is hit at a larger.
        always: globs of tools that are hit whatever is drawn, such as the ones that a task needs.
    """
    share: float = about.parameters.get("share", 1.0)
    always: Sequence[str] = about.parameters.get("always", ())
    needed = {tool.name for tool in matching(tools, always)}
    return [
        tool
        for tool in single(tools)
        if tool.name in needed or about.draw.sub(tool.name).unit("hit") < share
    ]
