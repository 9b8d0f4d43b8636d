"""What is made of a keyword's value that JSON Schema does not take: it is mended, or taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sealegs.jsons import Json, canonical, is_array, is_object
from sealegs.schema.fitting import (
    COUNTS,
    FITS,
    FLAGS,
    TEXTS,
    WIDEST,
    compiles,
    read_number,
    type_names,
)
from sealegs.schema.noting import Log

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["repair"]

_Mend: TypeAlias = "Callable[[dict[str, Json], str, Json, Log], None]"


def _mend_type(node: dict[str, Json], key: str, value: Json, log: Log) -> None:
    names = type_names(value)
    if names:
        node[key] = names[0] if len(names) == 1 else names
        if value not in (names, names[:1]) and not _only_repeats(value, names):
            log.reread(node, key, value, "another name for JSON Schema's types")
        return
    del node[key]
    if names is None or value == []:
        log.widened(node, key, value, "no type that JSON Schema knows")
    elif value not in ("any", ["any"]):
        log.reread(node, key, value, "stands for every type")


def _only_repeats(value: Json, names: list[str]) -> bool:
    return is_array(value) and set(value) == set(names)


def _mend_number(node: dict[str, Json], key: str, value: Json, log: Log) -> None:
    number = read_number(value)
    if number is not None and FITS[key](number):
        node[key] = number
        log.reread(node, key, value, "a number that is spelled as a string")
        return
    del node[key]
    log.widened(node, key, value, "no number that JSON Schema takes here")


def _mend_count(node: dict[str, Json], key: str, value: Json, log: Log) -> None:
    number = read_number(value)
    if number is not None and number == int(number) and 0 <= number < WIDEST:
        node[key] = int(number)
        if isinstance(value, str):
            log.reread(node, key, value, "a number that is spelled as a string")
        return
    del node[key]
    if number is not None and (key.startswith("min") == (number < 0)):
        log.dropped(node, key, value, "no value can break this bound")
    else:
        log.widened(node, key, value, "no count")


def _mend_flag(node: dict[str, Json], key: str, value: Json, log: Log) -> None:
    if isinstance(value, str) and value.lower() in ("true", "false"):
        node[key] = value.lower() == "true"
        log.reread(node, key, value, "a boolean that is spelled as a string")
        return
    del node[key]
    if key == "uniqueItems":
        log.widened(node, key, value, "no boolean")
    else:
        log.dropped(node, key, value, "no boolean")


def _mend_annotation(node: dict[str, Json], key: str, value: Json, log: Log) -> None:
    del node[key]
    log.dropped(node, key, value, "no string")


def _mend_pattern(node: dict[str, Json], key: str, value: Json, log: Log) -> None:
    del node[key]
    log.widened(node, key, value, "no regular expression that can be checked")


def _mend_patterns(node: dict[str, Json], key: str, value: Json, log: Log) -> None:
    if not is_object(value):
        _mend_map(node, key, value, log)
        return
    node[key] = {name: child for name, child in value.items() if compiles(str(name))}
    for name in value:
        if name not in node[key]:
            log.widened(node, key, name, "no regular expression that can be checked")
    # What such a property may be is not known, so it must not be refused as an undeclared one.
    for closing in ("additionalProperties", "unevaluatedProperties"):
        if closing in node:
            log.widened(node, closing, node.pop(closing), "a pattern beside it cannot be checked")


def _mend_reference(node: dict[str, Json], key: str, value: Json, log: Log) -> None:
    del node[key]
    log.widened(node, key, value, "no reference")


def _mend_map(node: dict[str, Json], key: str, value: Json, log: Log) -> None:
    if value == []:
        node[key] = {}
        log.reread(node, key, value, "an empty list in place of an empty object")
        return
    del node[key]
    log.widened(node, key, value, "no object")


def _mend_names(node: dict[str, Json], key: str, value: Json, log: Log) -> None:
    if is_array(value):
        names = list(dict.fromkeys(name for name in value if isinstance(name, str)))
        if any(not isinstance(name, str) for name in value):
            log.widened(node, key, value, "names must be strings")
    elif isinstance(value, str):
        names = [value]
        log.reread(node, key, value, "one name in place of a list")
    else:
        names = []
        log.widened(node, key, value, "no list of names")
    if names:
        node[key] = names
    else:
        del node[key]


def _mend_lists_of_names(node: dict[str, Json], key: str, value: Json, log: Log) -> None:
    if not is_object(value):
        _mend_map(node, key, value, log)
        return
    lists: dict[str, Json] = {}
    for name, names in value.items():
        if is_array(names):
            lists[name] = list(dict.fromkeys(one for one in names if isinstance(one, str)))
        elif isinstance(names, str):
            lists[name] = [names]
        if lists.get(name) != names:
            log.reread(node, key, {name: names}, "names must be strings, each given once")
    node[key] = lists


def _mend_schemas(node: dict[str, Json], key: str, value: Json, log: Log) -> None:
    if is_object(value):
        node[key] = [value]
        log.reread(node, key, "", "one schema in place of a list")
        return
    del node[key]
    if value == [] and key in ("allOf", "prefixItems"):
        log.dropped(node, key, value, "an empty list constrains nothing")
    else:
        log.widened(node, key, value, "no list of schemas")


def _mend_values(node: dict[str, Json], key: str, value: Json, log: Log) -> None:
    if is_array(value):
        kept: dict[bytes, Json] = {}
        for one in value:
            kept.setdefault(canonical(one), one)
        node[key] = list(kept.values())
        return
    if key == "enum":
        del node[key]
        log.widened(node, key, value, "no list of values")
        return
    node[key] = [value]
    log.reread(node, key, value, "one example in place of a list")


_REPAIRS: Mapping[str, _Mend] = {
    "type": _mend_type,
    "pattern": _mend_pattern,
    "patternProperties": _mend_patterns,
    "required": _mend_names,
    "dependentRequired": _mend_lists_of_names,
    **dict.fromkeys(("properties", "dependentSchemas"), _mend_map),
    **dict.fromkeys(("enum", "examples"), _mend_values),
    **dict.fromkeys(("anyOf", "allOf", "oneOf", "prefixItems"), _mend_schemas),
    **dict.fromkeys(
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), _mend_number
    ),
    **dict.fromkeys(COUNTS, _mend_count),
    **dict.fromkeys(FLAGS, _mend_flag),
    **dict.fromkeys((*TEXTS, "format"), _mend_annotation),
    **dict.fromkeys(("$ref", "$dynamicRef", "$recursiveRef"), _mend_reference),
}


def repair(node: dict[str, Json], key: str, log: Log) -> None:
    """Make a value fit, in place, or take its keyword out; and note it."""
    value = node[key]
    if value is None and key not in ("const", "default"):
        del node[key]
        log.dropped(node, key, value, "null in place of a value")
        return
    if mend := _REPAIRS.get(key):
        mend(node, key, value, log)
