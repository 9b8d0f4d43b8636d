"""A request's tools, as one edit after the other leaves them, with the way back of each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sealegs.jsons import Json, canonical
from sealegs.perturbation.drawing import digest
from sealegs.perturbation.edits import AddedTool, ToolChange, ToolsEdit
from sealegs.perturbation.requests.mentions import Mentions
from sealegs.perturbation.requests.told_tools import Tool, names_beside, written
from sealegs.schema.carried import Carried, carried, refilled
from sealegs.schema.definition import ToolDefinition
from sealegs.schema.forms import ToolForm
from sealegs.schema.walking import rebuilt

__all__ = ["Toolset"]


@dataclass(frozen=True, slots=True)
class _Ground:
    """What a request came with.

    Attributes:
        came: its definitions.
        beside: names of what else stands among its tools, such as those that the provider runs.
    """

    came: tuple[Carried, ...]
    beside: Mapping[str, None]


class Toolset:
    """The tools of a request. Immutable; what an edit makes of it is worked out once.

    Attributes:
        tools: in their order.
    """

    __slots__ = ("_digest", "_gone", "_ground", "_next", "tools")

    def __init__(
        self, tools: Sequence[Tool], ground: _Ground, gone: Mapping[str, None], known: str = ""
    ) -> None:
        self.tools = tuple(tools)
        self._ground, self._gone, self._digest = ground, gone, known
        self._next: dict[tuple[int, tuple[str, ...]], tuple[ToolsEdit, Toolset]] = {}

    @classmethod
    def read(cls, tools: Json, forms: Sequence[ToolForm]) -> Toolset:
        """Read a request's tools, in the first of several forms that fits each."""
        came = tuple(carried(tools, forms)) if tools else ()
        read = [Tool(one.definition, one.definition.name, one) for one in came]
        beside = dict.fromkeys(names_beside(tools, [one.raw for one in came]))
        return cls(read, _Ground(came, beside), {})

    @property
    def digest(self) -> str:
        """Names what is told of the tools."""
        if not self._digest:
            said = [
                [one.name, one.definition.description, one.definition.parameters]
                for one in self.tools
            ]
            self._digest = digest(canonical(said))
        return self._digest

    def settled(
        self, edit: ToolsEdit, forced: Sequence[str] = (), shown: Sequence[str] | None = None
    ) -> ToolsEdit | None:
        """Give an edit as it can be carried out on these tools.

        What it says of tools that are not here is left out. A new name that is in use, unless its
        owner is renamed as well, gets a number; that of an added tool only where the operator could
        not see whose it is. Tools that the request demands stay, and so does the last one there is.

        Args:
            edit: as an operator said it.
            forced: names, as they are said here, of tools that the request demands.
            shown: names of the tools that the operator has seen; the others keep their places in an
                order that it says. ``None``: all of them.

        Returns:
            The edit; ``None`` where nothing is left of it.
        """
        names = dict.fromkeys(tool.name for tool in self.tools)
        changes = {name: one for name, one in edit.changes.items() if name in names}
        wanted = dict.fromkeys(edit.removed)
        removed = tuple([one for one in wanted if one in names and one not in forced])
        if not edit.added and len(removed) == len(names):
            removed = removed[:-1]
        seen = names if shown is None else dict.fromkeys(shown)
        unseen = {**self._ground.beside, **{name: None for name in names if name not in seen}}
        added = tuple([replace(one, name=_free(one.name, unseen)) for one in edit.added])
        again = {old.name: one.name for old, one in zip(edit.added, added, strict=True)}
        wanted_order = [again.get(name, name) for name in edit.order]
        order = _whole_order(wanted_order, names, seen) if wanted_order else ()
        order = () if order == tuple(names) else order
        new = ToolsEdit(self._apart(changes, names, again.values()), added, removed, order)
        return None if new == ToolsEdit() else new

    def edited(self, edit: ToolsEdit, forced: Sequence[str] = ()) -> Toolset:
        """Give the tools as an edit leaves them, once it is `settled`."""
        key = (id(edit), tuple(forced))
        known = self._next.get(key)
        if known is None:  # the edit is kept beside it, so that its id stays its own
            settled = self.settled(edit, forced)
            known = self._next[key] = (edit, self if settled is None else self._edited(settled))
        return known[1]

    def written(self, tools: Json, forms: Sequence[ToolForm]) -> Json:
        """Give what the request has as its tools now.

        Args:
            tools: what it came with.
            forms: the forms that it may carry, the preferred one first.
        """
        came, known = self._ground.came, {form.name: form for form in forms}
        first = known.get(came[0].definition.form, came[0].form) if came else forms[0]
        new = [written(tool, known.get(tool.definition.form, first)) for tool in self.tools]
        return refilled(tools, [one.path for one in came], new) if came else first.collected(new)

    def _apart(
        self, changes: Mapping[str, ToolChange], names: Collection[str], added: Iterable[str]
    ) -> Mapping[str, ToolChange]:
        """Give changes of which none takes a name that is in use."""
        moving = [name for name, one in changes.items() if one.name not in (None, "", name)]
        taken = {**self._ground.beside, **self._gone, **dict.fromkeys(added)}
        taken |= dict.fromkeys(name for name in names if name not in moving)
        found = dict(changes)
        for name in moving:
            wanted = changes[name].name or name
            new = _free(wanted, taken)
            taken[new] = None
            if new != wanted:
                found[name] = replace(changes[name], name=new)
        return found

    def _edited(self, edit: ToolsEdit) -> Toolset:
        names = {old: one.name for old, one in edit.changes.items() if one.name}
        mentions = Mentions(names)
        kept = [tool for tool in self.tools if tool.name not in edit.removed]
        by_name = {tool.name: tool for tool in reversed(self.tools)}
        seen = [(tool.name, _changed(tool, edit.changes.get(tool.name), mentions)) for tool in kept]
        seen += [(one.name, _added(one, by_name)) for one in edit.added]
        places = {name: place for place, name in reversed(list(enumerate(edit.order)))}
        if places:
            seen.sort(key=lambda one: places.get(one[0], len(places)))
        gone = {**self._gone, **dict.fromkeys(edit.removed)}
        return Toolset([tool for _, tool in seen], self._ground, gone)


def _free(wanted: str, taken: Collection[str]) -> str:
    """Give a name, with a number behind it where it is taken."""
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


def _whole_order(
    order: Sequence[str], names: Collection[str], seen: Collection[str]
) -> tuple[str, ...]:
    """Give an order of some tools with the others in their places."""
    rest = iter(dict.fromkeys([*order, *(name for name in names if name in seen)]))
    whole = [next(rest) if name in seen else name for name in names]
    return tuple(dict.fromkeys([*whole, *rest]))


def _changed(tool: Tool, change: ToolChange | None, mentions: Mentions) -> Tool:
    """Give a tool as a change, and new names of others, leave it."""
    change = change or ToolChange()
    old = tool.definition
    description = old.description if change.description is None else change.description
    parameters = old.parameters if change.parameters is None else change.parameters
    if mentions:
        description = mentions.replaced(description)
        parameters = _mentioning(parameters, mentions)
    name = change.name or old.name
    if (name, description) == (old.name, old.description) and parameters is old.parameters:
        return _arguments_changed(tool, change)
    new = replace(old, name=name, description=description, parameters=parameters)
    return _arguments_changed(replace(tool, definition=new), change)


def _mentioning(schema: Json, mentions: Mentions) -> Json:
    def edit(node: dict[str, Json], pointer: str) -> Json:
        text = node.get("description")
        new = mentions.replaced(text) if isinstance(text, str) else text
        return node if new == text else {**node, "description": new}

    return rebuilt(schema, edit)


def _arguments_changed(tool: Tool, change: ToolChange) -> Tool:
    """Put the way back of a change's arguments behind the one that a tool has."""
    if not (change.arguments or change.dropped):
        return tool
    seen = dict.fromkeys(change.arguments.values())
    known = {said: own for said, own in tool.arguments.items() if said not in seen}
    dropped = [said for said in tool.dropped if said not in seen]
    for new, before in change.arguments.items():
        if before in tool.dropped:
            dropped.append(new)
        else:
            known[new] = tool.arguments.get(before, before)
    dropped += change.dropped
    arguments = {said: own for said, own in known.items() if said != own}
    return replace(tool, arguments=arguments, dropped=tuple(dict.fromkeys(dropped)))


def _added(one: AddedTool, by_name: Mapping[str, Tool]) -> Tool:
    definition = ToolDefinition(one.name, one.description, one.parameters)
    model = by_name.get(one.runs) if one.runs else None
    if model is None:
        return Tool(definition, answer=one.answer)
    return Tool(definition, model.own, None, model.arguments, model.dropped, one.answer)
