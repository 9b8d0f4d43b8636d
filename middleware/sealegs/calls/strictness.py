"""JSON read strictly: one spelling of each value, no name twice, nesting bounded."""

from __future__ import annotations

import json
import math
import re

import msgspec

from sealegs.errors import ArgumentError
from sealegs.jsons import Json, is_array, is_object

__all__ = ["MAX_DEPTH", "MAX_SIZE", "NOT_JSON", "is_container", "read_strictly", "same"]

MAX_DEPTH = 200
"""How deep arguments may be nested; beyond lie the recursion limits of what reads and checks."""

MAX_SIZE = 2_000_000
"""How many characters the arguments of one call may have."""


class _NotJson:
    """What there is where there is no JSON; ``None`` is JSON."""


NOT_JSON = _NotJson()

_decode = msgspec.json.Decoder().decode
_NAME_END = re.compile(r'"[ \t\n\r]*:')


def read_strictly(text: str) -> Json:
    r"""Read JSON text; give `NOT_JSON` where it is none, or where an object has a name twice.

    >>> read_strictly('{"a": 123456789012345678901234567890}')
    {'a': 123456789012345678901234567890}
    >>> read_strictly('{"a": 1, "\\u0061": 2}') is NOT_JSON, read_strictly("NaN") is NOT_JSON
    (True, True)

    Raises:
        ArgumentError: it is too large or nested too deep.
    """
    if len(text) > MAX_SIZE:
        raise ArgumentError("", f"longer than {MAX_SIZE} characters")
    try:
        value = _decode(text)
    except (ValueError, RecursionError):
        return _slowly(text)
    if not is_container(value):
        return value
    names, depth = _measured(value)
    if depth > MAX_DEPTH:
        raise ArgumentError("", f"nested deeper than {MAX_DEPTH} levels")
    if names and len(_NAME_END.findall(text)) != names:
        return _slowly(text)  # a name twice, or a text that looks as if it were one
    return value


def is_container(value: Json) -> bool:
    """Say whether a value is an object or an array."""
    return isinstance(value, (dict, list))


def same(one: Json, other: Json) -> bool:
    """Say whether two values are the same JSON: ``1``, ``1.0`` and ``true`` are three.

    >>> same({"a": 1, "b": [None]}, {"b": [None], "a": 1}), same(1, True)
    (True, False)
    """
    work = [(one, other)]
    while work:
        left, right = work.pop()
        if left is right:
            continue
        if type(left) is not type(right):
            return False
        if is_object(left):
            if left.keys() != right.keys():
                return False
            work.extend((left[name], right[name]) for name in left)
        elif is_array(left):
            if len(left) != len(right):
                return False
            work.extend(zip(left, right, strict=True))
        elif left != right:
            return False
    return True


def _slowly(text: str) -> Json:
    try:
        value = json.loads(
            text, object_pairs_hook=_once, parse_constant=_refuse, parse_float=_finite
        )
    except (ValueError, RecursionError):
        return NOT_JSON
    if is_container(value) and _measured(value)[1] > MAX_DEPTH:
        raise ArgumentError("", f"nested deeper than {MAX_DEPTH} levels")
    return value


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name stands twice")
    return value


def _refuse(constant: str) -> Json:
    raise ValueError(f"{constant} is not JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(f"{digits} is out of range")
    return value


def _measured(value: Json) -> tuple[int, int]:
    """Count the names of all objects together, and the levels of nesting."""
    names, depth = 0, 0
    level: list[Json] = [value]
    while level:
        below: list[Json] = []
        for node in level:
            if is_object(node):
                names += len(node)
                below.extend(filter(is_container, node.values()))
            else:
                below.extend(filter(is_container, node))
        depth += 1
        level = below
    return names, depth
