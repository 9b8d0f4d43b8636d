"""Every place in a schema where a subschema stands, or ought to; found once, for all that count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.keywords import KEYWORDS
from sealegs.schema.limits import DEFAULT, Limits

__all__ = ["DEFINITIONS", "Place", "Places", "places", "types_of", "ways"]

DEFINITIONS = frozenset({"$defs", "definitions"})
"""Keywords that hold what only references reach."""

_HOLDS: Mapping[str, str] = {
    word: row.holds for word, row in KEYWORDS.items() if row.holds.startswith("schema")
}


class Place(NamedTuple):
    """One place.

    Attributes:
        pointer: JSON Pointer (RFC 6901) of it.
        node: what stands there: a schema, or what is none.
        keyword: the keyword of its parent that holds it; empty at the root.
        name: its name or index below the keyword; empty where it has none.
        parent: the index of its parent's place; -1 at the root.
        depth: how many subschemas are around it.
        defined: whether it is part of a definition.
    """

    pointer: str
    node: Json
    keyword: str = ""
    name: str = ""
    parent: int = -1
    depth: int = 0
    defined: bool = False


@dataclass(frozen=True, slots=True)
class Places:
    """All places of a schema, parents before their children.

    Attributes:
        every: the places.
        index: of each, by its pointer.
        beyond: the pointer at which the schema grew too deep or too large, and the walk was ended;
            ``None`` where it was not.
    """

    every: Sequence[Place]
    index: Mapping[str, int]
    beyond: str | None = None

    def target(self, reference: Json) -> int | None:
        """Give the index of the place that a reference within the document leads to."""
        if not isinstance(reference, str) or not reference.startswith("#"):
            return None
        pointer = reference[1:]
        found = self.index.get(pointer)
        return self.index.get(unquote(pointer)) if found is None and "%" in pointer else found


def places(schema: Json, limits: Limits = DEFAULT) -> Places:
    """Find all places, as far as the limits allow.

    >>> found = places({"properties": {"$ref": {}}, "default": {"not": {}}})
    >>> [place.pointer for place in found.every]
    ['', '/properties/$ref']
    """
    every: list[Place] = []
    index: dict[str, int] = {}
    stack = [Place("", schema)]
    while stack:
        place = stack.pop()
        if place.depth > limits.depth or len(every) >= limits.nodes:
            return Places(every, index, place.pointer)
        here = len(every)
        every.append(place)
        index[place.pointer] = here
        if is_object(place.node) and not _HOLDS.keys().isdisjoint(place.node):
            stack += reversed(list(_below(place, here)))
    return Places(every, index)


def ways(found: Places) -> list[list[int]]:
    """Give, for each place, those right below it: its subschemas, and what its ``$ref`` leads to.

    Definitions are below whoever refers to them, not below the schema that lists them.
    """
    below: list[list[int]] = [[] for _ in found.every]
    for here, place in enumerate(found.every):
        if place.parent >= 0 and place.keyword not in DEFINITIONS:
            below[place.parent].append(here)
        if is_object(place.node) and (target := found.target(place.node.get("$ref"))) is not None:
            below[here].append(target)
    return below


def _below(place: Place, here: int) -> Iterator[Place]:
    for keyword, value in place.node.items():
        if keyword not in _HOLDS:
            continue
        defined = place.defined or keyword in DEFINITIONS
        for name, child in _held(keyword, value):
            tail = "" if name is None else f"/{_escaped(name)}"
            pointer = f"{place.pointer}/{keyword}{tail}"
            yield Place(pointer, child, keyword, name or "", here, place.depth + 1, defined)


def _held(keyword: str, value: Json) -> Iterator[tuple[str | None, Json]]:
    """Give what stands where subschemas should, with its name or index."""
    holds = _HOLDS[keyword]
    if holds == "schema-map":
        if is_object(value):
            for name, child in value.items():
                if not (keyword == "dependencies" and is_array(child)):
                    yield str(name), child
    elif is_array(value):
        for number, child in enumerate(value):
            yield str(number), child
    elif holds == "schema":
        yield None, value


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def types_of(node: Mapping[str, Json]) -> tuple[str, ...]:
    """Give the types that a schema names, in lower case; empty where it names none.

    >>> types_of({"type": ["STRING", "null"]}), types_of({"enum": [1]})
    (('string', 'null'), ())
    """
    named = node.get("type")
    if isinstance(named, str):
        return (named.lower(),)
    return tuple(word.lower() for word in named if isinstance(word, str)) if is_array(named) else ()
