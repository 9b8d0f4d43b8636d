"""T7 and T8: parameters, and tools, in another order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.jsons import Json, is_array, is_object
from sealegs.perturbation.drawing import Draw
from sealegs.perturbation.edits import ToolChange, ToolsEdit
from sealegs.perturbation.operators import About, Sheet
from sealegs.schema.definition import ToolDefinition
from sealegs.schema.walking import rebuilt
from sealegs_plugins.perturbations.shuffling import moved
from sealegs_plugins.perturbations.tool_info.choosing import chosen, single

__all__ = ["ParameterOrder", "ToolOrder"]

_PARAMETERS: Final = Sheet(
    name="parameter-order",
    code="T7",
    surface="tool_info",
    label="invariant",
    summary="parameters stand in another order",
    parameters=(
        {"share": 0.5, "depth": "top"},
        {"share": 1.0, "depth": "top"},
        {"share": 1.0, "depth": "all"},
    ),
    further={"always": []},
    finds="tools with two parameters or more",
    source="AgentMorph, rule 7: order of parameters",
)

_TOOLS: Final = Sheet(
    name="tool-order",
    code="T8",
    surface="tool_info",
    label="invariant",
    summary="tools stand in another order",
    parameters=({"share": 0.34}, {"share": 0.67}, {"share": 1.0}),
    finds="two tools or more",
    source="AgentMorph, rule 1: order of tools",
)


@dataclass(frozen=True, slots=True)
class ParameterOrder:
    """Puts parameters in another order; what they mean does not depend on it.

    Parameters: ``share`` of the tools; ``depth``: ``top`` for the parameters themselves, ``all``
    for objects within them too; ``always``, globs of tools that are hit in any case.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> order = ParameterOrder()
    >>> schema = {"type": "object", "properties": {"a": {}, "b": {}}}
    >>> edit = order.tools([ToolDefinition("t", "", schema)], about(order, 3))
    >>> edit.changes["t"].parameters
    {'type': 'object', 'properties': {'b': {}, 'a': {}}}
    """

    name: str = _PARAMETERS.name
    sheet: Sheet = _PARAMETERS

    def tools(self, tools: Sequence[ToolDefinition], about: About, /) -> ToolsEdit | None:
        """Say the new schemas."""
        deep = about.parameters["depth"] == "all"
        changes: dict[str, ToolChange] = {}
        for tool in chosen(tools, about):
            schema = _reordered(tool.parameters, about.draw.sub(tool.name), deep=deep)
            if schema is not tool.parameters:
                changes[tool.name] = ToolChange(parameters=schema)
        return ToolsEdit(changes) if changes else None


def _reordered(schema: Json, draw: Draw, *, deep: bool) -> Json:
    def edit(node: dict[str, Json], pointer: str) -> Json:
        if pointer and not deep:
            return node
        declared = node.get("properties")
        if not is_object(declared) or len(declared) < 2:
            return node
        names = moved(list(declared), 1.0, draw.sub(pointer))
        new = {**node, "properties": {name: declared[name] for name in names}}
        listed = node.get("propertyOrdering")  # Gemini's own keyword says the order once more
        if is_array(listed) and set(map(str, listed)) == set(names):
            new["propertyOrdering"] = names
        return new

    return rebuilt(schema, edit) if is_object(schema) else schema


@dataclass(frozen=True, slots=True)
class ToolOrder:
    """Puts tools in another order.

    Parameters: ``share`` of the tools that move; the others stay where they are.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> order = ToolOrder()
    >>> order.tools([ToolDefinition("a"), ToolDefinition("b")], about(order, 3)).order
    ('b', 'a')
    """

    name: str = _TOOLS.name
    sheet: Sheet = _TOOLS

    def tools(self, tools: Sequence[ToolDefinition], about: About, /) -> ToolsEdit | None:
        """Say the new order."""
        names = [tool.name for tool in tools]
        if len(single(tools)) < max(2, len(tools)):
            return None  # a name that two tools have says no place
        share: float = about.parameters["share"]
        order = moved(names, share, about.draw)
        return ToolsEdit(order=tuple(order)) if order != names else None
