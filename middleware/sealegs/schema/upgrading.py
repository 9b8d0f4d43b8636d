"""One schema object of any draft becomes one of 2020-12, in place; its subschemas stay as they are.

What older drafts, OpenAPI 3.0, Gemini and BFCL say in another way is said in the way of 2020-12.
Subschemas move with the keyword that holds them, and are upgraded in their own turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.drafts import Draft
from sealegs.schema.keywords import KEYWORDS
from sealegs.schema.repairing import FITS, FORMATS, Log, repair, type_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["REFERENCES", "read_schema", "upgrade"]

REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
"""The keywords that refer to other schemas."""

_GONE = frozenset(
    ("$schema", "$id", "id", "$anchor", "$comment", "$vocabulary", "$dynamicAnchor")
    + ("$recursiveAnchor", "$defs", "definitions")
)
_TELLING = frozenset(
    ("title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly")
)
_BLIND_TO_NULL = frozenset(
    ("enum", "const", "not", "anyOf", "allOf", "oneOf", "if", "then", "else", *REFERENCES)
)

Made: TypeAlias = "list[dict[str, Json]]"
"""Objects that were made here and need no upgrade; only what they hold does."""


_Step: TypeAlias = "Callable[[dict[str, Json], Draft, Log, Made], None]"


def upgrade(node: dict[str, Json], draft: Draft, log: Log) -> Made:
    """Upgrade one schema object in place.

    Args:
        node: a shallow copy; the containers in it are never changed, only replaced.
        draft: the draft by which it is read.
        log: takes what could not be read as it stands.

    Returns:
        The objects below it that were made here.
    """
    odd = [key for key, value in node.items() if not _stays(key, value)]
    if not odd and not draft.named:
        return []
    made: Made = []
    _drop_unknown(node, draft, log)
    for key in odd:
        if key not in node:
            continue
        if key in _GONE and (key != "id" or isinstance(node[key], str)):
            del node[key]
        elif key in _STEPS:
            _STEPS[key](node, draft, log, made)
        elif key in FITS:
            repair(node, key, log)
    if draft.hides_contains and "contains" in node:
        _hide_contains(node, made)
    if "nullable" in node:
        _nullable(node, draft, log, made)
    return made


def _stays(key: str, value: Json) -> bool:
    fits = FITS.get(key)
    if fits is not None:
        return fits(value)
    return key not in _GONE and key not in _STEPS


def read_schema(value: Json) -> Json:
    """Read what stands where a schema should: an object or ``False``; ``None`` where it is none.

    >>> read_schema(True), read_schema(False), read_schema("string"), read_schema(3)
    ({}, False, {'type': 'string'}, None)
    """
    if value is True:
        return {}
    if isinstance(value, str) and type_names(value):
        return {"type": value}
    return value if value is False or is_object(value) else None


# ------------------------------------------------------------------------------ whole objects


def _drop_unknown(node: dict[str, Json], draft: Draft, log: Log) -> None:
    if draft.lone_references and isinstance(node.get("$ref"), str):
        for key in [key for key in node if key in KEYWORDS and key not in _KEPT_BESIDE]:
            value = node.pop(key)
            if key not in _GONE:
                log.dropped(node, key, value, f"{draft.name} reads nothing beside $ref")
        return
    for key in [key for key in node if key in draft.unknown]:
        log.dropped(node, key, node.pop(key), f"{draft.name} does not know this keyword")


_KEPT_BESIDE = _TELLING | {"$ref"}


def _put(node: dict[str, Json], key: str, **instead: Json) -> None:
    """Put other keywords where one stands."""
    items = list(node.items())
    node.clear()
    for name, value in items:
        if name != key:
            node.setdefault(name, value)
            continue
        for other, what in instead.items():
            node[other] = what


def _conjoin(node: dict[str, Json], key: str, keyword: str, value: Json, made: Made) -> None:
    """Put a constraint where a keyword stands, without harm to one of the same name."""
    if keyword not in node or keyword == key:
        _put(node, key, **{keyword: value})
        return
    wrapped = {keyword: value}
    made.append(wrapped)
    others = node.get("allOf")
    if is_array(others):
        del node[key]
        node["allOf"] = [*others, wrapped]
    else:
        _put(node, key, allOf=[wrapped])


def _hide_contains(node: dict[str, Json], made: Made) -> None:
    """Keep ``contains`` from telling ``unevaluatedItems`` anything, as it did not in 2019-09."""
    inner: dict[str, Json] = {"contains": node["contains"]}
    inner |= {key: node.pop(key) for key in ("minContains", "maxContains") if key in node}
    outer: dict[str, Json] = {"not": inner}
    made += [inner, outer]
    _conjoin(node, "contains", "not", outer, made)


# ----------------------------------------------------------------------------- single keywords


def _items(node: dict[str, Json], draft: Draft, log: Log, made: Made) -> None:
    """``items`` as a list, and what follows it."""
    items = node.get("items")
    rest = node.pop("additionalItems", None)
    if not is_array(items):
        if rest is not None and not (isinstance(rest, bool) and rest):
            log.dropped(node, "additionalItems", rest, "means nothing without a list of items")
        return
    instead: dict[str, Json] = {"prefixItems": items} if items else {}
    if rest is not None:
        instead["items"] = rest
    if "prefixItems" in node:
        log.widened(node, "items", items, "prefixItems stands beside a list of items")
        instead.pop("prefixItems", None)
    elif draft.named and draft.year >= 2020:
        log.reread(node, "items", items, "a list of items is prefixItems in 2020-12")
    _put(node, "items", **instead)


def _dependencies(node: dict[str, Json], draft: Draft, log: Log, made: Made) -> None:
    value = node["dependencies"]
    if not is_object(value):
        del node["dependencies"]
        log.widened(node, "dependencies", value, "no object")
        return
    names: dict[str, Json] = dict(node.get("dependentRequired") or {})
    schemas: dict[str, Json] = dict(node.get("dependentSchemas") or {})
    for name, needed in value.items():
        if isinstance(needed, str) or is_array(needed):
            more = [needed] if isinstance(needed, str) else list(needed)
            names[name] = list(dict.fromkeys([*names.get(name, ()), *map(str, more)]))
        elif name in schemas:
            schemas[name] = {"allOf": [schemas[name], needed]}
            made.append(schemas[name])
        else:
            schemas[name] = needed
    instead: dict[str, Json] = {}
    if names:
        instead["dependentRequired"] = names
    if schemas:
        instead["dependentSchemas"] = schemas
    for key in instead:
        node.pop(key, None)
    _put(node, "dependencies", **instead)


def _exclusive(bound: str, exclusive: str) -> _Step:
    def step(node: dict[str, Json], draft: Draft, log: Log, made: Made) -> None:
        value = node[exclusive]
        if not isinstance(value, bool):
            repair(node, exclusive, log)
            if exclusive in node and draft.named and draft.year <= 4:
                log.reread(node, exclusive, value, f"{draft.name} takes a boolean here")
            return
        if bound in node and not FITS[bound](node[bound]):
            repair(node, bound, log)
        del node[exclusive]
        if value and bound in node:
            _put(node, bound, **{exclusive: node[bound]})
        if draft.named and draft.year > 4:
            log.reread(node, exclusive, value, f"{draft.name} takes a number here")

    return step


def _required(node: dict[str, Json], draft: Draft, log: Log, made: Made) -> None:
    """``required`` as a boolean; whoever holds the object has read it (see `canonical`)."""
    value = node["required"]
    if not isinstance(value, bool):
        repair(node, "required", log)
        return
    del node["required"]
    if draft.year != 3 and value:
        log.reread(node, "required", value, "said of a property, it belongs to the object")


def _divisible(node: dict[str, Json], draft: Draft, log: Log, made: Made) -> None:
    if "multipleOf" in node:
        _conjoin(node, "divisibleBy", "multipleOf", node["divisibleBy"], made)
        return
    _put(node, "divisibleBy", multipleOf=node["divisibleBy"])
    if not FITS["multipleOf"](node["multipleOf"]):
        repair(node, "multipleOf", log)


def _extends(node: dict[str, Json], draft: Draft, log: Log, made: Made) -> None:
    value = node["extends"]
    more = value if is_array(value) else [value]
    if not more or not all(is_object(one) for one in more):
        del node["extends"]
        log.widened(node, "extends", value, "no schema")
    elif is_array(node.get("allOf")):
        del node["extends"]
        node["allOf"] = [*node["allOf"], *more]
    else:
        _put(node, "extends", allOf=list(more))


def _disallow(node: dict[str, Json], draft: Draft, log: Log, made: Made) -> None:
    value = node["disallow"]
    union = _union(value, made)
    if union is None:
        del node["disallow"]
        log.widened(node, "disallow", value, "no type that JSON Schema knows")
        return
    _conjoin(node, "disallow", "not", union, made)


def _type(node: dict[str, Json], draft: Draft, log: Log, made: Made) -> None:
    value = node["type"]
    schemas = [one for one in (value if is_array(value) else [value]) if is_object(one)]
    if not schemas or type_names([one for one in value if not is_object(one)] or "any") is None:
        repair(node, "type", log)
        return
    union = _union(value, made)
    if not union:
        del node["type"]
    else:
        made.remove(union)
        _conjoin(node, "type", "anyOf", union["anyOf"], made)


def _union(value: Json, made: Made) -> dict[str, Json] | None:
    """Give the schema of draft 3's unions of types and schemas; ``None`` where it is none."""
    members = value if is_array(value) else [value]
    types = type_names([one for one in members if not is_object(one)] or ["null"])
    schemas = [one for one in members if is_object(one)]
    if types is None or not members:
        return None
    if not types:
        union: dict[str, Json] = {}
    elif len(schemas) == len(members):
        union = {"anyOf": schemas}
    else:
        named: dict[str, Json] = {"type": types[0] if len(types) == 1 else types}
        union = {"anyOf": [named, *schemas]} if schemas else named
        made.append(named)
    if not any(one is union for one in made):
        made.append(union)
    return union


def _example(node: dict[str, Json], draft: Draft, log: Log, made: Made) -> None:
    example = node["example"]
    others = node.get("examples")
    if is_array(others):
        del node["example"]
        node["examples"] = others if example in others else [example, *others]
    else:
        node.pop("examples", None)
        _put(node, "example", examples=[example])


def _format(node: dict[str, Json], draft: Draft, log: Log, made: Made) -> None:
    value = node["format"]
    if isinstance(value, str):
        node["format"] = FORMATS[value]
    else:
        repair(node, "format", log)


def _nullable(node: dict[str, Json], draft: Draft, log: Log, made: Made) -> None:
    value = node.pop("nullable")
    if draft.named:
        log.dropped(node, "nullable", value, f"{draft.name} does not know this keyword")
        return
    if value not in (True, "true", "True"):
        return
    blind = [key for key in node if key in _BLIND_TO_NULL]
    types = node.get("type")
    if blind in ([], ["enum"]) and "type" in node:
        names = [types] if isinstance(types, str) else list(types)
        node["type"] = names if "null" in names else [*names, "null"]
    if blind == ["enum"]:
        if None not in node["enum"]:
            node["enum"] = [*node["enum"], None]
            log.reread(node, "nullable", value, "null does not stand in the enum beside it")
    elif blind == ["anyOf"] and not _asserting(node, "anyOf"):
        null: dict[str, Json] = {"type": "null"}
        if null not in node["anyOf"]:
            made.append(null)
            node["anyOf"] = [*node["anyOf"], null]
            log.reread(node, "nullable", value, "OpenAPI gives it a meaning only beside type")
    elif blind:
        _or_null(node, value, log, made)


def _asserting(node: dict[str, Json], but: str) -> bool:
    return any(
        key != but and key in KEYWORDS and KEYWORDS[key].role in ("assertion", "applicator")
        for key in node
    )


def _or_null(node: dict[str, Json], value: Json, log: Log, made: Made) -> None:
    inner = {key: held for key, held in node.items() if key not in _TELLING}
    null: dict[str, Json] = {"type": "null"}
    made += [inner, null]
    outer = {key: held for key, held in node.items() if key in _TELLING}
    node.clear()
    node.update(outer, anyOf=[inner, null])
    log.reread(node, "nullable", value, "OpenAPI gives it a meaning only beside type")


_STEPS: Mapping[str, _Step] = {
    "items": _items,
    "additionalItems": _items,
    "dependencies": _dependencies,
    "exclusiveMinimum": _exclusive("minimum", "exclusiveMinimum"),
    "exclusiveMaximum": _exclusive("maximum", "exclusiveMaximum"),
    "required": _required,
    "divisibleBy": _divisible,
    "extends": _extends,
    "disallow": _disallow,
    "type": _type,
    "example": _example,
    "format": _format,
    "nullable": lambda node, draft, log, made: None,
}
"""What to do where a keyword's value does not stay as it is."""
