"""What a converted schema means, in standard JSON Schema: the benchmark's own reading of it.

Ours say themselves what their output means; that is not believed here.
"""

from __future__ import annotations

from typing import Any

__all__ = ["LISTS", "NAMED", "ONE", "capitals", "standard"]

ONE = frozenset({
    "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not",
    "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
})  # fmt: skip
LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
NAMED = frozenset({"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"})
_COUNTS = frozenset({
    "maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties",
})  # fmt: skip


def standard(schema: Any, *, openapi: bool = False, closed: bool = False) -> Any:
    """Read a converted schema.

    Args:
        schema: What was converted.
        openapi: Types may be in capitals, null is said by ``nullable``, and counts may be text.
        closed: Objects that declare properties take no others unless they say so.

    >>> standard({"type": "STRING", "nullable": True, "minLength": "1"}, openapi=True)
    {'type': ['string', 'null'], 'minLength': 1}
    """
    if not isinstance(schema, dict):
        return schema
    read = {key: _read(key, value, openapi=openapi, closed=closed) for key, value in schema.items()}
    if openapi:
        read = _openapi(read)
    if closed and "properties" in read:
        read.setdefault("additionalProperties", False)
    return read


def _read(key: str, value: Any, *, openapi: bool, closed: bool) -> Any:
    if key in ONE and isinstance(value, dict):
        return standard(value, openapi=openapi, closed=closed)
    if isinstance(value, list) and (key in LISTS or key == "items"):
        return [standard(one, openapi=openapi, closed=closed) for one in value]
    if isinstance(value, dict) and key in NAMED:
        return {name: standard(one, openapi=openapi, closed=closed) for name, one in value.items()}
    return value


def _openapi(read: dict[str, Any]) -> dict[str, Any]:
    nullable = read.pop("nullable", False)
    if isinstance(read.get("type"), str):
        read["type"] = read["type"].lower()
        if read["type"] == "type_unspecified":
            del read["type"]
    for key in _COUNTS & read.keys():
        read[key] = int(read[key])
    if nullable:
        if isinstance(read.get("type"), str):
            read["type"] = [read["type"], "null"]
        if "enum" in read:
            read["enum"] = [*read["enum"], None]
        if "anyOf" in read:
            read["anyOf"] = [*read["anyOf"], {"type": "null"}]
    return read


def capitals(schema: Any) -> Any:
    """Say types in capitals, for a converter that leaves them small where both are taken."""
    if not isinstance(schema, dict):
        return schema
    made = {}
    for key, value in schema.items():
        if key == "type" and isinstance(value, str):
            made[key] = value.upper()
        elif key in ONE:
            made[key] = capitals(value)
        elif key in LISTS and isinstance(value, list):
            made[key] = [capitals(one) for one in value]
        elif key in NAMED and isinstance(value, dict):
            made[key] = {name: capitals(one) for name, one in value.items()}
        else:
            made[key] = value
    return made
