"""Definitions as a request carries them: found in whatever form they have, and put back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from sealegs.jsons import Json, dump, is_array, is_object

if TYPE_CHECKING:
    from sealegs.calls.saying import ToolLens
    from sealegs.schema.definition import ToolDefinition
    from sealegs.schema.forms import ToolForm
    from sealegs.wire import Document

__all__ = ["Carried", "Place", "carried", "forms_of", "placed", "raw_tools", "refilled"]

Place: TypeAlias = "tuple[str | int, ...]"
"""Keys and indexes that lead to a definition."""


@dataclass(frozen=True, slots=True)
class Carried:
    """One definition of a request.

    Attributes:
        path: where it stands in the request's tools.
        raw: the definition as it stands there.
        form: the form that it has.
        definition: what it says.
    """

    path: Place
    raw: Json
    form: ToolForm
    definition: ToolDefinition


def raw_tools(document: Document, lens: ToolLens) -> tuple[bytes, str]:
    """Find a request's tools.

    Returns:
        The tools, raw, or nothing; and the request parameter that holds them.
    """
    raw, path = document.tools, lens.tools
    if not raw and lens.legacy_tools:
        legacy = document.parameter(lens.legacy_tools)
        if legacy:
            return dump(legacy), lens.legacy_tools
    return raw, path


def forms_of(forms: Mapping[str, ToolForm], wire: str, first: str = "") -> Sequence[ToolForm]:
    """Give the forms that a wire format carries, by rank; the one that is named comes first."""
    found = [form for form in forms.values() if wire in form.wires]
    return sorted(found, key=lambda form: (form.name != first, form.rank))


def carried(tools: Json, forms: Sequence[ToolForm]) -> Iterator[Carried]:
    """Read the definitions in their order, each in the first form that fits."""
    found: dict[Place, Carried] = {}
    for form in forms:
        for path, raw in form.slots(tools):
            definition = None if path in found else form.read(raw)
            if definition is not None:
                found[path] = Carried(path, raw, form, definition)
    yield from (found[path] for path in sorted(found, key=_by_place))


def _by_place(path: Place) -> tuple[tuple[bool, int | str], ...]:
    """Order paths as they stand; a list's members by their index."""
    return tuple((isinstance(part, str), part) for part in path)


def placed(tools: Json, new: Sequence[tuple[Place, Json]]) -> Json:
    """Give a copy of the tools with some definitions replaced."""
    for path, value in new:
        tools = _with(tools, path, value)
    return tools


def _with(whole: Json, path: Sequence[str | int], value: Json) -> Json:
    if not path:
        return value
    copy: Json = dict(whole) if is_object(whole) else list(whole)
    copy[path[0]] = _with(copy[path[0]], path[1:], value)
    return copy


def refilled(tools: Json, places: Sequence[Place], definitions: Sequence[Json]) -> Json:
    """Give a copy of the tools in which other definitions, more or fewer, fill the places.

    What stands between the places stays. Definitions that are more than the places come behind the
    last of them; places that are more than the definitions go.

    >>> refilled(["a", {"type": "web_search"}, "b"], [(0,), (2,)], ["b", "a", "c"])
    ['b', {'type': 'web_search'}, 'a', 'c']
    >>> refilled(["a", {"type": "web_search"}, "b"], [(0,), (2,)], ["b"])
    ['b', {'type': 'web_search'}]

    Args:
        tools: what the request has as its tools.
        places: where the definitions stand, in order; at least one.
        definitions: what is to stand there.
    """
    tools = placed(tools, list(zip(places, definitions, strict=False)))
    for path in reversed(places[len(definitions) :]):
        tools = _edited(tools, path[:-1], partial(_without, path[-1]))
    more = definitions[len(places) :]
    if more:
        *above, last = places[-1]
        tools = _edited(tools, above, partial(_behind, last, more))
    return tools


def _edited(whole: Json, path: Sequence[str | int], edit: Callable[[Json], Json]) -> Json:
    found = whole
    for key in path:
        found = found[key]
    return _with(whole, path, edit(found))


def _without(at: Json, items: Json) -> Json:
    if is_array(items):
        return [*items[:at], *items[at + 1 :]]
    return {key: value for key, value in items.items() if key != at}


def _behind(at: Json, more: Sequence[Json], items: Json) -> Json:
    return [*items[: at + 1], *more, *items[at + 1 :]] if is_array(items) else items
