"""JSON's types, and when two values are the same to JSON Schema."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sealegs.jsons import Json, canonical, is_array, is_object

__all__ = ["ALL", "OBJECT_KEYWORDS", "SCALARS", "TYPED", "fits", "kind_of", "meet", "sameness"]

ALL = ("object", "array", "string", "number", "boolean", "null")
"""Every type; ``integer`` is a part of ``number``."""

SCALARS = frozenset({"string", "number", "integer", "boolean", "null"})

OBJECT_KEYWORDS = (
    "properties",
    "patternProperties",
    "additionalProperties",
    "required",
    "minProperties",
    "maxProperties",
    "propertyNames",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedProperties",
)

_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")

TYPED: dict[str, str] = {
    **dict.fromkeys(OBJECT_KEYWORDS, "object"),
    **dict.fromkeys(("items", "prefixItems", "minItems", "maxItems", "uniqueItems"), "array"),
    **dict.fromkeys(("contains", "minContains", "maxContains", "unevaluatedItems"), "array"),
    **dict.fromkeys(_NUMBERS, "number"),
    **dict.fromkeys(("minLength", "maxLength", "pattern"), "string"),
}
"""The type of which a keyword speaks; values of other types it leaves alone."""


def kind_of(value: Json) -> str:
    """Give the type of a value; a number without a fraction is an ``integer``.

    >>> kind_of(1.0), kind_of(True)
    ('integer', 'boolean')
    """
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    if isinstance(value, str):
        return "string"
    if value is None:
        return "null"
    return "object" if is_object(value) else "array"


def fits(kind: str, types: Iterable[str]) -> bool:
    """Say whether a value of this kind is of one of these types."""
    return kind in types or (kind == "integer" and "number" in types)


def meet(left: Sequence[str], right: Sequence[str]) -> list[str]:
    """Give the types that are in both, in the order of the left.

    >>> meet(["number", "string"], ["integer", "null"])
    ['integer']
    """
    both: list[str] = []
    for kind in left:
        if fits(kind, right):
            both.append(kind)
        elif kind == "number" and "integer" in right:
            both.append("integer")
    return both


def sameness(value: Json) -> bytes:
    """Give bytes that are equal for values which JSON Schema takes for equal.

    >>> sameness(1.0) == sameness(1), sameness(True) == sameness(1)
    (True, False)
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    elif isinstance(value, (dict, list)):
        value = _whole_numbers(value)
    return canonical(value)


def _whole_numbers(value: Json) -> Json:
    """Write 1.0 as 1 everywhere; a copy, made from the leaves up."""
    holder: list[Json] = [value]
    todo: list[tuple[Json, Json]] = [(holder, 0)]
    while todo:
        owner, key = todo.pop()
        item = owner[key]
        if isinstance(item, float) and item.is_integer():
            owner[key] = int(item)
        elif is_object(item):
            owner[key] = fresh = dict(item)
            todo.extend((fresh, name) for name in fresh)
        elif is_array(item):
            owner[key] = copy = list(item)
            todo.extend((copy, index) for index in range(len(copy)))
    return holder[0]
