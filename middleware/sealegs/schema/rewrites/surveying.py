"""One look at a schema: whether a dialect takes it as it stands, and if not, what must be done."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import TypeAlias

from sealegs.jsons import Json
from sealegs.schema.keywords import ASSERTIONS, KEYWORDS
from sealegs.schema.rewrites.gathering import target
from sealegs.schema.rewrites.kinds import OBJECT_KEYWORDS, SCALARS, TYPED, fits, kind_of
from sealegs.schema.rewrites.rules import Rules

__all__ = ["BESIDE", "Need", "root_stands", "stands", "survey"]


class Need(IntEnum):
    """What a schema needs; more includes less."""

    NOTHING = 0
    REWRITES = 1
    ENCODINGS = 2


_COMBINATORS = ("anyOf", "oneOf", "allOf", "not", "enum", "const")
_STRUCTURE = frozenset({"$ref", "$defs", "type"})
_UNION_OWN = frozenset({"anyOf", "type", "$defs"})


def survey(
    schema: Json, rules: Rules, unkept: frozenset[str], circular: frozenset[str]
) -> tuple[Need, int, int]:
    """Say what a canonical schema needs to be taken; how many subschemas, and levels, it has."""
    need = Need.NOTHING if root_stands(schema, rules) else Need.REWRITES
    if unkept:
        need = max(need, Need.ENCODINGS if unkept & circular else Need.REWRITES)
    defs: Mapping[str, Json] = schema.get("$defs", {})
    if any(rules.definition(name) != name for name in defs):
        need = max(need, Need.REWRITES)
    plain = rules.plain
    size = levels = 0
    todo: list[_Below] = [(schema, "", 0, False)]
    while todo:
        node, keyword, depth, inner = todo.pop()
        size += 1
        levels = max(levels, depth + 1)
        if node.__class__ is not dict:
            need = max(need, _boolean(keyword, rules))
            continue
        if node.get("type") in _SIMPLE and plain.issuperset(node):
            continue
        _push(todo, node, depth + 1, inner=inner)
        if need is not Need.ENCODINGS:
            need = max(need, _of(node, rules, keyword, root=depth == 0, inner=inner))
            if rules.dialect.references.distinct and _repeats(node, defs):
                need = max(need, Need.REWRITES)
    return need, size, levels


_SIMPLE = ("string", "integer", "number", "boolean")
_HOLDS = {name: row.holds for name, row in KEYWORDS.items() if row.holds.startswith("schema")}
_Below: TypeAlias = "tuple[Json, str, int, bool]"
"""A subschema, the keyword that holds it, how many are around it, whether it is in a definition."""


def _push(todo: list[_Below], node: dict[str, Json], depth: int, *, inner: bool) -> None:
    for keyword, value in node.items():
        holds = _HOLDS.get(keyword)
        if holds is None:
            continue
        if holds == "schema":
            todo.append((value, keyword, depth, inner))
        elif holds == "schemas":
            todo += [(child, keyword, depth, inner) for child in value]
        else:
            within = inner or keyword == "$defs"
            todo += [(child, keyword, depth, within) for child in value.values()]


def _boolean(keyword: str, rules: Rules) -> Need:
    fine = rules.shape.booleans or keyword in _SWITCHES
    return Need.NOTHING if fine else Need.ENCODINGS


def _repeats(node: Json, defs: Mapping[str, Json]) -> bool:
    """Say whether something beside a reference stands in its target too."""
    reference = node.get("$ref") if isinstance(node, dict) else None
    found = target(reference, defs) if isinstance(reference, str) else None
    if found is None or not isinstance(found.schema, dict):
        return False
    return any(word in found.schema for word in node if word != "$ref")


def root_stands(schema: Json, rules: Rules) -> bool:
    """Say whether the root is of a form that a dialect takes there."""
    shape = rules.shape
    if shape.root_object and schema.get("type") != "object":
        return False
    return shape.root_combinators or not any(word in schema for word in _COMBINATORS)


def _of(node: dict[str, Json], rules: Rules, keyword: str, *, root: bool, inner: bool) -> Need:
    need = _keywords(node, rules)
    need = max(need, _shape(node, rules, keyword))
    kinds = _kinds(node)
    if "object" in kinds or not OBJECT_SET.isdisjoint(node):
        need = max(need, _object(node, rules, root=root, inner=inner))
    if "array" in kinds and "items" not in node and rules.shape.items:
        need = max(need, Need.REWRITES if rules.shape.anything else Need.ENCODINGS)
    if "enum" in node and not (node["enum"] and enum_fits(node["enum"], rules)):
        need = Need.ENCODINGS
    if "const" in node and not enum_fits([node["const"]], rules):
        need = Need.ENCODINGS
    if node.get("items") is False and "prefixItems" not in node and not rules.shape.booleans:
        need = Need.ENCODINGS
    return need


_SWITCHES = frozenset(
    {"additionalProperties", "unevaluatedProperties", "unevaluatedItems", "items"}
)
OBJECT_SET = frozenset(OBJECT_KEYWORDS)


def _kinds(node: Mapping[str, Json]) -> tuple[str, ...]:
    kind = node.get("type")
    return (kind,) if isinstance(kind, str) else tuple(kind or ())


def _keywords(node: Mapping[str, Json], rules: Rules) -> Need:
    need = Need.NOTHING
    for keyword, value in node.items():
        if keyword in ("patternProperties", "prefixItems", "enum", "const", "anyOf"):
            if not rules.takes(keyword, value):
                return Need.ENCODINGS if keyword != "const" else Need.REWRITES
        elif keyword == "additionalProperties" and value is False and not rules.shape.open:
            continue
        elif keyword in ASSERTIONS or keyword == "format":
            if keyword not in _STRUCTURE and not rules.takes(keyword, value):
                need = Need.REWRITES
        elif keyword != "$defs" and not rules.annotates(keyword, value):
            need = Need.REWRITES
        elif keyword in ("default", "examples") and not rules.takes(keyword, value):
            need = Need.REWRITES
    return need


def _shape(node: dict[str, Json], rules: Rules, keyword: str) -> Need:
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
    if isinstance(kind, list) and not _list_fits(node, kind, rules):
        need = Need.REWRITES if SCALARS.issuperset(kind) else Need.ENCODINGS
    if "anyOf" in node and not _union_fits(node, rules):
        need = Need.REWRITES
    if "$ref" in node and not _reference_fits(node, rules):
        need = Need.REWRITES
    if shape.matching and not matching(node):
        need = Need.REWRITES
    return need


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
    return _shape(node, rules, "") is Need.NOTHING


_STANDS_IN = ("$ref", "anyOf", "enum", "const")


def _list_fits(node: Mapping[str, Json], kinds: list[str], rules: Rules) -> bool:
    shape = rules.shape
    if not shape.type_lists or (shape.null == "nullable" and "null" in kinds):
        return False
    if shape.list_siblings == "all" or len(kinds) < 2:
        return True
    if "enum" in node and len(kinds) == 2 and "null" in kinds:
        return True
    return _beside(node, frozenset({"type", "$defs"}), shape.list_siblings)


BESIDE = frozenset({"title", "description", "default"})
"""Annotations that may stand beside what takes annotations only."""


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
    kinds = _kinds(node)
    if not kinds:
        return True
    for keyword in node:
        told = TYPED.get(keyword)
        if told and told not in kinds and not (told == "number" and "integer" in kinds):
            return False
    values = [*node.get("enum", ()), *([node["default"]] if "default" in node else [])]
    if not all(fits(kind_of(value), kinds) for value in values):
        return False
    if kinds == ("integer",) and any(
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


def _object(node: Mapping[str, Json], rules: Rules, *, root: bool, inner: bool) -> Need:
    shape = rules.shape
    properties = node.get("properties", {})
    required = node.get("required", ())
    beside = node.get("additionalProperties")
    need = Need.NOTHING
    if shape.closed and (beside is not False or "type" not in node):
        return Need.ENCODINGS
    if not shape.open and beside is None:
        free = "properties" not in node and not root
        maps = shape.maps and rules.takes("additionalProperties", {})
        if (free or rules.opens) and not maps:
            return Need.ENCODINGS
        if "type" not in node and not root:
            return Need.ENCODINGS
        need = Need.REWRITES
    if beside not in (None, False) and not shape.maps and (beside != {} or not shape.open):
        return Need.ENCODINGS
    if shape.all_required and len(required) < len(properties):
        return Need.ENCODINGS
    if shape.filled_objects and not properties and not root:
        return Need.ENCODINGS
    if any(rules.key(name, inner=inner) != name for name in properties):
        return Need.ENCODINGS
    missing = any(name not in properties for name in required)
    if missing and (shape.declared or not shape.open):
        need = Need.REWRITES if shape.anything else Need.ENCODINGS
    if "patternProperties" in node and not rules.knows("patternProperties"):
        return Need.ENCODINGS
    return need


def enum_fits(values: list[Json], rules: Rules) -> bool:
    """Say whether an enum holds only such values as the dialect takes."""
    rule = rules.shape.enums
    if rule == "any":
        return True
    if any(isinstance(value, (dict, list)) for value in values):
        return False
    if rule == "strings":
        return all(isinstance(value, str) and value for value in values)
    kinds = {"number" if kind_of(value) == "integer" else kind_of(value) for value in values}
    return rule != "alike" or len(kinds) < 2
