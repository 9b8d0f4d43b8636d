"""Values of keywords as JSON Schema wants them: which fit, and what a type's name may mean."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import jsonschema_rs

from sealegs.jsons import Json, canonical, is_array, is_object
from sealegs.schema.keywords import TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "COUNTS",
    "FITS",
    "FLAGS",
    "FORMATS",
    "TEXTS",
    "WIDEST",
    "compiles",
    "read_number",
    "type_names",
]

_SCALARS = (str, int, float, bool, type(None))
_TYPES = frozenset(TYPES)
WIDEST = 2**63

_ALIASES: Mapping[str, str] = {
    "dict": "object",
    "dictionary": "object",
    "map": "object",
    "hashmap": "object",
    "hashtable": "object",
    "struct": "object",
    "float": "number",
    "double": "number",
    "decimal": "number",
    "int": "integer",
    "long": "integer",
    "short": "integer",
    "byte": "integer",
    "bigint": "integer",
    "str": "string",
    "char": "string",
    "bool": "boolean",
    "list": "array",
    "tuple": "array",
    "arraylist": "array",
    "none": "null",
    "nonetype": "null",
}
"""Names that other languages and benchmarks have for the types, in lower case."""

FORMATS: Mapping[str, str] = {"ip-address": "ipv4", "host-name": "hostname"}
"""What draft 3 called some formats, and what they are called since."""

_ANYTHING = frozenset({"any", "type_unspecified", "*"})


def _text(value: Json) -> bool:
    return isinstance(value, str)


def _flag(value: Json) -> bool:
    return isinstance(value, bool)


def _number(value: Json) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return value - value == 0  # neither infinite nor not a number


def _positive(value: Json) -> bool:
    return _number(value) and value > 0


def _count(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < WIDEST


def _type(value: Json) -> bool:
    if isinstance(value, str):
        return value in _TYPES
    return (
        is_array(value)
        and len(value) > 1
        and all(isinstance(name, str) and name in _TYPES for name in value)
        and len(set(value)) == len(value)
    )


def _names(value: Json) -> bool:
    return is_array(value) and bool(value) and _only_texts(value)


def _only_texts(values: list[Json]) -> bool:
    """Say whether there are strings only, and none twice."""
    return set(map(type, values)) == {str} and len(set(values)) == len(values)


def _lists_of_names(value: Json) -> bool:
    return is_object(value) and all(names == [] or _names(names) for names in value.values())


def _values(value: Json) -> bool:
    if not is_array(value):
        return False
    return _only_texts(value) or (
        all(isinstance(one, _SCALARS) for one in value) and _distinct(value)
    )


def _distinct(values: list[Json]) -> bool:
    try:
        if len(set(values)) == len(values):
            return True
    except TypeError:
        pass
    return len({canonical(value) for value in values}) == len(values)


def _scalar(value: Json) -> bool:
    return isinstance(value, _SCALARS)


def _list_of_scalars(value: Json) -> bool:
    return is_array(value) and all(isinstance(one, _SCALARS) for one in value)


def _format(value: Json) -> bool:
    return isinstance(value, str) and value not in FORMATS


def _schema(value: Json) -> bool:
    return value.__class__ is dict or isinstance(value, bool)


def _schemas(value: Json) -> bool:
    return is_array(value) and bool(value)


def _pattern(value: Json) -> bool:
    return isinstance(value, str) and compiles(value)


def _patterns(value: Json) -> bool:
    return is_object(value) and all(compiles(key) for key in value)


@functools.lru_cache(maxsize=4096)
def compiles(pattern: str) -> bool:
    """Say whether the run-time check can read a regular expression."""
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except ValueError:
        return False
    return True


COUNTS = (
    *("minLength", "maxLength", "minItems", "maxItems"),
    *("minProperties", "maxProperties", "minContains", "maxContains"),
)
FLAGS = ("uniqueItems", "readOnly", "writeOnly", "deprecated")
TEXTS = ("title", "description", "contentEncoding", "contentMediaType")
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_ONE_SCHEMA = (
    *("not", "if", "then", "else", "contains", "propertyNames", "contentSchema"),
    *("items", "additionalProperties", "unevaluatedItems", "unevaluatedProperties"),
)

FITS: Mapping[str, Callable[[Json], bool]] = {
    **dict.fromkeys((*TEXTS, *_REFERENCES), _text),
    **dict.fromkeys(FLAGS, _flag),
    **dict.fromkeys(COUNTS, _count),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _number),
    **dict.fromkeys(("const", "default"), _scalar),
    **dict.fromkeys(_ONE_SCHEMA, _schema),
    **dict.fromkeys(("anyOf", "allOf", "oneOf", "prefixItems"), _schemas),
    **dict.fromkeys(("properties", "dependentSchemas"), is_object),
    "type": _type,
    "enum": _values,
    "examples": _list_of_scalars,
    "format": _format,
    "multipleOf": _positive,
    "pattern": _pattern,
    "patternProperties": _patterns,
    "required": _names,
    "dependentRequired": _lists_of_names,
}
"""For each keyword of 2020-12 that stays: whether a value can stay as it is."""


def type_names(value: Json) -> list[str] | None:
    """Give the types that a value of ``type`` means; ``None`` where nobody can tell.

    >>> type_names("STRING"), type_names(["dict", "null"]), type_names("any"), type_names("date")
    (['string'], ['object', 'null'], [], None)
    """
    names: list[str] = []
    for name in value if is_array(value) else [value]:
        lower = name.strip().lower() if isinstance(name, str) else ""
        known = lower if lower in _TYPES else _ALIASES.get(lower)
        if lower in _ANYTHING:
            return []
        if known is None:
            return None
        if known not in names:
            names.append(known)
    return names


def read_number(value: Json) -> int | float | None:
    """Give the number that a value is or spells; ``None`` where it is none."""
    if isinstance(value, str):
        try:
            value = int(value) if value.strip().lstrip("-").isdecimal() else float(value)
        except ValueError:
            return None
    return value if _number(value) else None
