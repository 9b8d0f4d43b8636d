"""Keywords of older drafts, of OpenAPI and of Gemini, said in the way of 2020-12."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.drafts import Draft
from sealegs.schema.fitting import FITS, FORMATS, type_names
from sealegs.schema.noting import Log
from sealegs.schema.nulls import admit_null
from sealegs.schema.placing import Made, conjoin, put
from sealegs.schema.repairing import repair

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["STEPS"]

_Step: TypeAlias = "Callable[[dict[str, Json], Draft, Log, Made], None]"


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
    put(node, "items", **instead)


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
            more = [needed] if isinstance(needed, str) else needed
            new = (one for one in more if isinstance(one, str))
            names[name] = list(dict.fromkeys([*names.get(name, ()), *new]))
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
    put(node, "dependencies", **instead)


def _exclusive(bound: str, exclusive: str) -> _Step:
    def step(node: dict[str, Json], draft: Draft, log: Log, made: Made) -> None:
        value = node[exclusive]
        if not isinstance(value, bool):
            repair(node, exclusive, log)
            return
        del node[exclusive]
        if value and bound in node:
            put(node, bound, **{exclusive: node[bound]})
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
        conjoin(node, "divisibleBy", "multipleOf", node["divisibleBy"], made)
        return
    put(node, "divisibleBy", multipleOf=node["divisibleBy"])
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
        put(node, "extends", allOf=list(more))


def _disallow(node: dict[str, Json], draft: Draft, log: Log, made: Made) -> None:
    value = node["disallow"]
    union = _union(value, made)
    if union is None:
        del node["disallow"]
        log.widened(node, "disallow", value, "no type that JSON Schema knows")
        return
    conjoin(node, "disallow", "not", union, made)


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
        made[:] = [one for one in made if one is not union]
        conjoin(node, "type", "anyOf", union["anyOf"], made)


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
        put(node, "example", examples=[example])


def _format(node: dict[str, Json], draft: Draft, log: Log, made: Made) -> None:
    value = node["format"]
    if isinstance(value, str):
        node["format"] = FORMATS[value]
    else:
        repair(node, "format", log)


STEPS: Mapping[str, _Step] = {
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
    "nullable": admit_null,
}
"""What to do where a keyword's value does not stay as it is."""
