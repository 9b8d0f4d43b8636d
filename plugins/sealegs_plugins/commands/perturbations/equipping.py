"""The sample's tools as an edit leaves them, and how they are written for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from sealegs.jsons import Json, is_object
from sealegs.perturbation.edits import ToolChange, ToolsEdit
from sealegs.schema.definition import ToolDefinition

__all__ = ["definitions", "edited_tools", "spelled_tools"]


def definitions(tools: Sequence[ToolDefinition]) -> list[Json]:
    """Give definitions as JSON."""
    return [_json(tool) for tool in tools]


def edited_tools(tools: Sequence[ToolDefinition], edit: ToolsEdit) -> list[Json]:
    """Give definitions as an edit leaves them, mentions aside."""
    new: dict[str, Json] = {
        tool.name: _json(tool, edit.changes.get(tool.name))
        for tool in tools
        if tool.name not in edit.removed
    }
    for one in edit.added:
        new[one.name] = _json(ToolDefinition(one.name, one.description, one.parameters))
    named = [name for name in edit.order if name in new]
    return [new[name] for name in dict.fromkeys([*named, *new])]


def _json(tool: ToolDefinition, change: ToolChange | None = None) -> Json:
    change = change or ToolChange()
    return {
        "name": change.name or tool.name,
        "description": tool.description if change.description is None else change.description,
        "parameters": tool.parameters if change.parameters is None else change.parameters,
    }


def spelled_tools(tools: Sequence[Json]) -> str:
    """Write definitions, a parameter a line.

    >>> print(spelled_tools([{"name": "a", "description": "A.", "parameters": {"properties": {}}}]))
    a: A.
    """
    return "\n".join(line for tool in tools for line in _lines(tool))


def _lines(tool: Json) -> Iterator[str]:
    first, *more = f"{tool['name']}: {tool['description']}".rstrip().split("\n")
    yield first
    yield from (f"  {line}".rstrip() for line in more)
    schema: Json = tool["parameters"]
    for keyword, value in schema.items() if is_object(schema) else ():
        if keyword == "properties" and is_object(value):
            for name, one in value.items():
                yield f"    {name}: {json.dumps(one, ensure_ascii=False)}"
        elif keyword != "type":
            yield f"    ({keyword}: {json.dumps(value, ensure_ascii=False)})"
