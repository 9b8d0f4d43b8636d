"""How large a schema is, in the units in which providers set limits."""

from __future__ import annotations

from collections.abc import Mapping

from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.places import DEFINITIONS, Places, places, types_of, ways
from sealegs.schema.tallying import LONG_ENUM, Measures, long_enum, tally, text_of

__all__ = ["LONG_ENUM", "Measures", "is_union", "long_enum", "measured", "measures", "text_of"]


def measures(schema: Json) -> Measures:
    """Count.

    >>> counts = measures({"type": "object", "properties": {"a": {"type": ["string", "null"]}}})
    >>> counts.properties, counts.optional, counts.unions, counts.depth
    (1, 1, 1, 1)
    """
    found = tally(schema)
    return measured(schema, places(schema)) if found is None else found.counts


def measured(schema: Json, found: Places) -> Measures:
    """Count, where the places are already known. What lies beyond their limits is not counted."""
    properties = optional = unions = values = characters = longest = branches = 0
    for place in found.every:
        node = place.node
        if not is_object(node):
            continue
        unions += place.keyword == "properties" and is_union(node)
        declared = node.get("properties")
        if is_object(declared) and declared:
            properties += len(declared)
            optional += len(declared.keys() - _names(node))
        enum, union = node.get("enum"), node.get("anyOf")
        if is_array(enum):
            values += len(enum)
            longest = max(longest, long_enum(node))
        if is_array(union):
            branches = max(branches, len(union))
        characters += _characters(node)
    root = found.every[0].node
    return Measures(
        nodes=len(found.every),
        properties=properties,
        optional=optional,
        unions=unions,
        required=len(_names(root)) if is_object(root) else 0,
        depth=_depth(found),
        values=values,
        characters=characters,
        long_enum=longest,
        branches=branches,
        size=len(text_of(schema)) if found.beyond is None else 0,
    )


def is_union(node: Json) -> bool:
    """Say whether a schema is a union: several branches, or several types."""
    return is_object(node) and ("anyOf" in node or "oneOf" in node or len(types_of(node)) > 1)


def _names(node: Mapping[str, Json]) -> frozenset[str]:
    required = node.get("required")
    return frozenset(filter(_is_text, required)) if is_array(required) else frozenset()


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


_NAMED = ("properties", "$defs", "definitions")


def _characters(node: Mapping[str, Json]) -> int:
    count = len(text_of(node["const"])) if "const" in node else 0
    for word in _NAMED:
        names = node.get(word)
        if is_object(names):
            count += sum(map(len, names))
    enum = node.get("enum")
    return count + sum(map(len, map(text_of, enum))) if is_array(enum) else count


def _depth(found: Places) -> int:
    """Give the longest way down; a way round ends where it began, and no place is seen twice."""
    if not any(is_object(place.node) and "$ref" in place.node for place in found.every):
        return _tree_depth(found)
    below = ways(found)
    levels: dict[int, int] = {}
    entered: set[int] = set()
    for start in range(len(below)):
        stack = [start]
        while stack:
            here = stack[-1]
            if here not in entered:
                entered.add(here)
                stack += [child for child in below[here] if child not in entered]
                continue
            stack.pop()
            if here not in levels:
                deepest = max((levels.get(child, 0) for child in below[here]), default=0)
                levels[here] = deepest + _is_level(found.every[here].node)
    return max(levels.values(), default=0)


def _tree_depth(found: Places) -> int:
    levels: list[int] = []
    for place in found.every:
        above = levels[place.parent] if levels and place.keyword not in DEFINITIONS else 0
        levels.append(above + _is_level(place.node))
    return max(levels)


def _is_level(node: Json) -> bool:
    if not is_object(node):
        return False
    return "properties" in node or "items" in node or not _LEVELS.isdisjoint(types_of(node))


_LEVELS = frozenset({"object", "array"})
