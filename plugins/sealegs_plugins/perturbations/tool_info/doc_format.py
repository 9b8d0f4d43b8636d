"""T11: the same documentation in another format."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from sealegs.jsons import Json, is_array, is_object
from sealegs.perturbation.edits import ToolChange, ToolsEdit
from sealegs.perturbation.operators import About, Sheet
from sealegs.schema.definition import ToolDefinition
from sealegs_plugins.perturbations.tool_info.choosing import chosen
from sealegs_plugins.perturbations.tool_info.parameters import names_of, required_of

__all__ = ["DocFormat"]

_SHEET: Final = Sheet(
    name="doc-format",
    code="T11",
    surface="tool_info",
    label="invariant",
    summary="a tool's description is its documentation as Python, JSON or XML",
    parameters=(
        {"share": 1.0, "format": "python"},
        {"share": 1.0, "format": "json"},
        {"share": 1.0, "format": "xml"},
    ),
    further={"always": []},
    source="BFCL v4, format sensitivity: documentation of functions as python, json or xml",
)


@dataclass(frozen=True, slots=True)
class DocFormat:
    """Writes a tool's description as documentation of it; the schema stays.

    It says the tool's name, its description, and of each parameter the name, the type, whether it
    must be given, and its description: what the definition says, and nothing more.

    Parameters: ``share`` of the tools; ``format``: ``python``, ``json`` or ``xml``; ``always``,
    globs of tools that are hit in any case.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> doc = DocFormat()
    >>> schema = {"properties": {"n": {"type": "integer", "description": "How many."}}}
    >>> tools = [ToolDefinition("roll", "Roll dice.", schema)]
    >>> print(doc.tools(tools, about(doc, 1)).changes["roll"].description)
    roll(n: integer = ...)
    <BLANKLINE>
    Roll dice.
    <BLANKLINE>
    Args:
        n (integer, optional): How many.
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def tools(self, tools: Sequence[ToolDefinition], about: About, /) -> ToolsEdit | None:
        """Say the new descriptions."""
        write = _WRITERS[about.parameters["format"]]
        changes: dict[str, ToolChange] = {}
        for tool in chosen(tools, about):
            text = write(tool, _parameters(tool))
            said = [tool.description, *(one.description for one in _parameters(tool))]
            if about.literals.lost("\n".join(said), text):  # an escaped character is in one
                text = _python(tool, _parameters(tool))
            changes[tool.name] = ToolChange(description=text)
        return ToolsEdit(changes) if changes else None


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    kind: str
    required: bool
    description: str


def _parameters(tool: ToolDefinition) -> list[_Parameter]:
    required = frozenset(required_of(tool.parameters))
    found: list[_Parameter] = []
    for own in names_of(tool.parameters):
        node: Json = tool.parameters["properties"][own]
        told: Mapping[str, Json] = node if is_object(node) else {}
        text: Json = told.get("description")
        said = text if isinstance(text, str) else ""
        found.append(_Parameter(own, _kind(told.get("type")), own in required, said))
    return found


def _kind(kind: Json) -> str:
    kinds = [one for one in (kind if is_array(kind) else [kind]) if isinstance(one, str)]
    return " or ".join(kinds) or "any"


def _python(tool: ToolDefinition, parameters: Sequence[_Parameter]) -> str:
    ordered = sorted(parameters, key=lambda one: not one.required)
    said = [f"{one.name}: {one.kind}{'' if one.required else ' = ...'}" for one in ordered]
    parts = [f"{tool.name}({', '.join(said)})", tool.description]
    if parameters:
        parts.append("Args:\n" + "\n".join(map(_python_line, parameters)))
    return "\n\n".join([part for part in parts if part])


def _python_line(one: _Parameter) -> str:
    need = "required" if one.required else "optional"
    said = f": {one.description}" if one.description else ""
    return f"    {one.name} ({one.kind}, {need}){said}"


def _json(tool: ToolDefinition, parameters: Sequence[_Parameter]) -> str:
    return json.dumps(
        {
            "name": tool.name,
            "description": tool.description,
            "parameters": {
                one.name: {
                    "type": one.kind,
                    "required": one.required,
                    "description": one.description,
                }
                for one in parameters
            },
        },
        ensure_ascii=False,
        indent=2,
    )


def _xml(tool: ToolDefinition, parameters: Sequence[_Parameter]) -> str:
    lines = [
        "<tool>",
        f"  <name>{escape(tool.name)}</name>",
        f"  <description>{escape(tool.description)}</description>",
    ]
    for one in parameters:
        facts = f'type="{escape(one.kind)}" required="{str(one.required).lower()}"'
        name = f"<name>{escape(one.name)}</name>"
        lines.append(f"  <parameter {facts}>{name}{escape(one.description)}</parameter>")
    return "\n".join([*lines, "</tool>"])


_WRITERS: Final[Mapping[str, Callable[[ToolDefinition, Sequence[_Parameter]], str]]] = {
    "python": _python,
    "json": _json,
    "xml": _xml,
}
