"""What a provider would refuse at one place of a schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple, TypeAlias

from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.dialect import Dialect, Siblings, Treatment
from sealegs.schema.keywords import ASSERTIONS, KEYWORDS
from sealegs.schema.lintvalues import Said, is_named, mismatched, mixed, unfit
from sealegs.schema.places import DEFINITIONS, Place, Places, types_of
from sealegs.schema.wellformed import malformed

__all__ = [
    "COMBINATORS",
    "OPEN_OR_CLOSED",
    "STRUCTURE",
    "Violation",
    "at_place",
    "rules_at",
    "strangers",
    "treatment",
]

_Node: TypeAlias = "Mapping[str, Json]"

_ANNOTATIONS = frozenset({"title", "description", "default"})
_ROOT_ONLY = frozenset({"$defs", "definitions", "$schema", "$id"})
STRUCTURE = frozenset({"properties", "required", "additionalProperties", *DEFINITIONS})
_SCALARS = ("string", "integer", "number", "boolean", "null", None)
_SIMPLE = ("string", "integer", "number", "boolean", "object", "array", None)
COMBINATORS = ("anyOf", "oneOf", "allOf", "enum", "not")


class Violation(NamedTuple):
    """Something that a provider refuses.

    Attributes:
        pointer: JSON Pointer (RFC 6901) of the subschema, or of the part of a definition.
        keyword: the keyword; empty where it is none.
        reason: why, in a few words.
    """

    pointer: str
    keyword: str
    reason: str


def at_place(found: Places, place: Place, dialect: Dialect) -> Iterator[Violation]:
    """Give what is refused at one place, references and bounds aside."""
    node = place.node
    if isinstance(node, bool):
        if not (dialect.shape.booleans or _closes(found, place)):
            yield Violation(place.pointer, "", "a schema must not be true or false")
        return
    if not is_object(node):
        yield Violation(place.pointer, "", "is no schema")
        return
    for keyword, reason in rules_at(node, place, dialect):
        yield Violation(place.pointer, keyword, reason)


def rules_at(node: _Node, place: Place, dialect: Dialect) -> Iterator[Said]:
    """Give what is refused of an object: the keyword, and why."""
    return chain.from_iterable(_rules(node, place, dialect))


def _rules(node: _Node, place: Place, dialect: Dialect) -> Iterator[Iterable[Said]]:
    """Give the rules that can say something of a schema; most have nothing to say of most."""
    root = place.parent < 0
    yield malformed(node)
    yield _keywords(node, dialect, root)
    named = node.get("type")
    if named not in _SIMPLE:
        yield _types(node, dialect, root)
    if dialect.shape.typed or not dialect.shape.anything:
        yield _said(node, place, dialect)
    if "anyOf" in node:
        yield _unions(node, dialect, root)
    if named not in _SCALARS or not STRUCTURE.isdisjoint(node):
        yield _objects(node, place, dialect)
        yield _names(node, place, dialect)
    if "enum" in node or "const" in node or dialect.shape.matching:
        yield _values(node, dialect)
    if root:
        yield _root(node, dialect)


OPEN_OR_CLOSED = ("additionalProperties", "unevaluatedProperties", "unevaluatedItems")


def _closes(found: Places, place: Place) -> bool:
    """Say whether a boolean is a mere switch: further properties, further items."""
    if place.keyword == "items":
        return place.node is False and "prefixItems" in found.every[place.parent].node
    return place.keyword in OPEN_OR_CLOSED


# ------------------------------------------------------------------ keywords


def treatment(keyword: str, dialect: Dialect) -> Treatment:
    """Say how a dialect takes a keyword, its value aside."""
    rule = dialect.keywords.get(keyword)
    if rule is not None:
        return rule.treatment
    return dialect.otherwise if keyword in KEYWORDS else dialect.unknown


def _keywords(node: _Node, dialect: Dialect, root: bool) -> Iterator[Said]:
    for keyword, value in node.items():
        taken, rule = treatment(keyword, dialect), dialect.keywords.get(keyword)
        if taken == "refused":
            yield keyword, "is not taken"
        elif taken == "kept" and rule is not None and (reason := unfit(value, rule)):
            yield keyword, reason
        if not root and keyword in dialect.shape.root_only:
            yield keyword, "may stand at the root alone"


# ------------------------------------------------------------------ types and unions


def _types(node: _Node, dialect: Dialect, root: bool) -> Iterator[Said]:
    shape, named = dialect.shape, node["type"]
    words: Sequence[Json] = named if is_array(named) else [named]
    if not shape.upper_types and any(
        isinstance(word, str) and word != word.lower() for word in words
    ):
        yield "type", "types are written small"
    if shape.null == "nullable" and "null" in types_of(node):
        yield "type", "null is said by nullable"
    if is_array(named) and not shape.type_lists:
        yield "type", "must be one type, not a list"
    if len(words) > 1 and not _is_nullable_enum(node):
        beside = strangers(node, "type", shape.list_siblings, root)
        yield from ((word, "must not stand beside several types") for word in beside)


def _is_nullable_enum(node: _Node) -> bool:
    types = types_of(node)
    return "enum" in node and len(types) == 2 and "null" in types


def strangers(node: _Node, keyword: str, siblings: Siblings, root: bool) -> list[str]:
    """Give the keywords that must not stand beside a keyword."""
    if siblings == "all":
        return []
    allowed = _ANNOTATIONS if siblings == "annotations" else frozenset[str]()
    return [
        word
        for word in node
        if word != keyword and word not in allowed and not (root and word in _ROOT_ONLY)
    ]


def _said(node: _Node, place: Place, dialect: Dialect) -> Iterator[Said]:
    """Judge whether a schema says enough of what it accepts."""
    shape = dialect.shape
    constrains = not ASSERTIONS.isdisjoint(node)
    if not constrains and (place.parent < 0 or place.keyword == "additionalProperties"):
        return
    stand_ins = _COMBINED if shape.typed_values else _TYPED
    if shape.typed and not any(word in node for word in stand_ins):
        yield "type", "must be there"
    elif not constrains and not shape.anything:
        yield "", "must say what is accepted"


_COMBINED = ("type", "$ref", "anyOf", "oneOf")
_TYPED = (*_COMBINED, "enum", "const")


def _unions(node: _Node, dialect: Dialect, root: bool) -> Iterator[Said]:
    shape = dialect.shape
    if "type" in node and not shape.union_type:
        yield "type", "must not stand beside anyOf"
    for word in strangers(node, "anyOf", shape.union_siblings, root):
        if word != "type":
            yield word, "must not stand beside anyOf"


def _root(node: _Node, dialect: Dialect) -> Iterator[Said]:
    shape = dialect.shape
    if shape.root_object and (is_array(node.get("type")) or types_of(node) != ("object",)):
        yield "type", "the root must say that it is an object"
    if not shape.root_combinators:
        yield from ((word, "must not stand at the root") for word in COMBINATORS if word in node)


# ------------------------------------------------------------------ objects, arrays, names, values


def _objects(node: _Node, place: Place, dialect: Dialect) -> Iterator[Said]:
    shape, types = dialect.shape, types_of(node)
    if shape.items and "array" in types and "items" not in node:
        yield "items", "an array must say its items"
    properties, others = _map(node, "properties"), node.get("additionalProperties")
    if not shape.maps and is_object(others) and others:
        yield "additionalProperties", "must not be a schema"
    if "object" in types or (not types and "properties" in node):
        if shape.closed and others is not False:
            yield "additionalProperties", "an object must say false here"
        if shape.filled_objects and place.parent >= 0 and not properties:
            yield "properties", "an object must declare a property"
    required = node.get("required")
    names = [word for word in required if isinstance(word, str)] if is_array(required) else []
    if shape.all_required and (missing := sorted(properties.keys() - set(names))):
        yield "required", f"every property must be required, {missing[0]!r} is not"
    if shape.declared and (unknown := [name for name in names if name not in properties]):
        yield "required", f"{unknown[0]!r} is no property"


def _names(node: _Node, place: Place, dialect: Dialect) -> Iterator[Said]:
    rules = [dialect.shape.keys, *([dialect.references.keys] if place.defined else [])]
    for name in _map(node, "properties"):
        if not all(is_named(name, rule) for rule in rules):
            yield "properties", f"{name!r} is no name that is taken"
    for keyword in ("$defs", "definitions"):
        for name in _map(node, keyword):
            if not is_named(name, dialect.references.names):
                yield keyword, f"{name!r} is no name that is taken"


def _values(node: _Node, dialect: Dialect) -> Iterator[Said]:
    shape = dialect.shape
    if shape.enums != "any":
        yield from mixed(node, shape.enums)
    if shape.matching:
        yield from mismatched(node)


def _map(node: _Node, keyword: str) -> Mapping[str, Json]:
    value = node.get(keyword)
    return value if is_object(value) else {}
