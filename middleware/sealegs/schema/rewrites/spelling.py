"""How a dialect spells what a lowered schema says in plain JSON Schema."""

from __future__ import annotations

from sealegs.jsons import Json, is_array
from sealegs.schema.rewrites.rules import Rules
from sealegs.schema.walking import rebuilt

__all__ = ["spelled"]


def spelled(schema: Json, rules: Rules) -> Json:
    """Spell types and null as the dialect does, and leave out what goes without saying there."""
    shape = rules.shape
    silent = not shape.open and not rules.takes("additionalProperties", False)
    if shape.null == "type" and not shape.upper_types and not silent:
        return schema

    def edit(node: dict[str, Json], pointer: str) -> Json:
        del pointer
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

    return rebuilt(schema, edit)
