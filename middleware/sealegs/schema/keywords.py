"""The keywords of JSON Schema, of all its drafts and of OpenAPI 3.0: what each holds and does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ANNOTATIONS",
    "ASSERTIONS",
    "KEYWORDS",
    "TYPES",
    "VOCABULARIES",
    "Holds",
    "Meaning",
    "Role",
    "speaks_about",
]

Holds: TypeAlias = Literal["schema", "schemas", "schema-map", "string-lists", "data", "value"]
"""A subschema, a list of them, a map of them by name, a map of lists of names, opaque JSON in which
nothing is a schema, or a plain value such as a number."""

Role: TypeAlias = Literal["assertion", "applicator", "annotation", "identifier", "definitions"]
"""An assertion constrains by itself, an applicator by its subschemas; annotations tell, identifiers
name the schema, definitions hold schemas that only references reach."""

TYPES = ("null", "boolean", "object", "array", "number", "string", "integer")
"""The names of JSON Schema's types."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one keyword holds and does.

    Attributes:
        holds: what its value is made of.
        role: what it does.
        types: the only types of instances that it speaks about; empty: all.
        since: the first draft that knows it, 3 to 7, 2019 or 2020.
        until: the last one.
    """

    holds: Holds
    role: Role
    types: tuple[str, ...] = ()
    since: int = 3
    until: int = 9999


_NUMBER, _STRING, _ARRAY, _OBJECT = ("number", "integer"), ("string",), ("array",), ("object",)


_CORE: tuple[tuple[str, Meaning], ...] = (
    ("$schema", Meaning("value", "identifier")),
    ("$id", Meaning("value", "identifier", since=6)),
    ("id", Meaning("value", "identifier", until=4)),
    ("$anchor $vocabulary", Meaning("value", "identifier", since=2019)),
    ("$dynamicAnchor", Meaning("value", "identifier", since=2020)),
    ("$recursiveAnchor", Meaning("value", "identifier", since=2019, until=2019)),
    ("$comment", Meaning("value", "annotation", since=7)),
    ("$ref", Meaning("value", "applicator")),
    ("$dynamicRef", Meaning("value", "applicator", since=2020)),
    ("$recursiveRef", Meaning("value", "applicator", since=2019, until=2019)),
    ("$defs", Meaning("schema-map", "definitions", since=2019)),
    ("definitions", Meaning("schema-map", "definitions", since=4, until=7)),
)
_APPLICATORS: tuple[tuple[str, Meaning], ...] = (
    ("allOf anyOf oneOf", Meaning("schemas", "applicator", since=4)),
    ("not", Meaning("schema", "applicator", since=4)),
    ("if then else", Meaning("schema", "applicator", since=7)),
    ("properties patternProperties", Meaning("schema-map", "applicator", _OBJECT)),
    ("dependentSchemas", Meaning("schema-map", "applicator", _OBJECT, since=2019)),
    ("additionalProperties", Meaning("schema", "applicator", _OBJECT)),
    ("propertyNames", Meaning("schema", "applicator", _OBJECT, since=6)),
    ("prefixItems", Meaning("schemas", "applicator", _ARRAY, since=2020)),
    ("items", Meaning("schema", "applicator", _ARRAY)),
    ("contains", Meaning("schema", "applicator", _ARRAY, since=6)),
    ("additionalItems", Meaning("schema", "applicator", _ARRAY, until=2019)),
    ("dependencies", Meaning("schema-map", "applicator", _OBJECT)),
    ("extends disallow", Meaning("schemas", "applicator", until=3)),
)
_UNEVALUATED: tuple[tuple[str, Meaning], ...] = (
    ("unevaluatedItems", Meaning("schema", "applicator", _ARRAY, since=2019)),
    ("unevaluatedProperties", Meaning("schema", "applicator", _OBJECT, since=2019)),
)
_VALIDATION: tuple[tuple[str, Meaning], ...] = (
    ("type", Meaning("value", "assertion")),
    ("enum", Meaning("data", "assertion")),
    ("const", Meaning("data", "assertion", since=6)),
    ("maximum minimum exclusiveMaximum exclusiveMinimum", Meaning("value", "assertion", _NUMBER)),
    ("multipleOf", Meaning("value", "assertion", _NUMBER, since=4)),
    ("divisibleBy", Meaning("value", "assertion", _NUMBER, until=3)),
    ("maxLength minLength pattern", Meaning("value", "assertion", _STRING)),
    ("maxItems minItems uniqueItems", Meaning("value", "assertion", _ARRAY)),
    ("maxContains minContains", Meaning("value", "assertion", _ARRAY, since=2019)),
    ("maxProperties minProperties", Meaning("value", "assertion", _OBJECT, since=4)),
    ("required", Meaning("value", "assertion", _OBJECT)),
    ("dependentRequired", Meaning("string-lists", "assertion", _OBJECT, since=2019)),
)
_TELLING: tuple[tuple[str, Meaning], ...] = (
    ("title description", Meaning("value", "annotation")),
    ("default", Meaning("data", "annotation")),
    ("examples", Meaning("data", "annotation", since=6)),
    ("readOnly writeOnly", Meaning("value", "annotation", since=7)),
    ("deprecated", Meaning("value", "annotation", since=2019)),
    ("format", Meaning("value", "annotation")),
    ("contentEncoding contentMediaType", Meaning("value", "annotation", _STRING, since=7)),
    ("contentSchema", Meaning("schema", "annotation", _STRING, since=2019)),
)

VOCABULARIES: Mapping[str, frozenset[str]] = {
    name: frozenset(keyword for keywords, _ in rows for keyword in keywords.split())
    for name, rows in {
        "core": _CORE,
        "applicator": _APPLICATORS,
        "unevaluated": _UNEVALUATED,
        "validation": _VALIDATION,
    }.items()
}
"""The keywords that constrain, by the vocabulary that defines them in 2020-12."""

KEYWORDS: Mapping[str, Meaning] = {
    keyword: meaning
    for rows in (_CORE, _APPLICATORS, _UNEVALUATED, _VALIDATION, _TELLING)
    for keywords, meaning in rows
    for keyword in keywords.split()
}
"""Every keyword by its name. In older drafts ``items``, ``type``, ``dependencies``, ``extends`` and
``disallow`` also take other shapes than the one told here; see `sealegs.schema.upgrading`."""

ASSERTIONS = frozenset(
    name for name, row in KEYWORDS.items() if row.role in ("assertion", "applicator")
)
"""Keywords that constrain instances, by themselves or by their subschemas. ``format`` is none."""

ANNOTATIONS = frozenset(name for name, row in KEYWORDS.items() if row.role == "annotation")
"""Keywords that constrain nothing; ``format`` is one of them."""


def speaks_about(keyword: str, type_name: str) -> bool:
    """Say whether a keyword can refuse an instance of a type.

    >>> speaks_about("minLength", "string"), speaks_about("minLength", "null")
    (True, False)
    >>> speaks_about("enum", "null"), speaks_about("title", "string")
    (True, False)
    """
    row = KEYWORDS.get(keyword)
    if row is None or keyword not in ASSERTIONS:
        return False
    return not row.types or type_name in row.types
