"""T2: tools' names that mean nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.edits import ToolsEdit
from sealegs.perturbation.operators import About, Sheet
from sealegs.schema.definition import ToolDefinition
from sealegs_plugins.perturbations.tool_info.choosing import chosen
from sealegs_plugins.perturbations.tool_info.naming import numbered, scrambled
from sealegs_plugins.perturbations.tool_info.renaming import renamed

__all__ = ["ToolNameScramble"]

_SHEET: Final = Sheet(
    name="tool-name-scramble",
    code="T2",
    surface="tool_info",
    label="invariant",
    summary="tools' names are reversed, random letters, or numbers",
    parameters=(
        {"share": 0.5, "style": "reversed"},
        {"share": 0.5, "style": "letters"},
        {"share": 1.0, "style": "numbers"},
    ),
    further={"always": []},
    source=(
        "RoTBench, level medium (arXiv 2401.08326): reversed or random; ToolSandbox "
        "(arXiv 2408.04682): numbered modules"
    ),
)


@dataclass(frozen=True, slots=True)
class ToolNameScramble:
    """Gives tools names that mean nothing; descriptions stay.

    Parameters: ``share`` of the tools; ``style``: ``reversed``, ``letters`` or ``numbers``;
    ``always``, globs of tools that are hit in any case.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> scramble = ToolNameScramble()
    >>> tools = [ToolDefinition("get_weather")]
    >>> scramble.tools(tools, about(scramble, 3)).changes["get_weather"].name
    'tool_661107'
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def tools(self, tools: Sequence[ToolDefinition], about: About, /) -> ToolsEdit | None:
        """Say the new names."""
        style: str = about.parameters["style"]

        def propose(tool: ToolDefinition, attempt: int) -> str:
            draw = about.draw.sub(tool.name, attempt)
            if style == "numbers":
                return numbered("tool", draw)
            return scrambled(tool.name, "letters" if attempt else style, draw)

        return renamed(tools, chosen(tools, about), propose)
