"""Whether a schema's keywords may stand beside each other as they do."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from sealegs.jsons import Json, is_array
from sealegs.schema.keywords import ASSERTIONS
from sealegs.schema.rewrites.kinds import SCALARS, TYPED, fits, kind_of
from sealegs.schema.rewrites.rules import Rules

__all__ = ["BESIDE", "Need", "kinds", "matching", "root_stands", "shape_needs", "stands"]


class Need(IntEnum):
    """What a schema needs; more includes less."""

    NOTHING = 0
    REWRITES = 1
    ENCODINGS = 2


_COMBINATORS = ("anyOf", "oneOf", "allOf", "not", "enum", "const")
_UNION_OWN = frozenset({"anyOf", "type", "$defs"})
_STANDS_IN = ("$ref", "anyOf", "enum", "const")
BESIDE = frozenset({"title", "description", "default"})
"""Annotations that may stand beside what takes annotations only."""


def kinds(node: Mapping[str, Json]) -> tuple[str, ...]:
    """Give the types that a schema names."""
    kind = node.get("type")
    return (kind,) if isinstance(kind, str) else tuple(kind or ())


def root_stands(schema: Json, rules: Rules) -> bool:
    """Say whether the root is of a form that a dialect takes there."""
    shape = rules.shape
    if shape.root_object and schema.get("type") != "object":
        return False
    return shape.root_combinators or not any(word in schema for word in _COMBINATORS)


def stands(node: dict[str, Json], rules: Rules) -> bool:
    """Say whether a schema's keywords may stand beside each other as they do."""
    for keyword in ("allOf", "oneOf"):
        if keyword in node and not rules.takes(keyword, node[keyword]):
            return False
    if "const" in node and not rules.takes("const", node["const"]):
        return False
    if "required" in node and (rules.shape.declared or not rules.shape.open):
        declared = node.get("properties", ())
        if any(name not in declared for name in node["required"]):
            return False
    return shape_needs(node, rules, "") is Need.NOTHING


def shape_needs(node: dict[str, Json], rules: Rules, keyword: str) -> Need:
    """Say what a schema needs for its keywords to be able to stand beside each other."""
    shape = rules.shape
    if not shape.anything and keyword != "additionalProperties":
        merged = "allOf" in node or "oneOf" in node
        if not merged and not any(w in ASSERTIONS and rules.takes(w, node[w]) for w in node):
            return Need.ENCODINGS
    typed = ("type", "$ref", "anyOf") if shape.typed_values else ("type", *_STANDS_IN)
    if shape.typed and not any(word in node for word in typed):
        return Need.ENCODINGS
    kind = node.get("type")
    if kind == "null" and shape.null == "nullable":
        return Need.ENCODINGS
    need = Need.NOTHING
    if is_array(kind) and not _list_fits(node, kind, rules):
        need = Need.REWRITES if SCALARS.issuperset(kind) else Need.ENCODINGS
    if "anyOf" in node and not _union_fits(node, rules):
        need = Need.REWRITES
    if "$ref" in node and not _reference_fits(node, rules):
        need = Need.REWRITES
    if shape.matching and not matching(node):
        need = Need.REWRITES
    return need


def _list_fits(node: Mapping[str, Json], kinds: list[str], rules: Rules) -> bool:
    shape = rules.shape
    if not shape.type_lists or (shape.null == "nullable" and "null" in kinds):
        return False
    if shape.list_siblings == "all" or len(kinds) < 2:
        return True
    if "enum" in node and len(kinds) == 2 and "null" in kinds:
        return True
    return _beside(node, frozenset({"type", "$defs"}), shape.list_siblings)


def _beside(node: Mapping[str, Json], own: frozenset[str], allowed: str) -> bool:
    others = [word for word in node if word not in own]
    if allowed == "none":
        return not others
    return allowed == "all" or all(word in BESIDE for word in others)


def _union_fits(node: Mapping[str, Json], rules: Rules) -> bool:
    shape = rules.shape
    if "type" in node and not shape.union_type:
        return False
    most = rules.dialect.bounds.branches
    if most is not None and len(node["anyOf"]) > most:
        return False
    return _beside(node, _UNION_OWN, shape.union_siblings)


def _reference_fits(node: Mapping[str, Json], rules: Rules) -> bool:
    return _beside(node, frozenset({"$ref", "$defs"}), rules.dialect.references.siblings)


def matching(node: Mapping[str, Json]) -> bool:
    """Say whether a schema's keywords fit its types."""
    types = kinds(node)
    if not types:
        return True
    for keyword in node:
        about = TYPED.get(keyword)
        if about and about not in types and not (about == "number" and "integer" in types):
            return False
    values = [*node.get("enum", ()), *([node["default"]] if "default" in node else [])]
    if not all(fits(kind_of(value), types) for value in values):
        return False
    if types == ("integer",) and any(
        word in node and kind_of(node[word]) != "integer" for word in ("minimum", "maximum")
    ):
        return False
    return not any(
        least in node and most in node and node[least] > node[most]
        for least, most in (
            ("minimum", "maximum"),
            ("minLength", "maxLength"),
            ("minItems", "maxItems"),
        )
    )
