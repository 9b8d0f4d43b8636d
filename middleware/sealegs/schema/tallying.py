"""One quick pass over a schema: its subschemas, and how large it is.

It knows schemas that are all of one piece, as nearly all are that providers get. Where there are
references or definitions, or something that is no schema, `sealegs.schema.places` must look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from sealegs.jsons import Json, dump, is_array, is_object
from sealegs.schema.keywords import KEYWORDS, TYPES
from sealegs.schema.limits import DEFAULT, Limits

__all__ = ["LONG_ENUM", "Measures", "Tally", "long_enum", "tally", "text_of"]

LONG_ENUM = 250
"""An enum with more values than this is a long one."""


@dataclass(frozen=True, slots=True)
class Measures:
    """The counts of one schema.

    Attributes:
        nodes: subschemas.
        properties: in all objects together.
        optional: those of them that are not required.
        unions: those of them that have a union type: ``anyOf``, ``oneOf``, or a list of types.
        required: required properties at the root.
        depth: levels of nested objects and arrays, references followed; the root is the first.
        values: enum values, all together.
        characters: of property names, definition names, enum values and constants, together.
        long_enum: the characters of the longest string enum with more than `LONG_ENUM` values.
        branches: of the widest ``anyOf``.
        size: characters of the whole as compact JSON.
    """

    nodes: int
    properties: int
    optional: int
    unions: int
    required: int
    depth: int
    values: int
    characters: int
    long_enum: int
    branches: int
    size: int


class Tally(NamedTuple):
    """What the pass found.

    Attributes:
        nodes: every subschema and the keyword that holds it, the root first; objects and booleans.
        counts: how large the whole is.
    """

    nodes: list[tuple[Json, str]]
    counts: Measures


_HOLDS: Mapping[str, str] = {
    word: row.holds for word, row in KEYWORDS.items() if row.holds.startswith("schema")
}
_REFERRING = frozenset({"$ref", "$defs", "definitions", "dependencies"})
_COUNTED = frozenset({*_HOLDS, *_REFERRING, "enum", "const"})
_LEVELS = frozenset({"object", "array"})
_SCALARS = frozenset(word for word in TYPES if word not in _LEVELS)
_PLAIN = _SCALARS | {word.upper() for word in _SCALARS}
_Below: TypeAlias = "list[tuple[Json, str, int]]"


def tally(schema: Json, limits: Limits = DEFAULT) -> Tally | None:
    """Count a schema's parts; ``None`` where this pass does not know all that it must."""
    if schema.__class__ is not dict:
        return None
    counter = _Counter()
    nodes: list[tuple[Json, str]] = []
    here: _Below = [(schema, "", 0)]
    for _ in range(limits.depth + 1):
        below: _Below = []
        for node, keyword, above in here:
            nodes.append((node, keyword))
            if node.__class__ is not dict:
                continue
            kind = node.get("type")
            if kind.__class__ is str and kind in _PLAIN and _COUNTED.isdisjoint(node):
                continue
            if keyword == "properties" and _is_nullable(kind) and _COUNTED.isdisjoint(node):
                counter.unions += 1
                continue
            if not counter.add(node, keyword, above, below):
                return None
        if len(nodes) + len(below) > limits.nodes:
            return None
        if not below:
            return Tally(nodes, counter.measures(schema, len(nodes)))
        here = below
    return None


def _is_nullable(kind: Json) -> bool:
    """Say whether a list of types is one scalar type and null."""
    return (
        kind.__class__ is list
        and len(kind) == 2
        and kind[1] == "null"
        and kind[0].__class__ is str
        and kind[0] in _SCALARS
    )


class _Counter:
    """What is counted so far; see `Measures`."""

    __slots__ = (
        "branches",
        "characters",
        "depth",
        "long_enum",
        "optional",
        "properties",
        "unions",
        "values",
    )

    def __init__(self) -> None:
        self.properties = self.optional = self.unions = self.depth = 0
        self.values = self.characters = self.long_enum = self.branches = 0

    def add(self, node: dict[str, Json], keyword: str, above: int, below: _Below) -> bool:
        """Count one schema, and give those right below it; false where that cannot be done."""
        kind = node.get("type")
        if is_array(kind):
            names = [word.lower() for word in kind if isinstance(word, str)]
            level, union = not _LEVELS.isdisjoint(names), len(names) > 1
        else:
            level, union = isinstance(kind, str) and kind.lower() in _LEVELS, False
        if level or "properties" in node or "items" in node:
            above += 1
            self.depth = max(self.depth, above)
        if keyword == "properties" and (union or "anyOf" in node or "oneOf" in node):
            self.unions += 1
        if not _REFERRING.isdisjoint(node):
            return False
        for word, value in node.items():
            holds = _HOLDS.get(word)
            if holds is None:
                if word == "enum" and is_array(value):
                    self._enum(node, value)
                elif word == "const":
                    self.characters += len(text_of(value))
            elif not _push(word, value, holds, above, below):
                return False
            elif word == "properties":
                self.properties += len(value)
                self.optional += len(value.keys() - _names(node))
                self.characters += sum(map(len, value))
            elif word == "anyOf":
                self.branches = max(self.branches, len(value))
        return True

    def _enum(self, node: dict[str, Json], values: list[Json]) -> None:
        self.values += len(values)
        self.characters += sum(map(len, map(text_of, values)))
        self.long_enum = max(self.long_enum, long_enum(node))

    def measures(self, root: dict[str, Json], nodes: int) -> Measures:
        """Give all that was counted."""
        return Measures(
            nodes=nodes,
            properties=self.properties,
            optional=self.optional,
            unions=self.unions,
            required=len(_names(root)),
            depth=self.depth,
            values=self.values,
            characters=self.characters,
            long_enum=self.long_enum,
            branches=self.branches,
            size=len(text_of(root)),
        )


def _push(word: str, value: Json, holds: str, above: int, below: _Below) -> bool:
    """Give the schemas that a keyword holds; false where something else is there."""
    if holds == "schema":
        below.append((value, word, above))
        return value.__class__ is dict or value.__class__ is bool
    children: Iterable[Json] = ()
    if holds == "schemas" and is_array(value):
        children = value
    elif holds == "schema-map" and is_object(value):
        children = value.values()
    else:
        return False
    for child in children:
        if child.__class__ is not dict and child.__class__ is not bool:
            return False
        below.append((child, word, above))
    return True


def _names(node: Mapping[str, Json]) -> set[str]:
    required = node.get("required")
    return {name for name in required if isinstance(name, str)} if is_array(required) else set()


def long_enum(node: Mapping[str, Json]) -> int:
    """Give the characters of a long enum; 0 where it is none."""
    values = node.get("enum")
    if not is_array(values) or len(values) <= LONG_ENUM:
        return 0
    return sum(map(len, map(text_of, values)))


def text_of(value: Json) -> str:
    """Give a string as it is, and any other value as compact JSON.

    >>> text_of("a"), text_of(["a", 1])
    ('a', '["a",1]')
    """
    if isinstance(value, str):
        return value
    try:
        return dump(value).decode("utf-8", "surrogatepass")
    except RecursionError:
        return ""
