"""Documents with their properties in the order that a grammar made of the schema asks for."""

from __future__ import annotations

from typing import Any

__all__ = ["ordered"]


def ordered(document: Any, root: Any) -> Any:
    """Put every object's properties in the order of the schema; others follow as they stood.

    >>> ordered({"b": 1, "a": 2}, {"properties": {"a": {}, "b": {}}})
    {'a': 2, 'b': 1}
    """
    return _ordered(document, [root], root)


def _ordered(document: Any, schemas: list[Any], root: Any) -> Any:
    applied = _applied(schemas, root)
    if isinstance(document, list):
        return [_ordered(one, _of_item(applied, index), root) for index, one in enumerate(document)]
    if not isinstance(document, dict):
        return document
    declared = list(dict.fromkeys(key for one in applied for key in one.get("properties", ())))
    keys = [key for key in declared if key in document]
    keys += [key for key in document if key not in set(declared)]
    return {key: _ordered(document[key], _of_property(applied, key), root) for key in keys}


def _applied(schemas: list[Any], root: Any) -> list[dict[str, Any]]:
    """Give the schemas, what they refer to, and their branches."""
    found: list[dict[str, Any]] = []
    waiting = list(schemas)
    while waiting and len(found) < 200:
        one = waiting.pop(0)
        if not isinstance(one, dict) or any(one is other for other in found):
            continue
        found.append(one)
        if str(one.get("$ref", "")).startswith("#"):
            waiting.append(_at(root, one["$ref"]))
        for key in ("allOf", "anyOf", "oneOf"):
            waiting += one.get(key, ())
    return found


def _at(root: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        root = root.get(name) if isinstance(root, dict) else None
    return root


def _of_property(schemas: list[dict[str, Any]], key: str) -> list[Any]:
    return [
        one["properties"][key] if key in one.get("properties", ()) else one["additionalProperties"]
        for one in schemas
        if key in one.get("properties", ()) or "additionalProperties" in one
    ]


def _of_item(schemas: list[dict[str, Any]], index: int) -> list[Any]:
    found = []
    for one in schemas:
        first = one.get("prefixItems", ())
        if index < len(first):
            found.append(first[index])
        elif "items" in one:
            found.append(one["items"])
    return found
