"""One tool of a request: as it came, as the model is told of it, and the way back of its calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.carried import Carried
from sealegs.schema.definition import ToolDefinition
from sealegs.schema.forms import ToolForm

__all__ = ["Tool", "names_beside", "written"]


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool, as the model is told of it.

    Attributes:
        definition: as it is said by now.
        own: the framework's own name of the tool that a call of it runs; empty: it has none.
        carried: the definition as it came; ``None`` for one that was added.
        arguments: said name to own name of each parameter that was renamed.
        dropped: said names of parameters that the framework's own tool does not know.
        answer: what a call of it is answered with, where the framework never sees one.
    """

    definition: ToolDefinition
    own: str = ""
    carried: Carried | None = None
    arguments: Mapping[str, str] = field(default_factory=dict[str, str])
    dropped: tuple[str, ...] = ()
    answer: str = ""

    @property
    def name(self) -> str:
        """The name by which the model knows it."""
        return self.definition.name

    @property
    def changed(self) -> bool:
        """Whether its calls are said otherwise than the framework says them."""
        return self.own != self.name or bool(self.arguments or self.dropped)


def written(tool: Tool, form: ToolForm) -> Json:
    """Write a definition; one in which nothing changes stays as it came."""
    new, came = tool.definition, tool.carried
    if came is not None and new is came.definition and not (tool.arguments or tool.dropped):
        return came.raw
    return form.write(
        name=new.name,
        description=new.description,
        parameters=new.parameters,
        strict=new.strict,
        base=None if came is None else _exampled(tool, came),
    )


def _exampled(tool: Tool, came: Carried) -> Json:
    """Give a definition with its examples of arguments under the said names."""
    member, raw = came.form.examples, came.raw
    examples = raw.get(member) if member and is_object(raw) else None
    if not (tool.arguments and is_array(examples)):
        return raw
    said = {own: name for name, own in tool.arguments.items()}
    new = [
        {said.get(key, key): value for key, value in one.items()} if is_object(one) else one
        for one in examples
    ]
    return {**raw, member: new}


def names_beside(tools: Json, definitions: Sequence[Json]) -> Iterator[str]:
    """Give the names in what stands among the tools and is no definition."""
    """Give the names in what stands among the tools and is no definition, as of hosted tools."""
    known = {id(one) for one in definitions}
    open_ones: list[Json] = [tools]
    while open_ones:
        one = open_ones.pop()
        if id(one) in known:
            continue
        if is_object(one):
            name = one.get("name")
            if isinstance(name, str):
                yield name
            open_ones += one.values()
        elif is_array(one):
            open_ones += one
