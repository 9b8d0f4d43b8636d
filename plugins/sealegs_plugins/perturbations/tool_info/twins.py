"""Second names and second definitions of a tool: twins that run it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

from sealegs.perturbation.drawing import Draw
from sealegs.perturbation.edits import AddedTool
from sealegs.perturbation.requests.mentions import Mentions
from sealegs.schema.definition import ToolDefinition
from sealegs_plugins.perturbations.tool_info.naming import assigned

__all__ = ["described", "near_name", "twins"]

_SYNONYMS: Final[Mapping[str, str]] = {
    "get": "fetch",
    "fetch": "get",
    "retrieve": "fetch",
    "read": "load",
    "search": "find",
    "find": "search",
    "list": "enumerate",
    "create": "make",
    "make": "create",
    "add": "append",
    "update": "modify",
    "modify": "update",
    "edit": "modify",
    "set": "put",
    "delete": "remove",
    "remove": "delete",
    "cancel": "revoke",
    "send": "submit",
    "submit": "send",
    "write": "save",
    "run": "execute",
    "execute": "run",
    "check": "verify",
    "calculate": "compute",
    "compute": "calculate",
    "convert": "transform",
    "book": "reserve",
    "reserve": "book",
}
_SUFFIXES: Final = ("_v2", "_alt", "_plus", "_ext", "_next", "_2", "_b", "_c")


def near_name(name: str, draw: Draw, attempt: int) -> str:
    """Give a name near to another: a synonym of its verb, or a suffix.

    >>> near_name("get_weather", Draw.of(0), 0), near_name("weather", Draw.of(0), 1)
    ('fetch_weather', 'weather_ext')
    """
    verb, mark, rest = name.partition("_")
    synonym = _SYNONYMS.get(verb)
    if synonym and mark and attempt == 0:
        return f"{synonym}_{rest}"
    return name + draw.shuffled(_SUFFIXES, "suffix")[attempt % len(_SUFFIXES)]


def described(tool: ToolDefinition, new: str) -> str:
    """Give a tool's description as a twin's own: where it names itself, by the twin's name.

    >>> described(ToolDefinition("get_time", "Call get_time to learn the time."), "fetch_time")
    'Call fetch_time to learn the time.'
    """
    return Mentions({tool.name: new}).replaced(tool.description)


def twins(
    tools: Sequence[ToolDefinition],
    hit: Iterable[ToolDefinition],
    propose: Callable[[ToolDefinition, int], str],
    make: Callable[[ToolDefinition, str], AddedTool],
) -> tuple[AddedTool, ...]:
    """Make twins of some tools.

    Args:
        tools: all tools; none of their names becomes a twin's.
        hit: those that get a twin.
        propose: makes a name, given how many proposals were refused.
        make: makes the twin of a tool under a name.
    """
    known = {tool.name: tool for tool in hit}
    wanted = {name: partial(propose, tool) for name, tool in known.items()}
    names = assigned(wanted, (tool.name for tool in tools))
    return tuple(make(known[own], new) for own, new in names.items())
