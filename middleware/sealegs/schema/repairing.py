"""Values of keywords as JSON Schema wants them: which fit, and what is made of the others."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

import jsonschema_rs

from sealegs.jsons import Json, canonical, is_array, is_object
from sealegs.schema.keywords import TYPES
from sealegs.schema.report import Change, EnforcedBy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["FITS", "FORMATS", "Log", "Note", "repair", "type_names"]

_SCALARS = (str, int, float, bool, type(None))
_TYPES = frozenset(TYPES)
_WIDEST = 2**63

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


@dataclass(frozen=True, slots=True)
class Note:
    """What became of one keyword, of a node that has no place yet."""

    node: dict[str, Json]
    keyword: str
    value: Json
    change: Change
    enforced_by: EnforcedBy
    reason: str


@dataclass(slots=True)
class Log:
    """What could not be read as it stands, in the order in which it was found."""

    notes: list[Note] = field(default_factory=list[Note])

    def moved(self, old: dict[str, Json], new: dict[str, Json]) -> None:
        """Take note that what stood in one object stands in another now."""
        self.notes = [replace(n, node=new) if n.node is old else n for n in self.notes]

    def reread(self, node: dict[str, Json], keyword: str, value: Json, reason: str) -> None:
        """Note a value that is read as what it surely means."""
        self.notes.append(Note(node, keyword, value, "rewritten", "schema", reason))

    def dropped(self, node: dict[str, Json], keyword: str, value: Json, reason: str) -> None:
        """Note a keyword that constrained nothing, and is gone."""
        self.notes.append(Note(node, keyword, value, "dropped-annotation", "nobody", reason))

    def widened(self, node: dict[str, Json], keyword: str, value: Json, reason: str) -> None:
        """Note a constraint that nobody can read, and that nothing holds."""
        self.notes.append(Note(node, keyword, value, "widened", "nobody", reason))


# ------------------------------------------------------------------------------- what fits


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
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _WIDEST


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
    return (
        is_array(value)
        and bool(value)
        and all(isinstance(name, str) for name in value)
        and len(set(value)) == len(value)
    )


def _lists_of_names(value: Json) -> bool:
    return is_object(value) and all(names == [] or _names(names) for names in value.values())


def _values(value: Json) -> bool:
    return is_array(value) and all(isinstance(one, _SCALARS) for one in value) and _distinct(value)


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
    return is_object(value) and all(isinstance(key, str) and compiles(key) for key in value)


@functools.lru_cache(maxsize=4096)
def compiles(pattern: str) -> bool:
    """Say whether the run-time check can read a regular expression."""
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except ValueError:
        return False
    return True


FITS: Mapping[str, Callable[[Json], bool]] = {
    "type": _type,
    "description": _text,
    "title": _text,
    "properties": is_object,
    "required": _names,
    "items": _schema,
    "additionalProperties": _schema,
    "enum": _values,
    "const": _scalar,
    "default": _scalar,
    "examples": _list_of_scalars,
    "anyOf": _schemas,
    "allOf": _schemas,
    "oneOf": _schemas,
    "prefixItems": _schemas,
    "format": _format,
    "$ref": _text,
    "$dynamicRef": _text,
    "$recursiveRef": _text,
    "contentEncoding": _text,
    "contentMediaType": _text,
    "pattern": _pattern,
    "patternProperties": _patterns,
    "dependentSchemas": is_object,
    "dependentRequired": _lists_of_names,
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _number),
    "multipleOf": _positive,
    **dict.fromkeys(
        (
            *("minLength", "maxLength", "minItems", "maxItems"),
            *("minProperties", "maxProperties", "minContains", "maxContains"),
        ),
        _count,
    ),
    **dict.fromkeys(("uniqueItems", "readOnly", "writeOnly", "deprecated"), _flag),
    **dict.fromkeys(
        (
            *("not", "if", "then", "else", "contains", "propertyNames", "contentSchema"),
            *("unevaluatedItems", "unevaluatedProperties"),
        ),
        _schema,
    ),
}
"""For each keyword of 2020-12 that stays: whether a value can stay as it is."""

# -------------------------------------------------------------------------- what is made of it


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
    number = _read_number(value)
    if number is not None and FITS[key](number):
        node[key] = number
        log.reread(node, key, value, "a number that is spelled as a string")
        return
    del node[key]
    log.widened(node, key, value, "no number that JSON Schema takes here")


def _mend_count(node: dict[str, Json], key: str, value: Json, log: Log) -> None:
    number = _read_number(value)
    if number is not None and number == int(number) and 0 <= number < _WIDEST:
        node[key] = int(number)
        if isinstance(value, str):
            log.reread(node, key, value, "a number that is spelled as a string")
        return
    del node[key]
    if number is not None and (key.startswith("min") == (number < 0)):
        log.dropped(node, key, value, "no value can break this bound")
    else:
        log.widened(node, key, value, "no count")


def _read_number(value: Json) -> int | float | None:
    if isinstance(value, str):
        try:
            value = int(value) if value.strip().lstrip("-").isdecimal() else float(value)
        except ValueError:
            return None
    return value if _number(value) else None


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


REPAIRS: Mapping[str, _Mend] = {
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
    **{name: _mend_count for name, fits in FITS.items() if fits is _count},
    **{name: _mend_flag for name, fits in FITS.items() if fits is _flag},
    **{name: _mend_annotation for name, fits in FITS.items() if fits is _text},
    **dict.fromkeys(("$ref", "$dynamicRef", "$recursiveRef"), _mend_reference),
    "format": _mend_annotation,
}


def repair(node: dict[str, Json], key: str, log: Log) -> None:
    """Make a value fit, in place, or take its keyword out; and note it."""
    value = node[key]
    if value is None and key not in ("const", "default"):
        del node[key]
        log.dropped(node, key, value, "null in place of a value")
        return
    if mend := REPAIRS.get(key):
        mend(node, key, value, log)
