r"""JSON as models write it: read strictly where it is JSON, mended in classes where it is not.

>>> read_json('{"a": 1}').repairs
()
>>> read_json("Sure: {'a': True,}").value
{'a': True}
"""

from __future__ import annotations

import re

from sealegs.calls.leniency import Notes, Read, read_leniently
from sealegs.calls.quoting import QUOTES
from sealegs.calls.repairs import Parsed, Repair, RepairClass, worst
from sealegs.calls.strictness import NOT_JSON, read_strictly, same
from sealegs.calls.words import read_word
from sealegs.errors import ArgumentError
from sealegs.jsons import Json

__all__ = ["Parsed", "Repair", "RepairClass", "read_json", "worst"]

_MOST_REPEATS = 16

_BLANK = re.compile(r"[\s\ufeff\u200b]*+")
_FENCE = re.compile(r"(?:```|~~~)[\w+-]*+[ \t]*+(?:\r?\n|(?=[\[{\"']))\s*+")
_NAMED = re.compile(r"(?:\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+')\s*+:")
_LITERAL = re.compile(r"[+-]?[\w.]+\s*+\Z")
_CLOSERS = re.compile(r"[\s}\]]*+\Z")
# what is no prose, before or behind the value: a member, or what is left of a container
_PIECES = re.compile(r"""["']\s*+:|[}\]]|\A\s*+[,:"'\[]|[\[,]\s*+\Z""")


def read_json(text: str, *, whole: bool = True) -> Parsed:
    """Read JSON text, mending what is broken.

    What is around one object (prose, a fence) is left out. Of several objects that differ the first
    is given, as a guess.

    Args:
        text: what the model wrote.
        whole: false where the provider said that the text was cut off.

    Raises:
        sealegs.errors.ArgumentError: nothing can be made of it.
    """
    value = read_strictly(text)
    if value is not NOT_JSON:
        return Parsed(value)
    return _Mender(text, whole).read()


class _Mender:
    """Finds the value in a text that is not only that value."""

    def __init__(self, text: str, whole: bool) -> None:
        self.text, self.whole = text, whole
        self.end = len(text)
        self.notes = Notes()

    def read(self) -> Parsed:
        start = self._begin()
        read = self._value(start)
        if self._is_text(start) and self.text[read.end : self.end].strip():
            read = self._object_in_prose(start)
        self._behind(read)
        return Parsed(read.value, tuple(self.notes.repairs))

    def _is_text(self, start: int) -> bool:
        return self.text[start : start + 1] in QUOTES

    def _value(self, start: int) -> Read:
        return read_leniently(self.text, start, self.end, self.notes, whole=self.whole)

    def _begin(self) -> int:
        """Find where the value begins, and note what stands before it."""
        start = self._blank()
        head = self.text[start : start + 1]
        if _NAMED.match(self.text, start):
            # the brace was part of the prompt, or was lost
            self.text = self.text[:start] + "{" + self.text[start:]
            self.end += 1
            self.notes.add("", "guess", "missing opener")
            return start
        if head and (head in "{[" or head in QUOTES):
            return start
        fence = _FENCE.search(self.text, start)
        if fence is not None and self._opens(fence.end()):
            self.notes.add("", "lossless", "fence")
            self._before(start, fence.start())
            body = self.text.rstrip()
            if body.endswith(("```", "~~~")) and len(body) - 3 >= fence.end():
                self.end = len(body) - 3  # white space before it stays: it ends a number
            return fence.end()
        if _LITERAL.match(self.text, start) and self._is_literal(start):
            return start
        return self._brace(start)

    def _is_literal(self, start: int) -> bool:
        word = read_word(self.text, start, self.end)
        return word is not None and word.what != "bare value"

    def _opens(self, at: int) -> bool:
        char = self.text[at : at + 1]
        return bool(char) and (char in "{[" or char in QUOTES)

    def _blank(self) -> int:
        found = _BLANK.match(self.text)
        start = found.end() if found else 0
        if "\ufeff" in self.text[:start]:
            self.notes.add("", "lossless", "byte order mark")
        elif self.text[:start].strip(" \t\r\n"):
            self.notes.add("", "lossless", "white space")
        return start

    def _brace(self, start: int) -> int:
        brace = self.text.find("{", start)
        if brace < 0:
            raise ArgumentError("", "no JSON object")
        self._before(start, brace)
        return brace

    def _object_in_prose(self, start: int) -> Read:
        """Take what began with a quote for prose."""
        self.notes = Notes()
        return self._value(self._brace(start))

    def _before(self, start: int, end: int) -> None:
        lead = self.text[start:end].strip()
        if lead:
            self._prose(lead)

    def _prose(self, words: str) -> None:
        if _PIECES.search(words):
            self.notes.add("", "guess", "stray text")
        else:
            self.notes.add("", "lossless", "prose")

    # ---------------------------------------------------------------- what stands behind

    def _behind(self, read: Read) -> None:
        at = read.end
        for _ in range(_MOST_REPEATS):
            brace = self.text.find("{", at, self.end)
            self._rest(self.text[at : brace if brace >= 0 else self.end], last=brace < 0)
            if brace < 0:
                return
            after = self._again(brace, read.value)
            if after is None:
                return
            at = after
        self.notes.add("", "guess", "several objects")

    def _rest(self, rest: str, *, last: bool) -> None:
        bare = rest.strip()
        if bare in ("```", "~~~"):
            self.notes.add("", "lossless", "fence")
        elif last and bare == ",":
            self.notes.add("", "lossless", "extra comma")
        elif last and bare and _CLOSERS.match(bare):
            self.notes.add("", "unambiguous", "extra closer")
        elif bare:
            self._prose(bare)
        elif rest.strip(" \t\r\n"):
            self.notes.add("", "lossless", "white space")

    def _again(self, brace: int, value: Json) -> int | None:
        """Read the object that follows; give where the same ends, nothing for another."""
        notes = Notes()
        try:
            other = read_leniently(self.text, brace, self.end, notes, whole=self.whole)
        except ArgumentError:
            self.notes.add("", "guess", "stray text")
            return None
        if notes.worst in ("guess", "truncated") or not same(other.value, value):
            self.notes.add("", "guess", "several objects")
            return None
        self.notes.add("", "unambiguous", "repeated object")
        return other.end
