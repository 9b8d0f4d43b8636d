"""T3: tools' names, each on another tool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.edits import ToolChange, ToolsEdit
from sealegs.perturbation.operators import About, Sheet
from sealegs.schema.definition import ToolDefinition
from sealegs_plugins.perturbations.tool_info.choosing import chosen

__all__ = ["ToolNamePermutation"]

_SHEET: Final = Sheet(
    name="tool-name-permutation",
    code="T3",
    surface="tool_info",
    label="invariant",
    summary="tools swap names and keep their descriptions, so that names lie; report it apart",
    parameters=(
        {"share": 0.34},
        {"share": 0.67},
        {"share": 1.0},
    ),
    further={"always": []},
    finds="two tools or more",
    source="RoTBench, level heavy (arXiv 2401.08326)",
    checked=(
        "the end state; report it apart from other invariant operators, because a name that lies "
        "is no harmless change for an agent that trusts names"
    ),
)


@dataclass(frozen=True, slots=True)
class ToolNamePermutation:
    """Passes names on in a ring of tools; descriptions and parameters stay where they were.

    The ring's order is drawn by name, so a tool that comes or goes changes its neighbours alone.
    Where fewer than two tools are hit, there is nothing to swap.

    Parameters: ``share`` of the tools; ``always``, globs of tools that are hit in any case.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> permutation = ToolNamePermutation()
    >>> tools = [ToolDefinition("get_weather"), ToolDefinition("send_mail")]
    >>> edit = permutation.tools(tools, about(permutation, 3))
    >>> {own: change.name for own, change in edit.changes.items()}
    {'get_weather': 'send_mail', 'send_mail': 'get_weather'}
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def tools(self, tools: Sequence[ToolDefinition], about: About, /) -> ToolsEdit | None:
        """Say who gets whose name."""
        hit = [tool.name for tool in chosen(tools, about)]
        if len(hit) < 2:
            return None
        ring = sorted(hit, key=lambda own: (about.draw.sub(own).unit("ring"), own))
        passed = dict(zip(ring, [*ring[1:], ring[0]], strict=True))
        return ToolsEdit({own: ToolChange(name=passed[own]) for own in hit})
