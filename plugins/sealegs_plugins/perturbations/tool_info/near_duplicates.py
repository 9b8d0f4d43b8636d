"""T13: tools that do the same under another name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.edits import AddedTool, ToolsEdit
from sealegs.perturbation.operators import About, Sheet
from sealegs.schema.definition import ToolDefinition
from sealegs_plugins.perturbations.tool_info.choosing import chosen
from sealegs_plugins.perturbations.tool_info.twins import described, near_name, twins

__all__ = ["NearDuplicateTool"]

_SHEET: Final = Sheet(
    name="near-duplicate-tool",
    code="T13",
    surface="tool_info",
    label="invariant",
    summary="tools have twins that do the same under another name",
    parameters=(
        {"share": 0.25},
        {"share": 0.5},
        {"share": 1.0},
    ),
    further={"always": []},
    source=(
        "Toolkit expansion (arXiv 2504.00914): from 2.7 to 5.6 tools in the mean; RobustBench-TC "
        "(arXiv 2605.11928): redundant tools"
    ),
)


@dataclass(frozen=True, slots=True)
class NearDuplicateTool:
    """Adds twins: the same description and parameters; a call of one runs the tool itself.

    Parameters: ``share`` of the tools that get a twin; ``always``, globs of tools that do in any
    case.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> operator = NearDuplicateTool()
    >>> edit = operator.tools([ToolDefinition("get_weather")], about(operator, 3))
    >>> [(twin.name, twin.runs) for twin in edit.added]
    [('fetch_weather', 'get_weather')]
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def tools(self, tools: Sequence[ToolDefinition], about: About, /) -> ToolsEdit | None:
        """Say the twins."""
        added = twins(
            tools,
            chosen(tools, about),
            lambda tool, attempt: near_name(tool.name, about.draw.sub(tool.name), attempt),
            lambda tool, new: AddedTool(new, described(tool, new), tool.parameters, runs=tool.name),
        )
        return ToolsEdit(added=added) if added else None
