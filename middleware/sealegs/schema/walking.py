"""Walks over a schema that know which values are schemas, which are names, and which are data.

A property named ``$ref`` is a property, and what stands in ``default`` is data. No walk recurses.
"""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.keywords import KEYWORDS, Holds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = [
    "Edit",
    "Step",
    "Subschema",
    "at",
    "children",
    "escape",
    "fragment",
    "joined",
    "rebuilt",
    "split",
    "subschemas",
    "unescape",
]

_HOLDS: Mapping[str, Holds] = {
    name: row.holds
    for name, row in KEYWORDS.items()
    if row.holds in ("schema", "schemas", "schema-map")
}

Step: TypeAlias = "tuple[str] | tuple[str, str | int]"
"""From a schema to one of its subschemas: the keyword, and the name or index below it."""

Edit: TypeAlias = "Callable[[dict[str, Json], str], Json]"
"""Given a subschema whose own subschemas are done, and its pointer, gives what shall stand there:
the same object where nothing changes. It never changes what it is given."""


class Subschema(NamedTuple):
    """One subschema of a document.

    Attributes:
        pointer: where it stands (RFC 6901); empty for the root.
        node: the subschema, an object or a boolean.
        keyword: the keyword of its parent that holds it; empty for the root.
        depth: how many subschemas are around it.
    """

    pointer: str
    node: Json
    keyword: str
    depth: int


def escape(segment: str) -> str:
    """Spell a name as one segment of a JSON Pointer.

    >>> escape("a/b~c")
    'a~1b~0c'
    """
    return (
        segment.replace("~", "~0").replace("/", "~1")
        if "~" in segment or "/" in segment
        else segment
    )


def unescape(segment: str) -> str:
    """Read a segment of a JSON Pointer.

    >>> unescape("a~1b~0c")
    'a/b~c'
    """
    return segment.replace("~1", "/").replace("~0", "~") if "~" in segment else segment


def joined(pointer: str, *segments: str | int) -> str:
    """Give the pointer of a place below another.

    >>> joined("/properties", "a/b", 0)
    '/properties/a~1b/0'
    """
    return "".join([pointer, *("/" + escape(str(segment)) for segment in segments)])


def split(pointer: str) -> list[str]:
    """Give a pointer's segments, unescaped.

    >>> split("/properties/a~1b/0"), split("")
    (['properties', 'a/b', '0'], [])
    """
    parts = pointer.split("/")[1:]
    return [unescape(part) for part in parts] if "~" in pointer else parts


def at(document: Json, pointer: str) -> Json:
    """Give what stands at a pointer.

    >>> at({"allOf": [{"type": "string"}]}, "/allOf/0/type")
    'string'

    Raises:
        KeyError: there is no such place.
    """
    value = document
    for segment in split(pointer):
        if is_object(value) and segment in value:
            value = value[segment]
        elif (
            is_array(value)
            and segment.isascii()
            and segment.isdecimal()
            and int(segment) < len(value)
        ):
            value = value[int(segment)]
        else:
            raise KeyError(pointer)
    return value


def fragment(pointer: str) -> str:
    """Spell a pointer as a URI's fragment, as it stands in a ``$ref``.

    >>> fragment("/$defs/a b"), fragment("/$defs/Kürbis")
    ('#/$defs/a%20b', '#/$defs/K%C3%BCrbis')
    """
    return "#" + urllib.parse.quote(pointer, safe="/$~!&'()*+,;=:@-._")


def children(node: Json) -> Iterator[tuple[Step, Json]]:
    """Give the subschemas right below a schema, in the order in which they stand.

    What is no schema where one should be is left out; so are lists and maps that are none.

    >>> node = {"properties": {"$ref": {}, "b": True}, "default": {"items": {}}, "anyOf": [{}]}
    >>> [step for step, _ in children(node)]
    [('properties', '$ref'), ('properties', 'b'), ('anyOf', 0)]
    """
    if not is_object(node):
        return
    for keyword, value in node.items():
        if keyword not in _HOLDS:
            continue
        if _HOLDS[keyword] != "schema-map" and isinstance(value, (dict, bool)):
            yield (keyword,), value
        elif is_array(value):
            for index, child in enumerate(value):
                if isinstance(child, (dict, bool)):
                    yield (keyword, index), child
        elif is_object(value):
            for name, child in value.items():
                if isinstance(child, (dict, bool)):
                    yield (keyword, name), child


def subschemas(schema: Json, *, depth: int | None = None) -> Iterator[Subschema]:
    """Give every subschema, parents before children, in the order in which they stand.

    >>> schema = {"properties": {"a/b": {"items": {}}}, "not": False}
    >>> [sub.pointer for sub in subschemas(schema)]
    ['', '/properties/a~1b', '/properties/a~1b/items', '/not']

    Args:
        schema: the root.
        depth: how deep to go; what lies deeper is left out.
    """
    stack = [Subschema("", schema, "", 0)]
    while stack:
        here = stack.pop()
        yield here
        if is_object(here.node) and here.depth != depth:
            stack.extend(reversed(_below(here)))


def _below(here: Subschema) -> list[Subschema]:
    """Give the subschemas right below one, as `children` does, with their pointers."""
    pointer, node, _, depth = here
    depth += 1
    below: list[Subschema] = []
    for keyword, value in node.items():
        holds = _HOLDS.get(keyword)
        if holds is None:
            continue
        place = f"{pointer}/{keyword}"
        if holds != "schema-map" and isinstance(value, (dict, bool)):
            below.append(Subschema(place, value, keyword, depth))
        elif is_object(value):
            for name, child in value.items():
                if isinstance(child, (dict, bool)):
                    below.append(Subschema(f"{place}/{escape(name)}", child, keyword, depth))
        elif is_array(value):
            for index, child in enumerate(value):
                if isinstance(child, (dict, bool)):
                    below.append(Subschema(f"{place}/{index}", child, keyword, depth))
    return below


def rebuilt(schema: Json, edit: Edit) -> Json:
    """Give a schema in which each object has been through an edit, children first.

    What no edit changes is shared with the original, which stays as it is. Booleans are not edited.
    What an edit gives is not walked again.

    >>> schema = {"properties": {"title": {"title": "T"}}, "default": {"title": 1}}
    >>> rebuilt(schema, lambda node, at: {k: v for k, v in node.items() if k != "title"})
    {'properties': {'title': {}}, 'default': {'title': 1}}

    Args:
        schema: the root.
        edit: see `Edit`; the pointer is the one in the original.
    """
    places = [(Subschema("", schema, "", 0), -1)]
    for number, (here, _) in enumerate(places):
        if is_object(here.node):
            places += [(sub, number) for sub in _below(here)]
    changed: dict[int, list[tuple[Subschema, Json]]] = {}
    result: Json = schema
    for number in range(len(places) - 1, -1, -1):
        sub, above = places[number]
        if not is_object(sub.node):
            continue
        below = changed.pop(number, None)
        result = edit(_with(sub, below) if below else sub.node, sub.pointer)
        if result is not sub.node:
            changed.setdefault(above, []).append((sub, result))
    return result


def _with(here: Subschema, below: list[tuple[Subschema, Json]]) -> dict[str, Json]:
    """Give a node with its changed children in it."""
    copy: dict[str, Json] = dict(here.node)
    copied: set[str] = set()
    for sub, result in below:
        place = len(here.pointer) + 1 + len(sub.keyword)  # how long the keyword's own pointer is
        if len(sub.pointer) == place:
            copy[sub.keyword] = result
            continue
        slot = sub.pointer[place + 1 :]
        held: Json = copy[sub.keyword]
        if sub.keyword not in copied:
            copied.add(sub.keyword)
            copy[sub.keyword] = held = dict(held) if is_object(held) else list(held)
        held[unescape(slot) if is_object(held) else int(slot)] = result
    return copy
