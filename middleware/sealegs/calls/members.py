"""The members of a JSON object that may be broken, as they stand in its text.

A call is often written as an object with a name and arguments. Only these two have to be told
apart here; the arguments' own text is left as it is, whatever is wrong with it, for
`sealegs.calls` to repair and to say so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Member", "Members", "members", "unquoted", "value_end"]

_STRING = re.compile(r'"(?:[^"\\]|\\.)*+("?)|' r"'(?:[^'\\]|\\.)*+('?)", re.DOTALL)
_BORING = re.compile(r"[^\"'{}\[\]]+")
_SCALAR = re.compile(r"[^,}\]\s]+")
_GAP = re.compile(r"[\s,]*")
_KEY = re.compile(r"""[^\s:,{}\[\]"']+""")
_COLON = re.compile(r"\s*:\s*")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Member:
    """One member's value.

    Attributes:
        text: as it stands in the object's text.
        whole: whether its end was seen.
    """

    text: str
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Members:
    """What could be read of an object.

    Attributes:
        values: key to value; of a key that occurs twice, the last.
        end: the index behind the object, or behind what could be read of it.
        whole: whether the object's end was seen.
    """

    values: Mapping[str, Member]
    end: int
    whole: bool


def members(text: str, start: int = 0) -> Members | None:
    r"""Read the members of the object that begins at ``start``; ``None`` where none does.

    >>> found = members("{'name': \"f\", 'arguments': {'a': [1,]}, }")
    >>> found.values["name"].text, found.values["arguments"].text, found.whole
    ('"f"', "{'a': [1,]}", True)
    """
    if not text.startswith("{", start):
        return None
    values: dict[str, Member] = {}
    at = start + 1
    while True:
        at = _skip(_GAP, text, at)
        if at >= len(text):
            return Members(values, at, whole=False)
        if text[at] == "}":
            return Members(values, at + 1, whole=True)
        key, at = _key(text, at)
        colon = _COLON.match(text, at)
        if not key or colon is None:
            return Members(values, at, whole=False)
        end, whole = value_end(text, colon.end())
        values[key] = Member(text[colon.end() : end], whole)
        at = end


def value_end(text: str, start: int) -> tuple[int, bool]:
    """Find where a value ends, and say whether its end was seen.

    Brackets of both kinds close each other, for broken JSON mixes them up.

    >>> value_end('{"a": "}"} tail', 0), value_end("12", 0), value_end("[1, 2", 0)
    ((10, True), (2, False), (5, False))
    """
    if start >= len(text):
        return start, False
    if text[start] in "\"'":
        return _string_end(text, start)
    if text[start] not in "{[":
        end = _skip(_SCALAR, text, start)
        return end, end < len(text)
    depth, at = 0, start
    while at < len(text):
        character = text[at]
        if character in "\"'":
            at, _ = _string_end(text, at)
            continue
        if character in "{[}]":
            depth += 1 if character in "{[" else -1
            at += 1
            if depth == 0:
                return at, True
            continue
        at = _skip(_BORING, text, at)
    return at, False


def unquoted(text: str) -> str | None:
    r"""Give what a string of JSON or Python spells; ``None`` where it is no whole string.

    >>> unquoted('"a\\n\\u00e9"'), unquoted("'it\\'s'"), unquoted('"a'), unquoted("12")
    ('a\né', "it's", None, None)
    """
    hit = _STRING.fullmatch(text)
    if hit is None or not (hit[1] or hit[2]):
        return None
    return _ESCAPE.sub(_character, text[1:-1])


def _character(hit: re.Match[str]) -> str:
    return chr(int(hit[1], 16)) if hit[1] else _ESCAPED.get(hit[2], hit[2])


def _string_end(text: str, start: int) -> tuple[int, bool]:
    hit = _STRING.match(text, start)
    if hit is None:  # a backslash is the last character
        return len(text), False
    return hit.end(), bool(hit[1] or hit[2])


def _key(text: str, at: int) -> tuple[str, int]:
    if text[at] in "\"'":
        end, _ = _string_end(text, at)
        return unquoted(text[at:end]) or "", end
    end = _skip(_KEY, text, at)
    return text[at:end], end


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    hit = pattern.match(text, at)
    return hit.end() if hit else at
