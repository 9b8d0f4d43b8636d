"""T9: descriptions in other words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sealegs.jsons import Json, is_object
from sealegs.perturbation.edits import ToolChange, ToolsEdit
from sealegs.perturbation.literals import NOTHING
from sealegs.perturbation.operators import About, Sheet
from sealegs.schema.definition import ToolDefinition
from sealegs_plugins.perturbations.keeping import KEPT
from sealegs_plugins.perturbations.tool_info.choosing import chosen
from sealegs_plugins.perturbations.tool_info.parameters import names_of
from sealegs_plugins.perturbations.variants import variant

__all__ = ["ToolParaphrase"]

_SHEET: Final = Sheet(
    name="tool-paraphrase",
    code="T9",
    surface="tool_info",
    label="invariant",
    summary="descriptions of tools, and of their parameters, are said in other words",
    parameters=(
        {"share": 0.34, "parameters": False},
        {"share": 0.67, "parameters": False},
        {"share": 1.0, "parameters": True},
    ),
    further={"always": [], "keep": [*KEPT]},
    finds='tools that supplies["variants"] has other words for',
    source="RobustBench-TC (arXiv 2605.11928): paraphrased descriptions of tools and parameters",
    needs=frozenset({"variants"}),
)


@dataclass(frozen=True, slots=True)
class ToolParaphrase:
    """Says descriptions in other words, as somebody has reviewed them.

    ``supplies["variants"]``: by a tool's name, or ``tool.parameter``, a list of descriptions; or a
    callable that makes them of a description. A variant must keep numbers, quoted text, names and
    negations; not the literals of a clean run, which are values of the user's: in a description
    they are ordinary words.

    Parameters: ``share`` of the tools; ``parameters``: whether theirs are said otherwise too;
    ``keep``: what a variant must keep; ``always``, globs of tools that are hit in any case.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> paraphrase = ToolParaphrase()
    >>> supplies = {"variants": {"ping": ["Asks whether a host answers."]}}
    >>> tools = [ToolDefinition("ping", "Checks that a host is there.")]
    >>> edit = paraphrase.tools(tools, about(paraphrase, 3, supplies=supplies))
    >>> edit.changes["ping"].description
    'Asks whether a host answers.'
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def tools(self, tools: Sequence[ToolDefinition], about: About, /) -> ToolsEdit | None:
        """Say the new descriptions."""
        others = [tool.name for tool in tools]
        changes: dict[str, ToolChange] = {}
        about.supplies["variants"]  # whether they are needed does not depend on a draw
        about = replace(about, literals=NOTHING)
        for tool in chosen(tools, about):
            names = [*others, *names_of(tool.parameters)]
            draw = about.draw.sub(tool.name)
            text = variant(tool.description, about, draw, key=tool.name, names=names)
            schema = _schema(tool, about, names) if about.parameters["parameters"] else None
            if text is not None or schema is not None:
                changes[tool.name] = ToolChange(description=text, parameters=schema)
        return ToolsEdit(changes) if changes else None


def _schema(tool: ToolDefinition, about: About, names: Sequence[str]) -> Json:
    """Give the schema with parameters described otherwise; nothing where none is."""
    new: dict[str, Json] = {}
    for own in names_of(tool.parameters):
        node: Json = tool.parameters["properties"][own]
        text = node.get("description") if is_object(node) else None
        if isinstance(text, str):
            key, draw = f"{tool.name}.{own}", about.draw.sub(tool.name, own)
            said = variant(text, about, draw, key=key, names=names)
            if said is not None:
                new[own] = {**node, "description": said}
    if not new:
        return None
    return {**tool.parameters, "properties": {**tool.parameters["properties"], **new}}
