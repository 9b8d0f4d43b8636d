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
        vocabulary: the last part of its vocabulary's URI in 2020-12.
    """

    holds: Holds
    role: Role
    types: tuple[str, ...] = ()
    since: int = 3
    until: int = 9999
    vocabulary: str = "core"


_NUMBER, _STRING, _ARRAY, _OBJECT = ("number", "integer"), ("string",), ("array",), ("object",)


def _rows() -> dict[str, Meaning]:
    rows: dict[str, Meaning] = {}

    def add(
        names: str,
        vocabulary: str,
        holds: Holds,
        role: Role,
        types: tuple[str, ...] = (),
        since: int = 3,
        until: int = 9999,
    ) -> None:
        for name in names.split():
            rows[name] = Meaning(holds, role, types, since, until, vocabulary)

    add("$schema", "core", "value", "identifier")
    add("$id", "core", "value", "identifier", since=6)
    add("id", "core", "value", "identifier", until=4)
    add("$anchor $vocabulary", "core", "value", "identifier", since=2019)
    add("$comment", "core", "value", "annotation", since=7)
    add("$dynamicAnchor", "core", "value", "identifier", since=2020)
    add("$recursiveAnchor", "core", "value", "identifier", since=2019, until=2019)
    add("$ref", "core", "value", "applicator")
    add("$dynamicRef", "core", "value", "applicator", since=2020)
    add("$recursiveRef", "core", "value", "applicator", since=2019, until=2019)
    add("$defs", "core", "schema-map", "definitions", since=2019)
    add("definitions", "core", "schema-map", "definitions", since=4, until=7)

    add("allOf anyOf oneOf", "applicator", "schemas", "applicator", since=4)
    add("not", "applicator", "schema", "applicator", since=4)
    add("if then else", "applicator", "schema", "applicator", since=7)
    add("properties patternProperties", "applicator", "schema-map", "applicator", _OBJECT)
    add("dependentSchemas", "applicator", "schema-map", "applicator", _OBJECT, since=2019)
    add("additionalProperties", "applicator", "schema", "applicator", _OBJECT)
    add("propertyNames", "applicator", "schema", "applicator", _OBJECT, since=6)
    add("prefixItems", "applicator", "schemas", "applicator", _ARRAY, since=2020)
    add("items", "applicator", "schema", "applicator", _ARRAY)
    add("contains", "applicator", "schema", "applicator", _ARRAY, since=6)
    add("additionalItems", "applicator", "schema", "applicator", _ARRAY, until=2019)
    add("dependencies", "applicator", "schema-map", "applicator", _OBJECT)
    add("extends", "applicator", "schemas", "applicator", until=3)
    add("disallow", "applicator", "schemas", "applicator", until=3)
    add("unevaluatedItems", "unevaluated", "schema", "applicator", _ARRAY, since=2019)
    add("unevaluatedProperties", "unevaluated", "schema", "applicator", _OBJECT, since=2019)

    add("type", "validation", "value", "assertion")
    add("enum", "validation", "data", "assertion")
    add("const", "validation", "data", "assertion", since=6)
    add("maximum minimum", "validation", "value", "assertion", _NUMBER)
    add("exclusiveMaximum exclusiveMinimum", "validation", "value", "assertion", _NUMBER)
    add("multipleOf", "validation", "value", "assertion", _NUMBER, since=4)
    add("divisibleBy", "validation", "value", "assertion", _NUMBER, until=3)
    add("maxLength minLength pattern", "validation", "value", "assertion", _STRING)
    add("maxItems minItems uniqueItems", "validation", "value", "assertion", _ARRAY)
    add("maxContains minContains", "validation", "value", "assertion", _ARRAY, since=2019)
    add("maxProperties minProperties", "validation", "value", "assertion", _OBJECT, since=4)
    add("required", "validation", "value", "assertion", _OBJECT)
    add("dependentRequired", "validation", "string-lists", "assertion", _OBJECT, since=2019)

    add("title description", "meta-data", "value", "annotation")
    add("default", "meta-data", "data", "annotation")
    add("examples", "meta-data", "data", "annotation", since=6)
    add("readOnly writeOnly", "meta-data", "value", "annotation", since=7)
    add("deprecated", "meta-data", "value", "annotation", since=2019)
    add("format", "format-annotation", "value", "annotation")
    add("contentEncoding contentMediaType", "content", "value", "annotation", _STRING, since=7)
    add("contentSchema", "content", "schema", "annotation", _STRING, since=2019)
    return rows


KEYWORDS: Mapping[str, Meaning] = _rows()
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
