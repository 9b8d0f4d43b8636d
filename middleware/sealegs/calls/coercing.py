"""One value of the wrong type, made the right one where its spelling leaves no doubt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from sealegs.calls.admitting import type_of
from sealegs.calls.repairing import read_json
from sealegs.calls.repairs import Mend, Parsed, Repair, RepairClass
from sealegs.calls.strictness import same
from sealegs.errors import ArgumentError
from sealegs.jsons import Json

__all__ = ["as_one_of", "as_type", "as_whole", "read_scalar"]

_NUMBER = re.compile(r"\s*+[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?\s*+")
_LONGEST_NUMBER = 400
_EXACT = 2**63
_BOOLEANS = {"true": True, "false": False}
_NULLS = frozenset({"null", "none"})


@dataclass(frozen=True, slots=True)
class _Scalar:
    """A scalar that a text spells, or nothing."""

    value: Json
    what: Mend


def as_type(value: Json, types: Set[str]) -> Parsed | None:
    """Make a value one of some types; ``None`` where it cannot be.

    >>> as_type("3", {"integer"}).value, as_type("true", {"boolean"}).value
    (3, True)
    >>> as_type("[1]", {"array"}).repairs[0].what
    'double encoding'
    """
    if isinstance(value, str):
        found = _from_text(value, types)
    elif "string" in types and type_of(value) in ("integer", "number"):
        # an integer's digits are what was written; a decimal may have been written otherwise
        sure = type_of(value) == "integer"
        found = _mended(_digits(value), "unambiguous" if sure else "guess", "text for number")
    else:
        found = None
    if found is None and "array" in types and not isinstance(value, (list, type(None))):
        return _mended([value], "guess", "array of one")
    return found


def as_one_of(value: Json, options: Sequence[Json], *, recases: bool = False) -> Parsed | None:
    """Make a value one of a closed set; ``None`` where it is none, or could be several.

    >>> as_one_of("Celsius ", ["celsius", "kelvin"]).value
    'celsius'
    """
    if isinstance(value, str):
        texts = [one for one in options if isinstance(one, str)]
        folded = value.strip().casefold()
        found = [one for one in texts if one.strip().casefold() == folded]
        if found:
            if len(found) > 1:
                return None
            return _mended(found[0], "lossless" if recases else "unambiguous", "letter case")
    types = frozenset(type_of(one) for one in options) - {"array", "object"}
    coerced = as_type(value, types)
    if coerced is None or not any(_equal(coerced.value, one) for one in options):
        return None
    return coerced


def as_whole(value: float) -> int | None:
    """Give the integer that a decimal number stands for; ``None`` where it is none.

    >>> as_whole(120000.0), as_whole(0.5)
    (120000, None)
    """
    return int(value) if value.is_integer() and abs(value) <= _EXACT else None


def read_scalar(text: str, types: Set[str]) -> Json:
    """Read a text as a number, a boolean or null; the text itself where it is none of the types.

    >>> read_scalar("3", {"integer"}), read_scalar("None", {"null"}), read_scalar("x", {"integer"})
    (3, None, 'x')
    """
    found = _scalar(text, types)
    return text if found is None else found.value


def _from_text(text: str, types: Set[str]) -> Parsed | None:
    scalar = _scalar(text, types)
    if scalar is not None:
        return _mended(scalar.value, "unambiguous", scalar.what)
    if text.lstrip()[:1] in ("{", "["):
        return _unwrapped(text, types)
    return None


def _scalar(text: str, types: Set[str]) -> _Scalar | None:
    word = text.strip().lower() if len(text) <= _LONGEST_NUMBER else ""
    if word in _BOOLEANS and "boolean" in types:
        return _Scalar(_BOOLEANS[word], "boolean for text")
    if word in _NULLS and "null" in types:
        return _Scalar(None, "null for text")
    if word and _NUMBER.fullmatch(word) and types & {"integer", "number"}:
        number = _number(word, types)
        return None if number is None else _Scalar(number, "number for text")
    return None


def _number(word: str, types: Iterable[str]) -> int | float | None:
    if not any(mark in word for mark in ".e"):
        return int(word)
    value = float(word)
    whole = as_whole(value)
    if "number" in types:
        return value if abs(value) < float("inf") else None
    return whole


def _unwrapped(text: str, types: Set[str]) -> Parsed | None:
    try:
        inner = read_json(text)
    except ArgumentError:
        return None
    if type_of(inner.value) not in types & {"array", "object"}:
        return None
    return Parsed(inner.value, (Repair("", "unambiguous", "double encoding"), *inner.repairs))


def _digits(number: float) -> str:
    return str(number) if isinstance(number, int) else repr(number)


def _equal(one: Json, other: Json) -> bool:
    if type_of(one) in ("integer", "number") and type_of(other) in ("integer", "number"):
        return bool(one == other)
    return same(one, other)


def _mended(value: Json, repair: RepairClass, what: Mend) -> Parsed:
    return Parsed(value, (Repair("", repair, what),))
