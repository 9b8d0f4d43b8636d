"""T10: tools that say less of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.jsons import Json, is_array, is_object
from sealegs.perturbation.edits import ToolChange, ToolsEdit
from sealegs.perturbation.operators import About, Sheet
from sealegs.schema.definition import ToolDefinition
from sealegs.schema.walking import rebuilt
from sealegs_plugins.perturbations.tool_info.choosing import chosen

__all__ = ["DescriptionRemoval"]

_SCALARS: Final = ("string", "integer", "number", "boolean", "null")

_SHEET: Final = Sheet(
    name="description-removal",
    code="T10",
    surface="tool_info",
    label="invariant",
    summary="descriptions of parameters, of tools, and types of parameters are left out",
    parameters=(
        {"share": 1.0, "parts": ["parameters"]},
        {"share": 1.0, "parts": ["parameters", "tool"]},
        {"share": 1.0, "parts": ["parameters", "tool", "types"]},
    ),
    further={"always": []},
    finds="descriptions, or types of parameters",
    source=(
        "ToolSandbox (arXiv 2408.04682): TOOL_DESCRIPTION_SCRAMBLED, ARG_DESCRIPTION_SCRAMBLED, "
        "ARG_TYPE_SCRAMBLED"
    ),
    checked="the end state; hard, because an agent must guess what nobody tells it any more",
)


@dataclass(frozen=True, slots=True)
class DescriptionRemoval:
    """Leaves out what tools say of themselves; what a schema allows is only widened.

    A description that holds a literal of the clean run stays. So do types of objects and lists.

    Parameters: ``share`` of the tools; ``parts`` that go: descriptions of ``parameters``, of the
    ``tool``, ``types`` of plain values; ``always``, globs of tools that are hit in any case.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> removal = DescriptionRemoval()
    >>> schema = {"properties": {"n": {"type": "integer", "description": "How many."}}}
    >>> tools = [ToolDefinition("roll", "Roll dice.", schema)]
    >>> [
    ...     removal.tools(tools, about(removal, level)).changes["roll"].parameters["properties"]
    ...     for level in (1, 3)
    ... ]
    [{'n': {'type': 'integer'}}, {'n': {}}]
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def tools(self, tools: Sequence[ToolDefinition], about: About, /) -> ToolsEdit | None:
        """Say what is left."""
        found = {tool.name: _changed(tool, about) for tool in chosen(tools, about)}
        changes = {name: change for name, change in found.items() if change != ToolChange()}
        return ToolsEdit(changes) if changes else None


def _changed(tool: ToolDefinition, about: About) -> ToolChange:
    parts: Sequence[str] = about.parameters["parts"]
    bare = "tool" in parts and bool(tool.description) and not about.literals.spans(tool.description)
    schema = _without(tool.parameters, parts, about) if is_object(tool.parameters) else None
    return ToolChange(
        description="" if bare else None,
        parameters=None if schema is tool.parameters else schema,
    )


def _without(schema: Json, parts: Sequence[str], about: About) -> Json:
    def edit(node: dict[str, Json], pointer: str) -> Json:
        gone: list[str] = []
        text = node.get("description")
        if "parameters" in parts and isinstance(text, str) and not about.literals.spans(text):
            gone.append("description")
        if "types" in parts and pointer and _is_scalar(node.get("type")):
            gone.append("type")
        return {key: one for key, one in node.items() if key not in gone} if gone else node

    return rebuilt(schema, edit)


def _is_scalar(kind: Json) -> bool:
    kinds = kind if is_array(kind) else [kind]
    return bool(kinds) and all(one in _SCALARS for one in kinds)
