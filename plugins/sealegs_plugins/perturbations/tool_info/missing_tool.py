"""T16: a tool that the task needs is not there, for some turns or for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.edits import ToolsEdit
from sealegs.perturbation.operators import About, Sheet
from sealegs.schema.definition import ToolDefinition
from sealegs_plugins.perturbations.tool_info.choosing import matching, single
from sealegs_plugins.perturbations.tool_info.distractors import LIBRARY
from sealegs_plugins.perturbations.tool_info.name_style import words

__all__ = ["MissingTool", "WithheldTool"]

_OF_NO_USE: Final = LIBRARY[0]

_WITHHELD: Final = Sheet(
    name="withheld-tool",
    code="T16",
    surface="tool_info",
    label="recoverable",
    summary="tools are withheld, and given back after some turns",
    parameters=(
        {"turns": 1},
        {"turns": 2},
        {"turns": 4},
    ),
    further={"tools": ["*"]},
    finds="tools that its parameter tools names, while the conversation is young",
    source="BFCL, multi_turn_miss_func: the function comes in a later turn",
    by_turn=True,
)

_MISSING: Final = Sheet(
    name="missing-tool",
    code="T16",
    surface="tool_info",
    label="must_abstain",
    summary="tools that the task needs are withheld for good",
    parameters=(
        {"reach": "named"},
        {"reach": "kin"},
        {"reach": "all"},
    ),
    further={"tools": ["*"]},
    finds="tools that its parameter tools names",
    source="BFCL, multi_turn_miss_func; FAIL-TaLMs (arXiv 2503.14227): unavailable tools",
    checked="that nothing was changed in the tool's place, and that the agent says what it lacks",
)


@dataclass(frozen=True, slots=True)
class WithheldTool:
    """Withholds tools while the model has had fewer than so many turns.

    Parameters: ``tools``, globs of the tools that the task needs (all, where a test does not say);
    ``turns``: from which turn on they are there again.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> withheld, tools = WithheldTool(), [ToolDefinition("ping")]
    >>> withheld.tools(tools, about(withheld, 1)).removed
    ('ping',)
    >>> withheld.tools(tools, about(withheld, 1, turn=1))
    """

    name: str = _WITHHELD.name
    sheet: Sheet = _WITHHELD

    def tools(self, tools: Sequence[ToolDefinition], about: About, /) -> ToolsEdit | None:
        """Say what is withheld at this turn."""
        turns: int = about.parameters["turns"]
        if about.site.turn >= turns:
            return None
        return _without(matching(tools, about.parameters["tools"]), len(tools))


@dataclass(frozen=True, slots=True)
class MissingTool:
    """Withholds tools for good, so that the task cannot be done.

    Only the test knows which tools its task needs: name them, or all are withheld.

    Parameters: ``tools``, globs of the tools that the task needs; ``reach``: the ``named`` ones
    alone, also their ``kin``, whose names share a word behind the first, or ``all`` tools.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> missing = MissingTool()
    >>> tools = [ToolDefinition("get_weather"), ToolDefinition("list_weather"), ToolDefinition("x")]
    >>> [
    ...     missing.tools(tools, about(missing, level, parameters={"tools": ["get_*"]})).removed
    ...     for level in (1, 2, 3)
    ... ]
    [('get_weather',), ('get_weather', 'list_weather'), ('get_weather', 'list_weather', 'x')]
    """

    name: str = _MISSING.name
    sheet: Sheet = _MISSING

    def tools(self, tools: Sequence[ToolDefinition], about: About, /) -> ToolsEdit | None:
        """Say what is withheld."""
        needed = matching(tools, about.parameters["tools"])
        reach: str = about.parameters["reach"]
        if not needed or reach == "named":
            return _without(needed, len(tools))
        known = single(tools)
        gone = known if reach == "all" else [one for one in known if _kin(one, needed)]
        return _without(gone, len(tools))


def _without(tools: Sequence[ToolDefinition], all_tools: int) -> ToolsEdit | None:
    """Withhold tools; where none would be left, one stands there that is of no use.

    Providers refuse a request that has an empty list of tools, or that must call one of none.
    """
    if not tools:
        return None
    added = (_OF_NO_USE,) if len(tools) == all_tools else ()
    return ToolsEdit(added=added, removed=tuple(tool.name for tool in tools))


def _kin(tool: ToolDefinition, needed: Sequence[ToolDefinition]) -> bool:
    own = _objects(tool)
    return any(tool is one or own & _objects(one) for one in needed)


def _objects(tool: ToolDefinition) -> set[str]:
    """Give the words for what a tool is about: all but the first, which is most often a verb."""
    found = [word.lower() for word in words(tool.name)]
    return set(found[1:] or found)
