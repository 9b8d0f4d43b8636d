"""T6: a parameter more, which must be set to what the definition says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.jsons import Json
from sealegs.perturbation.drawing import digest
from sealegs.perturbation.edits import ToolChange, ToolsEdit
from sealegs.perturbation.operators import About, Sheet
from sealegs.schema.definition import ToolDefinition
from sealegs_plugins.perturbations.tool_info.choosing import chosen
from sealegs_plugins.perturbations.tool_info.extending import extended, free_name

__all__ = ["RequiredParameter"]

_NAMES: Final = ("contract_code", "access_phrase", "usage_tag", "protocol_mark")

_SHEET: Final = Sheet(
    name="required-parameter",
    code="T6",
    surface="tool_info",
    label="invariant",
    summary="tools get one more required parameter, to be set to a stated token",
    parameters=(
        {"share": 0.34, "stated": "schema"},
        {"share": 0.67, "stated": "parameter"},
        {"share": 1.0, "stated": "tool"},
    ),
    further={"always": []},
    finds="tools whose schema is an object",
    source="RoTBench, parameters, level heavy (arXiv 2401.08326)",
    checked="the end state, and the token in the calls that the model made",
)


@dataclass(frozen=True, slots=True)
class RequiredParameter:
    """Adds a required parameter that the tool itself does not know; it is taken off the calls.

    Parameters: ``share`` of the tools; ``stated``: where the token stands: in the ``schema`` (as
    ``const``) and the parameter's description, in the ``parameter``'s description alone, or only in
    the ``tool``'s; ``always``, globs of tools that are hit in any case.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> operator = RequiredParameter()
    >>> edit = operator.tools([ToolDefinition("ping")], about(operator, 2))
    >>> edit.changes["ping"].dropped
    ('usage_tag',)
    >>> edit.changes["ping"].parameters["properties"]["usage_tag"]["description"]
    "Must be set to '26672e'."
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def tools(self, tools: Sequence[ToolDefinition], about: About, /) -> ToolsEdit | None:
        """Say the parameters."""
        found = {tool.name: _changed(tool, about) for tool in chosen(tools, about)}
        changes = {name: change for name, change in found.items() if change is not None}
        return ToolsEdit(changes) if changes else None


def _changed(tool: ToolDefinition, about: About) -> ToolChange | None:
    draw = about.draw.sub(tool.name)
    new = free_name(tool.parameters, draw.shuffled(_NAMES, "name"))
    if new is None:
        return None
    stated: str = about.parameters["stated"]
    token = digest(f"{draw.unit('token')}")[:6]
    told: dict[str, Json] = {"type": "string"}
    if stated != "tool":
        told["description"] = f"Must be set to '{token}'."
    if stated == "schema":
        told["const"] = token
    said = f"{tool.description}\n\nSet the parameter '{new}' to '{token}' in each call.".strip()
    return ToolChange(
        description=said if stated == "tool" else None,
        parameters=extended(tool.parameters, new, told, required=True),
        dropped=(new,),
    )
