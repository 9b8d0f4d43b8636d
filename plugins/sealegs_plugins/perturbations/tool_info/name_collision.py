"""T14: tools whose names are nearly the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.jsons import Json
from sealegs.perturbation.edits import AddedTool, ToolsEdit
from sealegs.perturbation.operators import About, Sheet
from sealegs.schema.definition import ToolDefinition
from sealegs_plugins.perturbations.tool_info.choosing import chosen
from sealegs_plugins.perturbations.tool_info.parameters import required_of, whole
from sealegs_plugins.perturbations.tool_info.twins import described, twins

__all__ = ["NameCollision"]

_ELSEWHERE: Final = "This is another service's tool, and it has nothing on this."
_OTHER: Final = "Part of another service, which keeps records of its own. "

_SHEET: Final = Sheet(
    name="name-collision",
    code="T14",
    surface="tool_info",
    label="invariant",
    summary="a second tool's name differs from the first one's by its case or its marks alone",
    parameters=(
        {"share": 0.34, "variant": "A"},
        {"share": 0.67, "variant": "D"},
        {"share": 1.0, "variant": "E"},
    ),
    further={"always": []},
    source=(
        "RobustBench-TC (arXiv 2605.11928): same_name_A to E. Providers refuse two tools of one "
        "name, so the names here are nearly equal instead"
    ),
    checked="the end state; at variant E also that the agent goes on after an answer of no use",
)


@dataclass(frozen=True, slots=True)
class NameCollision:
    """Adds tools of nearly the same name as others.

    No provider takes two tools of one name; what is left of the collision is a name that differs
    by case, or by ``-`` for ``_``.

    Parameters: ``share`` of the tools that get one; ``always``, globs of tools that do in any case;
    ``variant``: ``A`` another case, all else the same, runs the tool; ``B`` likewise, with other
    marks; ``C`` with the first sentence of the description alone; ``D`` with the required
    parameters alone; ``E`` as if from another service, whose answer is of no use.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> operator = NameCollision()
    >>> edit = operator.tools([ToolDefinition("get_weather")], about(operator, 3))
    >>> [(one.name, one.runs, one.answer) for one in edit.added]
    [('Get_Weather', '', "This is another service's tool, and it has nothing on this.")]
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def tools(self, tools: Sequence[ToolDefinition], about: About, /) -> ToolsEdit | None:
        """Say the second tools."""
        variant: str = about.parameters["variant"]
        added = twins(
            tools,
            chosen(tools, about),
            lambda tool, attempt: _near(tool.name, attempt + (variant == "B")),
            lambda tool, new: _made(tool, new, variant),
        )
        return ToolsEdit(added=added) if added else None


def _near(name: str, number: int) -> str:
    spellings = [
        "_".join(part[:1].upper() + part[1:] for part in name.split("_")),
        name.replace("_", "-") if "_" in name else name.replace("-", "_"),
        name[:1].swapcase() + name[1:],
        name.upper(),
        name + "_",
    ]
    return spellings[number] if number < len(spellings) else ""


def _made(tool: ToolDefinition, new: str, variant: str) -> AddedTool:
    text = described(tool, new)
    if variant == "E":
        return AddedTool(new, _OTHER + text, tool.parameters, answer=_ELSEWHERE)
    text = text.split(". ")[0] if variant == "C" else text
    schema = _shorter(tool.parameters) if variant == "D" else tool.parameters
    return AddedTool(new, text, schema, runs=tool.name)


def _shorter(schema: Json) -> Json:
    """Give a schema without the parameters that may be left out, where that is only narrower."""
    places = whole(schema)
    required = frozenset(required_of(schema))
    if places is None or len(places) > 1:
        return schema
    kept = {name: one for name, one in schema.get("properties", {}).items() if name in required}
    return {**schema, "properties": kept}
