"""T19: a toolset that changes while the agent works."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.edits import AddedTool, ToolsEdit
from sealegs.perturbation.operators import About, Sheet
from sealegs.schema.definition import ToolDefinition
from sealegs_plugins.perturbations.tool_info.choosing import chosen
from sealegs_plugins.perturbations.tool_info.twins import described, near_name, twins

__all__ = ["ToolsetChange"]

_SHEET: Final = Sheet(
    name="toolset-change",
    code="T19",
    surface="tool_info",
    label="recoverable",
    summary="from some turn on, tools are gone and others stand in for them",
    parameters=(
        {"share": 0.34, "after": 2},
        {"share": 0.67, "after": 2},
        {"share": 1.0, "after": 1},
    ),
    further={"always": [], "replaced": True},
    finds="tools, in a conversation that has had as many turns as after says",
    source="MCP, notifications/tools/list_changed; BFCL, multi_turn_miss_func",
    checked="the end state; a call of a tool that is gone is answered as the framework answers it",
    by_turn=True,
)


@dataclass(frozen=True, slots=True)
class ToolsetChange:
    """Takes tools away after some turns, and adds others that do the same.

    Parameters: ``share`` of the tools; ``after`` so many turns; ``replaced``: whether others stand
    in (else the label is the test's to say); ``always``, globs of tools that are hit in any case.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> change = ToolsetChange()
    >>> tools = [ToolDefinition("get_weather")]
    >>> change.tools(tools, about(change, 3))
    >>> edit = change.tools(tools, about(change, 3, turn=1))
    >>> edit.removed, [(one.name, one.runs) for one in edit.added]
    (('get_weather',), [('fetch_weather', 'get_weather')])
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def tools(self, tools: Sequence[ToolDefinition], about: About, /) -> ToolsEdit | None:
        """Say what is gone, and what is there."""
        after: int = about.parameters["after"]
        if about.site.turn < after:
            return None
        hit = chosen(tools, about)
        if not about.parameters["replaced"]:
            return ToolsEdit(removed=tuple(tool.name for tool in hit)) if hit else None
        added = twins(
            tools,
            hit,
            lambda tool, attempt: near_name(tool.name, about.draw.sub(tool.name), attempt),
            lambda tool, new: AddedTool(new, described(tool, new), tool.parameters, runs=tool.name),
        )
        return ToolsEdit(added=added, removed=tuple(one.runs for one in added)) if added else None
