"""Values without quotes, as models write them: numbers and literals of several languages."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from sealegs.calls.repairs import Mend, RepairClass
from sealegs.errors import ArgumentError
from sealegs.jsons import Json

__all__ = ["Word", "read_word"]

_JSON: dict[str, Json] = {"true": True, "false": False, "null": None}
_OTHERS: dict[str, Json] = {**_JSON, "none": None}
_NUMBERLESS = frozenset({"NaN", "Infinity", "nan", "inf", "Inf"})

_WORD = re.compile(r"(?:(?!//|/\*|#)[^\s,:{}\[\]])+")
_BARE = re.compile(r"[^,{}\[\]\n]+")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_LOOSE = re.compile(
    r"[+-]?(?:0[xX][0-9a-fA-F]+"
    r"|(?:0|[1-9][0-9]*(?:_[0-9]+)*)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?"
    r"|\.[0-9]+(?:[eE][+-]?[0-9]+)?)"
)


@dataclass(frozen=True, slots=True)
class Word:
    """A value that stands without quotes.

    Attributes:
        value: the value.
        end: the index behind it.
        sure: whether the word is complete even where the text ends right behind it.
        repair: how sure the reading is.
        what: what was mended.
    """

    value: Json
    end: int
    sure: bool
    repair: RepairClass = "none"
    what: Mend | None = None


def read_word(text: str, start: int, end: int) -> Word | None:
    """Read the value that begins at ``start``; ``None`` where no value can begin.

    >>> read_word("True}", 0, 5)
    Word(value=True, end=4, sure=True, repair='lossless', what='python literal')
    """
    found = _WORD.match(text, start, end)
    if found is None:
        return None
    word, stop = found[0], found.end()
    return _literal(word, stop) or _number(word, stop) or _bare(text, start, end)


def _literal(word: str, stop: int) -> Word | None:
    if word in _JSON:
        return Word(_JSON[word], stop, True)
    if word.lower() in _OTHERS:
        return Word(_OTHERS[word.lower()], stop, True, "lossless", "python literal")
    if word.lstrip("+-") in _NUMBERLESS:
        return Word(None, stop, True, "guess", "not a number")
    return None


def _bare(text: str, start: int, end: int) -> Word | None:
    bare = _BARE.match(text, start, end)
    if bare is None:
        return None
    said = bare[0].rstrip()
    return Word(
        None if said == "undefined" else said, start + len(said), False, "guess", "bare value"
    )


def _number(word: str, stop: int) -> Word | None:
    strict = _NUMBER.fullmatch(word)
    if strict is None and not _LOOSE.fullmatch(word):
        return None
    try:
        value = _valued(word)
    except ValueError:
        raise ArgumentError("", f"a number of {len(word)} characters") from None
    if isinstance(value, float) and math.isinf(value):
        return Word(None, stop, False, "guess", "not a number")
    if strict:
        return Word(value, stop, False)
    return Word(value, stop, False, "lossless", "number spelling")


def _valued(word: str) -> int | float:
    if "x" in word.lower():
        return int(word, 16)
    digits = word.replace("_", "")
    return float(digits) if any(mark in digits for mark in ".eE") else int(digits)
