"""T4: tools' names in another style."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.edits import ToolsEdit
from sealegs.perturbation.operators import About, Sheet
from sealegs.schema.definition import ToolDefinition
from sealegs_plugins.perturbations.tool_info.choosing import chosen
from sealegs_plugins.perturbations.tool_info.renaming import renamed

__all__ = ["ToolNameStyle", "styled", "words"]

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_VOWEL: Final = re.compile(r"(?<=.)[aeiou]")
_SHORT: Final = 4

_SHEET: Final = Sheet(
    name="tool-name-style",
    code="T4",
    surface="tool_info",
    label="invariant",
    summary="tools' names are spelled in snake, camel or kebab case, or abbreviated",
    parameters=(
        {"share": 0.5, "styles": ["snake", "camel"]},
        {"share": 1.0, "styles": ["kebab", "pascal"]},
        {"share": 1.0, "styles": ["abbreviated"]},
    ),
    further={"always": []},
    source="AgentMorph, tool-name insensitivity; HAL reliability (arXiv 2602.16666): name style",
)


def words(name: str) -> list[str]:
    """Split a name at its marks and capitals.

    >>> words("getHTTPStatus_code2")
    ['get', 'HTTP', 'Status', 'code', '2']
    """
    return _WORD.findall(name)


def styled(name: str, style: str) -> str:
    """Spell a name in a style.

    >>> [styled("get_user_details", one) for one in ("camel", "pascal", "kebab", "abbreviated")]
    ['getUserDetails', 'GetUserDetails', 'get-user-details', 'get_user_dtls']
    """
    parts = [word.lower() for word in words(name)]
    if style == "kebab":
        return "-".join(parts)
    if style in ("camel", "pascal"):
        whole = "".join(part.capitalize() for part in parts)
        return whole if style == "pascal" else "".join(parts[:1]) + whole[len(parts[0]) :]
    if style == "abbreviated":
        parts = [_VOWEL.sub("", part) if len(part) > _SHORT else part for part in parts]
    return "_".join(parts)


@dataclass(frozen=True, slots=True)
class ToolNameStyle:
    """Spells tools' names in another style.

    A name that would stay as it is, because it is in that style already or has one word only, is
    tried in the other styles of the severity, and else stays.

    Parameters: ``share`` of the tools; ``styles``: ``snake``, ``camel``, ``pascal``, ``kebab`` or
    ``abbreviated``; ``always``, globs of tools that are hit in any case.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> style = ToolNameStyle()
    >>> edit = style.tools([ToolDefinition("find_customer")], about(style, 3))
    >>> edit.changes["find_customer"].name
    'find_cstmr'
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def tools(self, tools: Sequence[ToolDefinition], about: About, /) -> ToolsEdit | None:
        """Say the new names."""
        styles: Sequence[str] = about.parameters["styles"]
        hit = [tool for tool in chosen(tools, about) if words(tool.name)]

        def propose(tool: ToolDefinition, attempt: int) -> str:
            order = about.draw.sub(tool.name).shuffled(styles, "styles")
            return styled(tool.name, order[attempt]) if attempt < len(order) else ""

        return renamed(tools, hit, propose)
