"""T12: tools beside the ones that a task needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.jsons import Json
from sealegs.perturbation.drawing import Draw
from sealegs.perturbation.edits import AddedTool, ToolsEdit
from sealegs.perturbation.operators import About, Sheet
from sealegs.schema.definition import NO_PARAMETERS, ToolDefinition
from sealegs_plugins.perturbations.tool_info.distractors import LIBRARY

__all__ = ["DistractorTools"]

_NOTHING: Final = "Nothing was found."

_SHEET: Final = Sheet(
    name="distractor-tools",
    code="T12",
    surface="tool_info",
    label="invariant",
    summary="tools that have nothing to do with the task stand beside the others",
    parameters=(
        {"count": 3, "mixed": False},
        {"count": 10, "mixed": True},
        {"count": None, "mixed": True},
    ),
    source="ToolSandbox (arXiv 2408.04682): 3, 10 or all distraction tools",
)


@dataclass(frozen=True, slots=True)
class DistractorTools:
    """Adds harmless tools; a call of one is answered in its place and reaches no tool.

    They are taken from a library of our own, or from ``supplies["tools"]``: definitions with
    ``name``, ``description``, ``parameters``, and the ``answer`` that a call of it gets. One whose
    name is in use is left out.

    Parameters: ``count``, nothing for all; ``mixed``: among the others, not behind them.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> distractors = DistractorTools()
    >>> edit = distractors.tools([ToolDefinition("ping")], about(distractors, 1))
    >>> [tool.name for tool in edit.added]
    ['check_pollen_count', 'get_chess_opening', 'lookup_roman_numeral']
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def tools(self, tools: Sequence[ToolDefinition], about: About, /) -> ToolsEdit | None:
        """Say which tools are added, and where they stand."""
        supplied: Sequence[Mapping[str, Json]] | None = about.supplies.get("tools")
        library = LIBRARY if supplied is None else [_read(one) for one in supplied]
        used = {tool.name for tool in tools}
        free = {one.name: one for one in library if one.name not in used}
        drawn = sorted(free, key=lambda name: (about.draw.sub(name).unit("drawn"), name))
        added = tuple(free[name] for name in drawn[: about.parameters["count"]])
        if not added:
            return None
        order = _mixed(tools, added, about.draw) if about.parameters["mixed"] else ()
        return ToolsEdit(added=added, order=order)


def _read(given: Mapping[str, Json]) -> AddedTool:
    return AddedTool(
        given["name"],
        given.get("description", ""),
        given.get("parameters", dict(NO_PARAMETERS)),
        given.get("answer", _NOTHING),
    )


def _mixed(
    tools: Sequence[ToolDefinition], added: Sequence[AddedTool], draw: Draw
) -> tuple[str, ...]:
    """Put the added among the others, which keep their own order."""
    count = len(tools)
    places = [((at + 0.5) / count, tool.name) for at, tool in enumerate(tools)]
    places += [(draw.sub(tool.name).unit("place"), tool.name) for tool in added]
    return tuple(dict.fromkeys(name for _, name in sorted(places)))
