r"""Strings as models write them: quotes of several kinds, raw newlines, escapes that are none.

A quote that stands where no string can end is taken as part of the text. That is a guess.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from sealegs.calls.repairs import Mend, RepairClass

__all__ = ["QUOTES", "Text", "read_text"]

QUOTES = frozenset("\"'“”„‟‘’‚‛")
"""What a string may begin with."""

_DOUBLE = frozenset('“”„‟"')
_SINGLE = frozenset("‘’‚‛'")
_CLOSERS = {'"': frozenset('"'), "'": frozenset("'")} | {
    quote: _DOUBLE if quote in _DOUBLE else _SINGLE for quote in "“”„‟‘’‚‛"
}
_STOPS = {opener: re.compile(rf"[\\{''.join(sorted(ends))}]") for opener, ends in _CLOSERS.items()}

_PLAIN = re.compile(r'"([^"\\\x00-\x1f]*)"')
_CONTROL = re.compile(r"[\x00-\x1f]")

# what may follow a string: a separator, a closer, the end, a comment; or, where a comma was
# forgotten, another string that is itself followed by one of these
_QUOTED = r'"(?:[^"\\]|\\.)*+"|\'(?:[^\'\\]|\\.)*+\''
_BEHIND = re.compile(rf"\s*+(?:[,:}}\]]|\Z|//|/\*|#|(?:{_QUOTED})\s*+[,:}}\]])", re.DOTALL)

_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
    r"|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|U([0-9a-fA-F]{8})|(.)|\Z)",
    re.DOTALL,
)
_NAMED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "/": "/"}
_DRIVE = re.compile(r"[A-Za-z]:\\")


@dataclass(frozen=True, slots=True)
class Text:
    """A string that was read.

    Attributes:
        value: what it says.
        end: the index behind it.
        closed: false where the text ended first.
        mends: what was mended in it.
    """

    value: str
    end: int
    closed: bool = True
    mends: tuple[tuple[RepairClass, Mend], ...] = ()


def read_text(text: str, start: int, end: int, *, key: bool = False) -> Text:
    r"""Read the string that begins with the quote at ``start``; a key ends at the first quote.

    >>> read_text('"a\\d"', 0, 5)
    Text(value='a\\d', end=5, closed=True, mends=(('lossless', 'bad escape'),))
    """
    plain = _PLAIN.match(text, start, end)
    if plain and (key or _BEHIND.match(text, plain.end(), end)):
        return Text(plain[1], plain.end())
    mends: list[tuple[RepairClass, Mend]] = []
    opener = text[start]
    if opener != '"':
        mends.append(("lossless", "single quotes" if opener == "'" else "smart quotes"))
    stop, inner = _closer(text, start, end, key=key)
    if inner:
        mends.append(("guess", "unescaped quote"))
    closed = stop < end
    value, more = _unescaped(text[start + 1 : stop], python=opener == "'")
    return Text(value, stop + closed, closed, tuple(mends + more))


def _closer(text: str, start: int, end: int, *, key: bool) -> tuple[int, bool]:
    """Find the quote that ends a string, and whether quotes were passed that do not."""
    closers, stops = _CLOSERS[text[start]], _STOPS[text[start]]
    index, inner = start + 1, False
    while (found := stops.search(text, index, end)) is not None:
        index = found.end()
        if found[0] not in closers:
            index += 1
        elif key or _BEHIND.match(text, index, end):
            return found.start(), inner
        else:
            inner = True
    return end, inner


def _unescaped(body: str, *, python: bool) -> tuple[str, list[tuple[RepairClass, Mend]]]:
    mends: list[tuple[RepairClass, Mend]] = []
    if _CONTROL.search(body):
        mends.append(("lossless", "raw control character"))
    if "\\" not in body:
        return body, mends
    strict = _strictly(body)
    if strict is not None:
        return strict, mends
    escapes = _Escapes(python)
    value = _ESCAPE.sub(escapes.read, body)
    return value, mends + escapes.mends(body)


def _strictly(body: str) -> str | None:
    try:
        value = json.loads(f'"{body}"', strict=False)
    except ValueError:
        return None
    return value if isinstance(value, str) else None


class _Escapes:
    r"""Reads escapes; one that JSON does not know stands for itself, backslash and all.

    In single quotes Python's escapes are meant, for its ``repr`` writes such strings. In double
    quotes ``\x41`` may be either. A backslash that is doubtful in one place is so in all: beside
    ``\d``, a ``\b`` may be meant as it stands; in a Windows path, ``\n`` may.
    """

    def __init__(self, python: bool) -> None:
        self.python = python
        self.odd = self.doubtful = self.rare = self.common = False

    def read(self, found: re.Match[str]) -> str:
        high, low, unit, byte, wide, other = found.groups()
        if high is not None:
            return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
        if unit is not None:
            return chr(int(unit, 16))
        if byte is not None or wide is not None:
            return self._python(found[0], int(byte or wide, 16))
        if other in _NAMED:
            self.rare |= other in "bf"
            self.common |= other in "nrt"
            return _NAMED[other]
        if other == "'":
            self.odd |= not self.python
            return "'"
        self.odd = True
        return found[0]

    def _python(self, escape: str, code: int) -> str:
        self.odd |= not self.python
        self.doubtful |= not self.python
        return chr(code) if self.python and code <= 0x10FFFF else escape

    def mends(self, body: str) -> list[tuple[RepairClass, Mend]]:
        if not self.odd:
            return []
        path = self.common and _DRIVE.search(body) is not None
        sure = not (self.doubtful or self.rare or path)
        return [("lossless" if sure else "guess", "bad escape")]
