"""One look at a schema: whether a dialect takes it as it stands, and if not, what must be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from sealegs.jsons import Json, is_object
from sealegs.schema.keywords import ASSERTIONS, KEYWORDS
from sealegs.schema.rewrites.gathering import target
from sealegs.schema.rewrites.kinds import OBJECT_KEYWORDS, kind_of
from sealegs.schema.rewrites.rules import Rules
from sealegs.schema.rewrites.standing import Need, matching, root_stands, shape_needs
from sealegs.schema.rewrites.standing import kinds as kinds_of

__all__ = ["survey"]


_STRUCTURE = frozenset({"$ref", "$defs", "type"})


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
        size += _push(todo, node, depth + 1, plain, inner=inner)
        if need is not Need.ENCODINGS and not _taken(node, rules, root=depth == 0, inner=inner):
            need = max(need, _of(node, rules, keyword, root=depth == 0, inner=inner))
            if rules.dialect.references.distinct and _repeats(node, defs):
                need = max(need, Need.REWRITES)
    return need, size, levels


_TEXT = ("-",)
_SIMPLE = ("string", "integer", "number", "boolean")
_HOLDS = {name: row.holds for name, row in KEYWORDS.items() if row.holds.startswith("schema")}
_Below: TypeAlias = "tuple[Json, str, int, bool]"
"""A subschema, the keyword that holds it, how many are around it, whether it is in a definition."""


def _push(
    todo: list[_Below], node: dict[str, Json], depth: int, plain: frozenset[str], *, inner: bool
) -> int:
    """Give those right below; plain scalars are only counted, as often as not the most of them."""
    count = 0
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
            last: _Below | None = None
            for child in value.values():
                last = (child, keyword, depth, within)
                known = child.__class__ is dict and child.get("type") in _SIMPLE
                if known and plain.issuperset(child):
                    count += 1
                    continue
                todo.append(last)
                last = None
            if last is not None:  # one of them tells how deep they are
                todo.append(last)
                count -= 1
    return count


def _taken(node: dict[str, Json], rules: Rules, *, root: bool, inner: bool) -> bool:
    """Say whether a common schema is surely taken as it is."""
    kind = node.get("type")
    if rules.shape.matching and not (_ALIKE.issuperset(node) or matching(node)):
        return False
    if kind in _SIMPLE:
        return rules.free.issuperset(node) and _plainly_valued(node, rules)
    if kind == "array":
        plain = rules.natural.issuperset(node) and OBJECT_SET.isdisjoint(node)
        return plain and node.get("items").__class__ is dict
    return (
        kind == "object"
        and not inner
        and (rules.natural | _BESIDE).issuperset(node)
        and "items" not in node
        and _plainly_closed(node, rules)
        and _object(node, rules, root=root, inner=False) is Need.NOTHING
    )


_ALIKE = frozenset(
    {
        *("type", "title", "description"),
        *("properties", "required", "additionalProperties", "items"),
    }
)
"""What fits every common type that it may stand beside here."""

_BESIDE = frozenset({"additionalProperties"})


def _plainly_valued(node: dict[str, Json], rules: Rules) -> bool:
    values = node.get("enum", _TEXT)
    if rules.shape.enums == "any":
        return bool(values)
    return "const" not in node and bool(values) and all(v and v.__class__ is str for v in values)


def _plainly_closed(node: dict[str, Json], rules: Rules) -> bool:
    """Say whether nothing stands in an object but that it is closed, where that may be said."""
    if "additionalProperties" not in node:
        return True
    beside = node["additionalProperties"]
    return beside is False and (not rules.shape.open or rules.takes("additionalProperties", beside))


def _boolean(keyword: str, rules: Rules) -> Need:
    fine = rules.shape.booleans or keyword in _SWITCHES
    return Need.NOTHING if fine else Need.ENCODINGS


def _repeats(node: Json, defs: Mapping[str, Json]) -> bool:
    """Say whether something beside a reference stands in its target too."""
    reference = node.get("$ref") if is_object(node) else None
    found = target(reference, defs) if isinstance(reference, str) else None
    if found is None or not is_object(found.schema):
        return False
    return any(word in found.schema for word in node if word != "$ref")


def _of(node: dict[str, Json], rules: Rules, keyword: str, *, root: bool, inner: bool) -> Need:
    need = _keywords(node, rules)
    need = max(need, shape_needs(node, rules, keyword))
    kinds = kinds_of(node)
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
        elif keyword in ("default", "examples"):
            need = need if rules.takes(keyword, value) else Need.REWRITES
        elif keyword != "$defs" and not rules.annotates(keyword, value):
            need = Need.REWRITES
    return need


def _object(node: Mapping[str, Json], rules: Rules, *, root: bool, inner: bool) -> Need:
    shape = rules.shape
    properties: Mapping[str, Json] = node.get("properties", {})
    required: list[str] = node.get("required", [])
    encoded = (
        shape.all_required and len(required) < len(properties),
        shape.filled_objects and not properties and not root,
        not rules.keeps(properties, inner=inner),
        "patternProperties" in node and not rules.knows("patternProperties"),
    )
    if any(encoded):
        return Need.ENCODINGS
    need = _openness(node, rules, root=root)
    missing = (shape.declared or not shape.open) and any(n not in properties for n in required)
    if missing:
        need = max(need, Need.REWRITES if shape.anything else Need.ENCODINGS)
    return need


def _openness(node: Mapping[str, Json], rules: Rules, *, root: bool) -> Need:
    """Say what an object needs for what may stand beside its properties."""
    shape, beside = rules.shape, node.get("additionalProperties")
    if shape.closed:
        closed = beside is False and "type" in node
        return Need.NOTHING if closed else Need.ENCODINGS
    if beside is None and not shape.open:
        free = "properties" not in node and not root
        maps = shape.maps and rules.takes("additionalProperties", {})
        typed = "type" in node or root
        said = typed and (maps or not (free or rules.opens))
        return Need.REWRITES if said else Need.ENCODINGS
    if beside not in (None, False) and not shape.maps and (beside != {} or not shape.open):
        return Need.ENCODINGS
    return Need.NOTHING


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
