"""T5: parameters' names with letters wrong, without meaning, or numbered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from sealegs.jsons import Json, is_array
from sealegs.perturbation.drawing import Draw
from sealegs.perturbation.edits import ToolChange, ToolsEdit
from sealegs.perturbation.operators import About, Sheet
from sealegs.schema.definition import ToolDefinition
from sealegs_plugins.perturbations.tool_info.choosing import chosen
from sealegs_plugins.perturbations.tool_info.naming import assigned, noisy, scrambled
from sealegs_plugins.perturbations.tool_info.parameters import Mentions, names_of, renamed, whole

__all__ = ["ParameterNoise"]

_SHEET: Final = Sheet(
    name="parameter-name-noise",
    code="T5",
    surface="tool_info",
    label="invariant",
    summary="parameters' names have letters wrong, mean nothing, or are numbered",
    parameters=(
        {"share": 1.0, "names": 0.5, "style": "noise"},
        {"share": 1.0, "names": 0.75, "style": "letters"},
        {"share": 1.0, "names": 1.0, "style": "numbers"},
    ),
    further={"always": []},
    finds="tools with parameters",
    source=(
        "RoTBench, parameters (arXiv 2401.08326): noise, scramble; ToolSandbox "
        "(arXiv 2408.04682): ARG_NAME_SCRAMBLED"
    ),
)


@dataclass(frozen=True, slots=True)
class ParameterNoise:
    """Gives parameters at the top level other names; calls are translated back.

    Descriptions that surely mention a parameter mention its new name. A tool of which the schema
    speaks of names by pattern or by reference is left alone.

    Parameters: ``share`` of the tools, and of each tool's ``names``; ``style``: ``noise``,
    ``reversed``, ``letters``, or ``numbers`` (``arg_1``); ``always``, globs of tools that are hit
    in any case.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> noise = ParameterNoise()
    >>> schema = {"type": "object", "properties": {"city": {}}, "required": ["city"]}
    >>> edit = noise.tools([ToolDefinition("weather", "", schema)], about(noise, 3))
    >>> edit.changes["weather"].parameters
    {'type': 'object', 'properties': {'arg_1': {}}, 'required': ['arg_1']}
    >>> edit.changes["weather"].arguments
    {'arg_1': 'city'}
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def tools(self, tools: Sequence[ToolDefinition], about: About, /) -> ToolsEdit | None:
        """Say the new schemas, and what their names stand for."""
        found = {tool.name: _changed(tool, about) for tool in chosen(tools, about)}
        changes = {name: change for name, change in found.items() if change is not None}
        return ToolsEdit(changes) if changes else None


def _changed(tool: ToolDefinition, about: About) -> ToolChange | None:
    names = _new_names(tool, about)
    schema = renamed(tool.parameters, names, about.literals) if names else None
    if schema is None:
        return None
    text = Mentions(tool.parameters, names, about.literals).text(tool.description)
    return ToolChange(
        description=text if text != tool.description else None,
        parameters=schema,
        arguments={new: own for own, new in names.items()},
    )


def _new_names(tool: ToolDefinition, about: About) -> dict[str, str]:
    places = whole(tool.parameters)
    if places is None:
        return {}
    style: str = about.parameters["style"]
    share: float = about.parameters["names"]
    wanted: dict[str, Callable[[int], str]] = {}
    for number, own in enumerate(names_of(tool.parameters), 1):
        draw = about.draw.sub(tool.name, own)
        if draw.unit("hit") < share:
            wanted[own] = partial(_proposal, own, number, style, draw)
    used = [name for node in places.values() for name in _mentioned(node)]
    return assigned(wanted, used)


def _mentioned(node: dict[str, Json]) -> list[str]:
    """Name what a schema knows as a parameter, so that no new name is one of them."""
    required: Json = node.get("required")
    return [*names_of(node), *map(str, required if is_array(required) else ())]


def _proposal(own: str, number: int, style: str, draw: Draw, attempt: int) -> str:
    if style == "numbers":
        return f"arg_{number}" + "_" * attempt
    if style == "noise":
        return noisy(own, 1 / 3, draw.sub(attempt))
    return scrambled(own, "letters" if attempt else style, draw.sub(attempt))
