"""T17: a documentation that is not up to date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from sealegs.perturbation.edits import ToolChange, ToolsEdit
from sealegs.perturbation.operators import About, Sheet
from sealegs.schema.definition import ToolDefinition
from sealegs_plugins.perturbations.tool_info.choosing import chosen
from sealegs_plugins.perturbations.tool_info.name_style import styled, words
from sealegs_plugins.perturbations.tool_info.naming import assigned
from sealegs_plugins.perturbations.tool_info.parameters import (
    Mentions,
    names_of,
    renamed,
    required_of,
)

__all__ = ["SchemaDrift"]

_SUFFIXES: Final = ("_value", "_input", "_param", "_field", "_1")

_SHEET: Final = Sheet(
    name="schema-drift-docs",
    code="T17",
    surface="tool_info",
    label="recoverable",
    summary="definitions name parameters otherwise than the tools take them",
    parameters=(
        {"share": 1.0, "which": "optional"},
        {"share": 1.0, "which": "one"},
        {"share": 1.0, "which": "all"},
    ),
    further={"always": []},
    finds="tools with parameters",
    source="ToolBench-X: specification drift; RobustBench-TC (arXiv 2605.11928): schema drift",
    checked=(
        "the end state; a tool that says which parameter it misses lets an agent recover, and one "
        "that ignores what it does not know does not"
    ),
)


@dataclass(frozen=True, slots=True)
class SchemaDrift:
    """Documents parameters under names that the tools do not take.

    Nothing translates them back: the tool gets what it does not know, and says so.

    Parameters: ``share`` of the tools; ``which`` parameters drift: one that is ``optional`` (or the
    only ones there are), ``one`` that is required, or ``all``; ``always``, globs of tools that are
    hit in any case.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> drift = SchemaDrift()
    >>> schema = {"properties": {"user_id": {}}, "required": ["user_id"]}
    >>> change = drift.tools([ToolDefinition("t", "", schema)], about(drift, 2)).changes["t"]
    >>> change.parameters, change.arguments
    ({'properties': {'userId': {}}, 'required': ['userId']}, {})
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def tools(self, tools: Sequence[ToolDefinition], about: About, /) -> ToolsEdit | None:
        """Say the schemas as they are documented."""
        found = {tool.name: _changed(tool, about) for tool in chosen(tools, about)}
        changes = {name: change for name, change in found.items() if change is not None}
        return ToolsEdit(changes) if changes else None


def _changed(tool: ToolDefinition, about: About) -> ToolChange | None:
    known = names_of(tool.parameters)
    drifting = _drifting(tool, about, known)
    names = assigned({own: partial(_drifted, own) for own in drifting}, known)
    schema = renamed(tool.parameters, names, about.literals) if names else None
    if schema is None:
        return None
    text = Mentions(tool.parameters, names, about.literals).text(tool.description)
    return ToolChange(description=text if text != tool.description else None, parameters=schema)


def _drifting(tool: ToolDefinition, about: About, known: Sequence[str]) -> list[str]:
    which: str = about.parameters["which"]
    required = frozenset(required_of(tool.parameters))
    wanted = [own for own in known if (own in required) == (which == "one")] or list(known)
    if which == "all" or not wanted:
        return list(known)
    return [about.draw.sub(tool.name).pick(wanted, which)]


def _drifted(own: str, attempt: int) -> str:
    if attempt == 0 and len(words(own)) > 1:
        return styled(own, "camel")
    return own + _SUFFIXES[attempt] if attempt < len(_SUFFIXES) else ""
