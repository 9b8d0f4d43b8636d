"""Whether the values in a schema are taken, and fit each other and the types beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TypeAlias

from sealegs.jsons import Json, is_array
from sealegs.schema.dialect import Keyword, NameRule
from sealegs.schema.keywords import KEYWORDS
from sealegs.schema.measuring import text_of
from sealegs.schema.places import types_of

__all__ = ["Said", "is_named", "mismatched", "mixed", "unfit"]

Said: TypeAlias = "tuple[str, str]"
"""A keyword, and why it is refused."""

_PAIRS = (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"))


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


# Sets inside sets, and operators between them: Python warns that their meaning will change.
_AMBIGUOUS = re.compile(r"\[\^?\[|--|&&|~~|\|\|")


def _compiles(pattern: str) -> bool:
    if _AMBIGUOUS.search(pattern) is not None:
        return False
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return True


def is_named(name: str, rule: NameRule) -> bool:
    """Say whether a name is one that is taken."""
    fits = not rule.pattern or _expression(rule.pattern).fullmatch(name) is not None
    return fits and len(name) <= rule.max_length and name not in rule.reserved


def unfit(value: Json, rule: Keyword) -> str:
    """Say why a value is not one that is taken; empty where it is."""
    if rule.values is not None and not any(_same(value, one) for one in rule.values):
        return f"only {', '.join(map(text_of, rule.values))} is taken"
    if not (rule.pattern or rule.unless or rule.compiles):
        return ""
    text = text_of(value)
    if rule.pattern and _expression(rule.pattern).fullmatch(text) is None:
        return "this value is not taken"
    if rule.unless and _expression(rule.unless).search(text) is not None:
        return "this value is not taken"
    return "" if not rule.compiles or _compiles(text) else "is no regular expression of Python's"


def _same(value: Json, other: Json) -> bool:
    return isinstance(value, bool) is isinstance(other, bool) and value == other


def kind(value: Json) -> str:
    """Give the type of a value; a whole number is an integer.

    >>> [kind(value) for value in (None, True, 2.0, 2.5, "a", [], {})]
    ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object']
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "integer" if isinstance(value, int) or value.is_integer() else "number"
    if isinstance(value, str):
        return "string"
    return "array" if is_array(value) else "object"


def mixed(node: Mapping[str, Json], rule: str) -> Iterator[Said]:
    """Judge the values of ``enum`` and ``const`` by themselves.

    Args:
        node: the schema.
        rule: `Shape.enums`.
    """
    values = node.get("enum")
    kinds = [kind(value) for value in values] if is_array(values) else []
    told = {"number" if one == "integer" else one for one in kinds}
    if not told.isdisjoint({"array", "object"}):
        yield "enum", "objects and arrays are not taken"
    elif rule == "strings" and is_array(values) and (told != {"string"} or "" in values):
        yield "enum", "only strings that are not empty are taken"
    elif rule == "alike" and len(told - ({"null"} if "null" in types_of(node) else set())) > 1:
        yield "enum", "all values must be of one type"
    if kind(node.get("const")) in ("array", "object"):
        yield "const", "objects and arrays are not taken"


def mismatched(node: Mapping[str, Json]) -> Iterator[Said]:
    """Judge whether each keyword fits the types beside it."""
    types = types_of(node)
    if not types:
        return
    for keyword in node:
        about = KEYWORDS[keyword].types if keyword in KEYWORDS else ()
        if about and not set(about).intersection(types):
            yield keyword, f"is not about {' or '.join(types)}"
    values = node.get("enum")
    for value in values if is_array(values) else []:
        if not _is_of(value, types):
            yield "enum", f"a {kind(value)} among values of another type"
            break
    if "default" in node and not _is_of(node["default"], types):
        yield "default", f"a {kind(node['default'])} is not of the type"
    if types == ("integer",):
        yield from _whole(node)
    for lower, upper in _PAIRS:
        if (
            _is_number(node.get(lower))
            and _is_number(node.get(upper))
            and node[lower] > node[upper]
        ):
            yield lower, f"is above {upper}"


def _whole(node: Mapping[str, Json]) -> Iterator[Said]:
    for keyword in ("minimum", "maximum"):
        if keyword in node and kind(node[keyword]) != "integer":
            yield keyword, "must be whole, as the type is"


def _is_of(value: Json, types: tuple[str, ...]) -> bool:
    found = kind(value)
    return found in types or (found == "integer" and "number" in types)


def _is_number(value: Json) -> bool:
    return kind(value) in ("integer", "number")
