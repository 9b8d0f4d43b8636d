"""A reader of JSON that goes on where JSON ends, and says of each liberty how sure it is.

It keeps a stack of its own, so that no input is too deep for it to refuse, and looks at each
character a fixed number of times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sealegs.calls.frames import Frame, Notes, steps_of, unclosed
from sealegs.calls.pointers import pointer_to
from sealegs.calls.quoting import QUOTES, read_text
from sealegs.calls.repairs import Mend, RepairClass
from sealegs.calls.strictness import MAX_DEPTH, same
from sealegs.calls.words import read_word
from sealegs.errors import ArgumentError
from sealegs.jsons import Json

__all__ = ["Notes", "Read", "read_leniently"]

_GAP = re.compile(r"(?:\s|\ufeff|\u200b|//[^\n]*|/\*.*?\*/|#[^\n]*)*+", re.DOTALL)
_PLAIN_GAP = re.compile(r"[ \t\n\r]*+")
_BARE_KEY = re.compile(r"(?:(?!//|/\*|#)[^\s:,{}\[\]\"'“”‘’])+")
_STRAY = re.compile(r"[^\s,{}\[\]\"':]+|.", re.DOTALL)
_KEY = re.compile(r"(?:\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'|[\w$-]++)\s*+:", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Read:
    """What was read, and the index behind it."""

    value: Json
    end: int


def read_leniently(text: str, start: int, end: int, notes: Notes, *, whole: bool = True) -> Read:
    """Read one value.

    Args:
        text: the text that it stands in.
        start: where it begins.
        end: where the text ends.
        notes: gets what had to be mended.
        whole: false where the text was cut off, so that a missing closer means a missing rest.

    Raises:
        ArgumentError: no value begins here, or it is nested too deep.
    """
    return _Reader(text, start, end, notes, whole).read()


class _Reader:
    def __init__(self, text: str, start: int, end: int, notes: Notes, whole: bool) -> None:
        self.text, self.pos, self.end = text, start, end
        self.notes, self.whole = notes, whole
        self.stack: list[Frame] = []
        self.root: Json = None
        self.cut = False

    def read(self) -> Read:
        self._value()
        while self.stack:
            self._gap()
            if self.pos >= self.end:
                self._unclosed()
                break
            frame, char = self.stack[-1], self.text[self.pos]
            if char in "}]":
                self._close(char)
            elif char == ",":
                self._comma(frame)
            elif frame.state == "valued":
                self._no_comma(frame, char)
            elif frame.is_object and frame.state != "named":
                self._key(frame)
            else:
                self._value()
        return Read(self.root, self.pos)

    # ---------------------------------------------------------------- what there is

    def _value(self) -> None:
        char = self.text[self.pos] if self.pos < self.end else ""
        if char in ("{", "["):
            self._push({} if char == "{" else [])
        elif char in QUOTES and char:
            self._text_value()
        else:
            self._word()

    def _push(self, container: Json) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise ArgumentError("", f"nested deeper than {MAX_DEPTH} levels")
        self.stack.append(Frame(container))
        self.pos += 1

    def _text_value(self) -> None:
        read = read_text(self.text, self.pos, self.end)
        for repair, what in read.mends:
            self._note(repair, what)
        self.pos = read.end
        if not read.closed:
            self._cut()
        self._put(read.value)

    def _word(self) -> None:
        word = read_word(self.text, self.pos, self.end)
        if word is None:
            if not self.stack:
                raise ArgumentError("", "no JSON value")
            self._stray()
            return
        self.pos = word.end
        if word.what is not None:
            self._note(word.repair, word.what)
        if self.pos >= self.end and not word.sure:
            self._cut()
        self._put(word.value)

    def _key(self, frame: Frame) -> None:
        if self.text[self.pos] in QUOTES:
            read = read_text(self.text, self.pos, self.end, key=True)
            frame.key, self.pos = read.value, read.end
            for repair, what in read.mends:
                self._note(repair, what)
        else:
            bare = _BARE_KEY.match(self.text, self.pos, self.end)
            if bare is None:
                self._stray()
                return
            frame.key, self.pos = bare[0], bare.end()
            self._note("lossless", "bare key")
        frame.state = "named"
        self._gap()
        if self.pos < self.end and self.text[self.pos] == ":":
            self.pos += 1
        elif self.pos < self.end:
            self._note("guess", "missing colon")

    def _comma(self, frame: Frame) -> None:
        if frame.state == "named":
            self._missing(frame)
        elif frame.state != "valued":
            # in an object nothing can have been left out; in an array a value can
            if frame.is_object:
                self._note_container("lossless", "extra comma")
            else:
                self._note("guess", "missing value")
        frame.state = "next"
        self.pos += 1

    def _missing(self, frame: Frame) -> None:
        self._note("guess", "missing value")
        self._put(None)
        frame.state = "valued"

    def _close(self, char: str) -> None:
        wanted = dict if char == "}" else list
        if not any(isinstance(frame.value, wanted) for frame in reversed(self.stack)):
            self._note_container("guess", "extra closer")
        else:
            while not isinstance(self.stack[-1].value, wanted):
                self._settle(self.stack[-1])
                self._note_container("unambiguous", unclosed(self.stack[-1]))
                self._pop()
        self._settle(self.stack[-1])
        self._pop()
        self.pos += 1

    def _settle(self, frame: Frame) -> None:
        if frame.state == "named":
            self._missing(frame)
        elif frame.state == "next":
            self._note_container("lossless", "trailing comma")

    # ---------------------------------------------------------------- what there is not

    def _no_comma(self, frame: Frame, char: str) -> None:
        if frame.is_object:
            follows = _KEY.match(self.text, self.pos, self.end) is not None
            sure = True
        else:
            before = frame.value[-1]
            follows = char in QUOTES or char in "{[" or char.isalnum() or char in "-+."
            sure = isinstance(before, (dict, list)) or char in "{["
        if follows:
            self._note("unambiguous" if sure else "guess", "missing comma")
            frame.state = "next"
        else:
            self._stray()

    def _stray(self) -> None:
        self._note("guess", "stray text")
        found = _STRAY.match(self.text, self.pos, self.end)
        self.pos = found.end() if found else self.end

    def _unclosed(self) -> None:
        """Close what the text's end leaves open.

        A list that nothing ends may have been meant to go on, and nobody would notice.
        """
        listing = any(not frame.is_object for frame in self.stack)
        if listing or self.stack[-1].state != "valued" or not self.whole:
            self._cut()
        while self.stack:
            frame = self.stack[-1]
            if not self.cut:
                self._note_container("unambiguous", unclosed(frame))
            self._pop()

    def _cut(self) -> None:
        if not self.cut:
            self._note("truncated", "cut off")
        self.cut = True

    # ---------------------------------------------------------------- keeping account

    def _put(self, value: Json) -> None:
        if not self.stack:
            self.root = value
            return
        frame = self.stack[-1]
        if frame.is_object:
            if frame.key in frame.value:
                equal = same(frame.value[frame.key], value)
                self._note("unambiguous" if equal else "guess", "repeated key")
            frame.value[frame.key] = value
        else:
            frame.value.append(value)
        frame.state = "valued"

    def _pop(self) -> None:
        self._put(self.stack.pop().value)

    def _note(self, repair: RepairClass, what: Mend) -> None:
        self.notes.add(pointer_to(steps_of(self.stack)), repair, what)

    def _note_container(self, repair: RepairClass, what: Mend) -> None:
        self.notes.add(pointer_to(steps_of(self.stack[:-1])), repair, what)

    def _gap(self) -> None:
        text, start = self.text, self.pos
        found = _PLAIN_GAP.match(text, start, self.end)
        self.pos = found.end() if found else start
        if self.pos >= self.end or not (
            text[self.pos] in "/#\ufeff\u200b" or text[self.pos].isspace()
        ):
            return
        found = _GAP.match(text, self.pos, self.end)
        passed = found[0] if found else ""
        if passed:
            comment = "/" in passed or "#" in passed
            self._note("lossless", "comment" if comment else "white space")
            self.pos += len(passed)
        if text.startswith("/*", self.pos, self.end):
            self._cut()  # a comment without an end
            self.pos = self.end
