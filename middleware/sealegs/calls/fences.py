"""Where text is code or reasoning, so that no call can begin in it.

Markdown's fences and code spans are followed as models write them, in one pass and without looking
ahead. Two things differ from CommonMark for that: a code span ends with its line, and indented text
is no code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import msgspec

from sealegs.calls.following import alternatives, beginnings
from sealegs.calls.parsing import Opener

__all__ = ["Halt", "Walker"]

_Mode: TypeAlias = Literal["text", "span", "info", "fence", "hidden"]
"""Plain text, a code span, the line that opens a fence, a fenced block, reasoning."""

_LINE = 200
"""How much of a line's beginning is remembered."""

_RUN = 64
"""The most backticks that are taken together."""

_BEFORE_FENCE = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?[ \t]*\Z")
_MAY_CLOSE = re.compile(r"[ \t>]*(`+|~+)[ \t\r]*\Z")
_RUNS = rf"`{{1,{_RUN}}}|~{{1,{_RUN}}}|\\`"
_RUNS_BEGUN = rf"`{{1,{_RUN - 1}}}|~{{1,{_RUN - 1}}}|\\"
_SPAN = re.compile(rf"`{{1,{_RUN}}}|\n")
_INFO = {"`": re.compile(r"`|\n"), "~": re.compile(r"\n")}


class Halt(msgspec.Struct, frozen=True):
    """How far a walk came.

    Attributes:
        scanned: what stands before it is decided.
        free: what stands before it may leave.
        opener: the opener that stands at ``scanned``; empty: more text is needed.
    """

    scanned: int
    free: int
    opener: str = ""


@dataclass(frozen=True, slots=True)
class _Marks:
    """What is looked for in plain text, compiled."""

    dull: re.Pattern[str]
    all: re.Pattern[str]
    others: re.Pattern[str]
    begun: re.Pattern[str]
    longest: int


@lru_cache(maxsize=256)
def _marks(openers: tuple[str, ...], hidden: tuple[str, ...]) -> _Marks:
    others = f"{alternatives(hidden)}|{_RUNS}"
    begun = rf"(?:{beginnings((*openers, *hidden))}|{_RUNS_BEGUN})\Z"
    firsts = "".join(sorted({text[0] for text in (*openers, *hidden, "`", "~", "\\", "\n", "\r")}))
    return _Marks(
        re.compile(f"[^{re.escape(firsts)}]*"),
        re.compile(f"{alternatives((*openers, *hidden))}|{_RUNS}"),
        re.compile(others),
        re.compile(begun),
        max(_RUN, *map(len, (*openers, *hidden))),
    )


@lru_cache(maxsize=256)
def _closing(closers: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Compile what finds one of the texts, and what finds its beginning at the end of a piece."""
    return re.compile(alternatives(closers)), re.compile(rf"(?:{beginnings(closers)})\Z")


class Walker:
    """Walks through text from opener to opener, passing by code and reasoning."""

    __slots__ = (
        "_closers",
        "_fence",
        "_fresh",
        "_hidden",
        "_line",
        "_marks",
        "_mode",
        "_openers",
        "_returning",
        "_waiting",
    )

    def __init__(self, openers: tuple[Opener, ...], hidden: Mapping[str, tuple[str, ...]]) -> None:
        """Begin at a text's beginning.

        Args:
            openers: what calls begin with.
            hidden: what reasoning begins with, and what may end it.
        """
        self._openers = {opener.text: opener for opener in openers}
        self._hidden = hidden
        self._marks = _marks(tuple(self._openers), tuple(hidden))
        self._closers: tuple[str, ...] = ()
        self._returning = False  # what ends the reasoning may begin a call
        self._mode: _Mode = "text"
        self._fence = "`"
        self._line = ""  # the current line's beginning
        self._fresh = True  # nothing was said yet
        self._waiting = -1  # where something may have begun; negative: not looked for

    def walk(self, text: str, blind: int, *, last: bool) -> Halt:
        """Go on through text.

        Args:
            text: begins where the last walk had scanned to.
            blind: openers that begin before it do not count.
            last: whether no more text will come.
        """
        position, self._waiting = 0, len(text) if last else -1
        while position < len(text):
            mode = self._mode
            if mode == "text":
                stop, opener = self._plain(text, position, blind)
                if opener:
                    return Halt(stop, stop, opener)
            else:
                stop = self._guarded(text, position, last=last)
            if stop == position and self._mode == mode:
                break
            position = stop
        return Halt(position, self._free(text, position, blind))

    def dull(self, piece: str) -> bool:
        """Take a piece if it stands in plain text, on one line, and nothing can begin in it."""
        if self._mode != "text" or not self._marks.dull.fullmatch(piece):
            return False
        if len(self._line) < _LINE:
            self._line = (self._line + piece)[:_LINE]
        self._fresh = False
        return True

    def called(self) -> None:
        """Take note that a call stood where the last opener was found."""
        self._line = ""

    def _cut_off(self, text: str, position: int, start: int) -> int:
        """Find where something may have begun that the text's end cuts off, up to ``start``."""
        if start < len(text) - self._marks.longest:
            return start
        if self._waiting < position:
            hit = self._marks.begun.search(text, max(position, len(text) - self._marks.longest))
            self._waiting = hit.start() if hit else len(text)
        return min(start, self._waiting)

    def _plain(self, text: str, position: int, blind: int) -> tuple[int, str]:
        """Go on through plain text to the next mark; give the place, and an opener if it is one."""
        hit = self._marks.all.search(text, position)
        start = hit.start() if hit else len(text)
        stop = self._cut_off(text, position, start)
        if hit is None or stop < start or stop == self._waiting:
            return self._pass(text, position, stop), ""
        self._pass(text, position, start)
        if opener := self._openers.get(hit[0]):
            if start >= blind and self._placed(opener):
                return start, opener.text
            hit = self._marks.others.match(text, start)
        end = hit.end() if hit else start + 1
        self._mark(hit[0] if hit else "")
        self._pass(text, start, end, visible=self._mode != "hidden")
        return end, ""

    def _mark(self, mark: str) -> None:
        """Enter what a mark begins."""
        if mark in self._hidden:
            self._mode, self._closers = "hidden", self._hidden[mark]
            self._returning = any(map(self._begins, self._closers))
        elif mark[:1] in {"`", "~"}:
            self._fence = mark
            if len(mark) >= 3 and _BEFORE_FENCE.match(self._line):
                self._mode = "info"
            elif mark[0] == "`":
                self._mode = "span"

    def _placed(self, opener: Opener) -> bool:
        if opener.place == "start":
            return self._fresh
        return opener.place == "anywhere" or not self._line.strip()

    def _free(self, text: str, position: int, blind: int) -> int:
        """Find what must be held from ``position`` on: what is an opener, or may become one."""
        if self._mode != "text":
            return position if self._mode == "hidden" and self._returning else len(text)
        for start in range(max(position, blind, len(text) - self._marks.longest), len(text)):
            tail = text[start:]
            for opener in self._openers.values():
                if (opener.text.startswith(tail) or tail.startswith(opener.text)) and (
                    self._placed(opener) if start == position else opener.place == "anywhere"
                ):
                    return start
        return len(text)

    def _guarded(self, text: str, position: int, *, last: bool) -> int:
        """Go on through code or reasoning; give the place, the same where more text is needed."""
        if self._mode == "hidden":
            return self._through_hidden(text, position, last=last)
        if self._mode == "span":
            return self._through_span(text, position, last=last)
        if self._mode == "info":
            return self._through_info(text, position)
        return self._through_fence(text, position)

    def _through_span(self, text: str, position: int, *, last: bool) -> int:
        hit = _SPAN.search(text, position)
        if hit is None:
            return self._pass(text, position, len(text))
        run = len(hit[0])
        if not last and hit[0] != "\n" and hit.end() == len(text) and run < _RUN:
            return self._pass(text, position, hit.start())
        if hit[0] == "\n" or run == len(self._fence):
            self._mode = "text"
        return self._pass(text, position, hit.end())

    def _through_info(self, text: str, position: int) -> int:
        hit = _INFO[self._fence[0]].search(text, position)
        if hit is None:
            return self._pass(text, position, len(text))
        if hit[0] == "`":  # a fence's first line has none; so it is a span
            self._mode = "span"
            return self._through_span(text, self._pass(text, position, hit.start()), last=False)
        self._mode = "fence"
        return self._pass(text, position, hit.end())

    def _through_fence(self, text: str, position: int) -> int:
        end = text.find("\n", position)
        if end < 0:
            return self._pass(text, position, len(text))
        self._pass(text, position, end)
        closing = _MAY_CLOSE.match(self._line)
        if closing and closing[1].startswith(self._fence):
            self._mode = "text"
        return self._pass(text, end, end + 1)

    def _through_hidden(self, text: str, position: int, *, last: bool) -> int:
        whole, begun = _closing(self._closers)
        hit = whole.search(text, position)
        if hit is None:
            start = max(position, len(text) - max(map(len, self._closers)))
            part = None if last else begun.search(text, start)
            return self._pass(text, position, part.start() if part else len(text), visible=False)
        self._mode = "text"
        stop = hit.start() if self._begins(hit[0]) else hit.end()
        self._pass(text, position, stop, visible=False)
        self._line = ""
        return stop

    def _begins(self, closer: str) -> bool:
        """Say whether what ends reasoning may begin a call, or reasoning again."""
        return any(mark.startswith(closer) for mark in (*self._openers, *self._hidden))

    def _pass(self, text: str, start: int, end: int, *, visible: bool = True) -> int:
        """Take note of text that was passed; give its end."""
        piece = text[start:end]
        _, found, tail = piece.rpartition("\n")
        self._line = (tail if found else self._line + tail)[:_LINE]
        if visible and self._fresh and piece and not piece.isspace():
            self._fresh = False
        return end
