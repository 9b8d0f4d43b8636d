"""The names of a request's tools on both sides: the framework's, and the model's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

from sealegs.calls.saying import SaidCall
from sealegs.jsons import Json, is_object, parse
from sealegs.perturbation.requests.mentions import Mentions
from sealegs.perturbation.requests.told_tools import Tool
from sealegs.perturbation.requests.toolsets import Toolset
from sealegs.perturbation.spelling import spelled_like

__all__ = ["Renaming"]

_NOTHING: Mapping[str, Tool] = {}


class Renaming:
    """Says calls and texts under the model's names, and brings them back. Immutable.

    Args:
        toolset: the tools as the model is told of them.
        missing: tools that it was told of earlier, by their own names: their calls keep the names
            that they had.
        came: the tools as the framework has them: one whose name the model was not told cannot be
            called by it, or a tool that is withheld would run all the same.
    """

    def __init__(
        self,
        toolset: Toolset,
        missing: Mapping[str, Tool] = _NOTHING,
        came: Toolset | None = None,
    ) -> None:
        tools = (*missing.values(), *toolset.tools)
        # of two tools with one name the framework's own one is called
        by_rank = sorted(tools, key=lambda tool: tool.carried is None, reverse=True)
        self._said: Mapping[str, Tool] = {tool.name: tool for tool in by_rank}
        self._own: Mapping[str, Tool] = {
            tool.own: tool for tool in reversed(tools) if tool.carried is not None
        }
        self._renamed = any(name != tool.name for name, tool in self._own.items())
        known = () if came is None else (tool.name for tool in came.tools)
        self._untold = frozenset(name for name in known if name not in self._said)
        self.changes = bool(self._untold) or any(tool.changed for tool in tools)

    @property
    def renames(self) -> bool:
        """Whether a tool that the framework has goes by another name."""
        return self._renamed

    @cached_property
    def said(self) -> Mentions:
        """Own names in texts, said as the model knows them."""
        return Mentions(dict(self._pairs()))

    @cached_property
    def heard(self) -> Mentions:
        """The model's names in texts, said as the framework knows them."""
        return Mentions({said: own for own, said in self._pairs()})

    def name(self, own: str) -> str:
        """Give the name by which the model knows a tool."""
        tool = self._own.get(own)
        return own if tool is None else tool.name

    def answer(self, said: str) -> str:
        """Give what a call is answered with in the tool's place; empty: the framework runs it."""
        tool = self._said.get(said)
        return "" if tool is None else tool.answer

    def holds(self, said: str) -> bool:
        """Say whether the arguments of a tool's calls are translated."""
        tool = self._said.get(said)
        return tool is not None and bool(tool.arguments or tool.dropped)

    def sent(self, call: SaidCall) -> SaidCall:
        """Give a call of the history, or what a result is named by, in the model's terms."""
        tool = self._own.get(call.name)
        if tool is None:
            return call
        arguments = call.arguments
        if arguments and tool.arguments:
            names = {own: said for said, own in tool.arguments.items()}
            arguments = _edited(arguments, lambda given: _renamed(given, names))
        return SaidCall(tool.name, arguments, call.id)

    def back(self, call: SaidCall) -> SaidCall:
        """Give a call that the model made in the framework's terms; an unknown one as it is."""
        name, note, rest = call.name.partition(" (")  # what must not run says why behind its name
        if call.name in self._untold:
            return SaidCall(f"{call.name} (not among the tools)", call.arguments, call.id)
        tool = self._said.get(call.name) or self._said.get(name)
        if tool is None or not tool.own:
            return call
        own = tool.own if call.name == tool.name else f"{tool.own}{note}{rest}"
        arguments = call.arguments
        if arguments and (tool.arguments or tool.dropped):
            arguments = _edited(arguments, lambda given: _taken_back(given, tool))
        return SaidCall(own, arguments, call.id)

    def _pairs(self) -> Iterator[tuple[str, str]]:
        """Give own and said name of tools, and of parameters that are surely meant by theirs."""
        names = {own: tool.name for own, tool in self._own.items()}
        said = dict.fromkeys(self._said)
        yield from ((own, name) for own, name in names.items() if own != name)
        forth: dict[str, dict[str, None]] = {}
        back: dict[str, dict[str, None]] = {}
        for own, name in self._parameters():
            forth.setdefault(own, {})[name] = None
            back.setdefault(name, {})[own] = None
        for own, found in forth.items():
            name = next(iter(found))
            alone = len(found) == 1 and len(back[name]) == 1
            if alone and own != name and own not in names and name not in said:
                yield own, name

    def _parameters(self) -> Iterator[tuple[str, str]]:
        for tool in self._said.values():
            schema = tool.definition.parameters
            declared = schema.get("properties") if is_object(schema) else None
            for said in declared if is_object(declared) else ():
                if said not in tool.dropped:
                    yield tool.arguments.get(said, said), said


def _edited(arguments: str, edit: Callable[[dict[str, Json]], dict[str, Json]]) -> str:
    """Edit arguments in JSON; what is no object stays as it is."""
    try:
        given = parse(arguments)
    except (ValueError, RecursionError):
        return arguments
    if not is_object(given):
        return arguments
    new = edit(given)
    return arguments if list(new) == list(given) else spelled_like(new, given, arguments)


def _renamed(given: dict[str, Json], names: Mapping[str, str]) -> dict[str, Json]:
    return {names.get(name, name): value for name, value in given.items()}


def _taken_back(given: dict[str, Json], tool: Tool) -> dict[str, Json]:
    """Give arguments under their own names; one that is said both ways counts as it is said now."""
    found = {
        tool.arguments.get(name, name): value
        for name, value in given.items()
        if name not in tool.dropped
    }
    for name, own in tool.arguments.items():
        if name in given:
            found[own] = given[name]
    return found
