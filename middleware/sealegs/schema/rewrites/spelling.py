"""How a dialect spells what a lowered schema says in plain JSON Schema."""

from __future__ import annotations

from collections.abc import Callable

from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.keywords import KEYWORDS
from sealegs.schema.rewrites.rules import Rules

__all__ = ["spelled"]


def spelled(schema: Json, rules: Rules) -> Json:
    """Spell types and null as the dialect does, and leave out what goes without saying there."""
    shape = rules.shape
    silent = not shape.open and not rules.takes("additionalProperties", False)
    if shape.null == "type" and not shape.upper_types and not silent:
        return schema

    def edit(node: dict[str, Json]) -> dict[str, Json]:
        fresh = dict(node)
        if silent and fresh.get("additionalProperties") is False:
            del fresh["additionalProperties"]
        kind = fresh.get("type")
        if shape.null == "nullable" and is_array(kind) and "null" in kind:
            kinds = [word for word in kind if word != "null"]
            fresh["type"] = kind = kinds[0] if len(kinds) == 1 else kinds
            fresh["nullable"] = True
            if "enum" in fresh:
                fresh["enum"] = [value for value in fresh["enum"] if value is not None]
        if shape.upper_types and kind is not None:
            fresh["type"] = kind.upper() if isinstance(kind, str) else [k.upper() for k in kind]
        return fresh

    return _respelled(schema, edit)


_HELD = {word: row.holds for word, row in KEYWORDS.items() if row.holds.startswith("schema")}


def _respelled(schema: Json, edit: Callable[[dict[str, Json]], dict[str, Json]]) -> Json:
    """Give a copy of a schema, each object in it edited."""
    root = edit(schema)
    stack = [root]

    def spell(child: Json) -> Json:
        if not is_object(child):
            return child
        fresh = edit(child)
        if not _HELD.keys().isdisjoint(fresh):
            stack.append(fresh)
        return fresh

    while stack:
        node = stack.pop()
        for word, value in node.items():
            holds = _HELD.get(word)
            if holds is None:
                continue
            if is_object(value) and holds == "schema-map":
                node[word] = {name: spell(child) for name, child in value.items()}
            elif is_array(value):
                node[word] = [spell(child) for child in value]
            else:
                node[word] = spell(value)
    return root
