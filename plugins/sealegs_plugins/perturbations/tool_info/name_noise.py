"""T1: tools' names with a few letters wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.edits import ToolsEdit
from sealegs.perturbation.operators import About, Sheet
from sealegs.schema.definition import ToolDefinition
from sealegs_plugins.perturbations.tool_info.choosing import chosen
from sealegs_plugins.perturbations.tool_info.naming import noisy
from sealegs_plugins.perturbations.tool_info.renaming import renamed

__all__ = ["ToolNameNoise"]

_SHEET: Final = Sheet(
    name="tool-name-noise",
    code="T1",
    surface="tool_info",
    label="invariant",
    summary="a few letters of tools' names are inserted, left out or replaced",
    parameters=(
        {"share": 0.25, "portion": 1 / 3},
        {"share": 0.5, "portion": 1 / 3},
        {"share": 1.0, "portion": 1 / 3},
    ),
    further={"always": []},
    source="RoTBench, level slight (arXiv 2401.08326): below a third of the letters",
)


@dataclass(frozen=True, slots=True)
class ToolNameNoise:
    """Writes tools' names with a few letters wrong.

    Parameters: ``share`` of the tools; ``portion`` of a name's letters that the edits stay below;
    ``always``, globs of tools that are hit in any case.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> noise = ToolNameNoise()
    >>> edit = noise.tools([ToolDefinition("get_weather")], about(noise, 3))
    >>> edit.changes["get_weather"].name
    'get_weathyr'
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def tools(self, tools: Sequence[ToolDefinition], about: About, /) -> ToolsEdit | None:
        """Say the new names."""
        portion: float = about.parameters["portion"]
        return renamed(
            tools,
            chosen(tools, about),
            lambda tool, attempt: noisy(tool.name, portion, about.draw.sub(tool.name, attempt)),
        )
