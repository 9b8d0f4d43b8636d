"""A schema becomes a property of a tool's parameters: its own pointers must follow it there."""

from __future__ import annotations

from typing import Any

from reading import LISTS, NAMED, ONE

__all__ = ["wrapped"]


def wrapped(schema: Any) -> dict[str, Any]:
    """Give an object schema whose one property, required, is the given schema.

    >>> wrapped({"$ref": "#/$defs/a", "$defs": {"a": {}}})["properties"]["x"]["$ref"]
    '#/properties/x/$defs/a'
    """
    root: dict[str, Any] = {"type": "object", "properties": {"x": schema}, "required": ["x"]}
    if not isinstance(schema, dict):
        return root
    inner = dict(schema)
    if "$schema" in inner and "$id" not in inner:
        root = {"$schema": inner.pop("$schema"), **root}
    root["properties"] = {"x": _moved(inner)}
    return root


def _moved(schema: Any) -> Any:
    """Point local references at their new place; within a resource of its own they stay."""
    if not isinstance(schema, dict) or "$id" in schema:
        return schema
    moved = {}
    for key, value in schema.items():
        if key in {"$ref", "$dynamicRef"} and isinstance(value, str):
            moved[key] = f"#/properties/x{value[1:]}" if value[:2] in {"#", "#/"} else value
        elif key in ONE:
            moved[key] = _moved(value)
        elif key in LISTS and isinstance(value, list):
            moved[key] = [_moved(one) for one in value]
        elif key in NAMED and isinstance(value, dict):
            moved[key] = {name: _moved(one) for name, one in value.items()}
        else:
            moved[key] = value
    return moved
