"""Edits that give tools new names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from sealegs.perturbation.edits import ToolChange, ToolsEdit
from sealegs.schema.definition import ToolDefinition
from sealegs_plugins.perturbations.tool_info.naming import assigned

__all__ = ["renamed"]


def renamed(
    tools: Sequence[ToolDefinition],
    hit: Sequence[ToolDefinition],
    propose: Callable[[ToolDefinition, int], str],
) -> ToolsEdit | None:
    """Say new names for some tools.

    Args:
        tools: all tools; none of their names becomes another's.
        hit: those that get new names.
        propose: makes a name for a tool, given how many proposals were refused.
    """
    wanted = {tool.name: partial(propose, tool) for tool in hit}
    names = assigned(wanted, (tool.name for tool in tools))
    if not names:
        return None
    return ToolsEdit({own: ToolChange(name=new) for own, new in names.items()})
