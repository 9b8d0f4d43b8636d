"""Finding calls in a text that arrives in pieces.

Text leaves at once. Held is only what may begin a call: the beginning of an opener at the end of
what came, then the region until it is known where it ends; and line breaks, which belong to a call
if one follows (`sealegs.calls.spacing`). What turns out to be no call leaves as it came.

For any way of cutting a text the same leaves: a whole text is one ``feed`` and ``close``. The work
is linear in the text's length.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from sealegs.calls.fences import Walker
from sealegs.calls.parsing import Boundary, Cut, ParsedCall, ToolCallParser
from sealegs.calls.spacing import Spacing
from sealegs.jsons import Json

__all__ = ["LIMIT", "Scanned", "Scanner", "scan"]

LIMIT = 1024 * 1024
"""A region that is longer is given up, and stays text; in characters."""

_BLOCK = 4096
"""Long pieces are taken in blocks, so that regions that fail do not copy what follows them."""


class Scanned(msgspec.Struct, frozen=True):
    """What was found.

    Attributes:
        text: what may leave as text now.
        calls: whole calls, in order.
    """

    text: str
    calls: tuple[ParsedCall, ...] = ()


class Scanner:
    """Finds the calls of one text. Made fresh for each.

    Args:
        parser: of the model's own syntax.
        schemas: the tools' names as the model knows them, and their schemas as it saw them.
    """

    __slots__ = (
        "_blind",
        "_boundary",
        "_calls",
        "_given",
        "_parser",
        "_region",
        "_said",
        "_schemas",
        "_size",
        "_spacing",
        "_text",
        "_walker",
    )

    def __init__(self, parser: ToolCallParser, schemas: Mapping[str, Json]) -> None:
        self._parser, self._schemas = parser, schemas
        self._walker = Walker(parser.openers, parser.hidden)
        self._spacing = Spacing()
        self._text = ""  # not yet decided
        self._given = 0  # how much of it has left already
        self._blind = 0  # how much of it is no call
        self._boundary: Boundary | None = None
        self._region: list[str] = []
        self._size = 0
        self._said: list[str] = []
        self._calls: list[ParsedCall] = []

    @property
    def held(self) -> int:
        """How many characters are held."""
        return len(self._text) - self._given + self._size + self._spacing.held

    @property
    def _idle(self) -> bool:
        """Whether nothing is held, and nothing is known that could change plain text."""
        return not self._text and self._boundary is None and self._spacing.still

    def feed(self, piece: str) -> Scanned:
        """Take the next piece of the text."""
        if self._idle and piece.strip() and self._walker.dull(piece):
            self._spacing.spoken()
            return Scanned(piece)
        for start in range(0, len(piece), _BLOCK):
            self._text += piece[start : start + _BLOCK]
            self._drive(last=False)
        return self._taken()

    def close(self) -> Scanned:
        """Take the text's end; give what was held."""
        if self._text or self._boundary is not None:
            self._drive(last=True)
        self._said.append(self._spacing.close())
        return self._taken()

    def _taken(self) -> Scanned:
        found = Scanned("".join(self._said), tuple(self._calls))
        self._said, self._calls = [], []
        return found

    def _drive(self, *, last: bool) -> None:
        """Go on as far as the text allows."""
        going = True
        while going:
            going = self._walk(last=last) if self._boundary is None else self._follow(last=last)

    def _walk(self, *, last: bool) -> bool:
        """Go to the next opener; say whether there is one."""
        halt = self._walker.walk(self._text, self._blind, last=last)
        if halt.free > self._given:
            self._said.append(self._spacing.say(self._text[self._given : halt.free]))
            self._given = halt.free
        behind = halt.scanned + len(halt.opener)
        self._text = self._text[behind:]
        self._given = max(0, self._given - behind)
        self._blind = max(0, self._blind - behind)
        if halt.opener:
            self._boundary = self._parser.follow(halt.opener)
            self._region, self._size = [halt.opener], len(halt.opener)
        return bool(halt.opener)

    def _follow(self, *, last: bool) -> bool:
        """Follow the region; say whether its end is known."""
        assert self._boundary is not None
        piece = self._text[: LIMIT - self._size]
        cut = self._boundary.feed(piece) if piece else None
        self._text = self._text[len(piece) :]
        self._region.append(piece)
        self._size += len(piece)
        if cut is None and self._size >= LIMIT:
            cut = Cut(self._size, call=False)
        if cut is None and last:
            cut = self._boundary.close()
        if cut is not None:
            self._end(cut)
        return cut is not None

    def _end(self, cut: Cut) -> None:
        """Have a region read that has ended; what is no call goes back to be walked through."""
        text = "".join((*self._region, self._text))
        self._boundary, self._region, self._size = None, [], 0
        calls = None
        if cut.call:
            calls = self._parser.parse(text[: cut.at], self._schemas, whole=cut.whole)
        if not calls:
            self._text, self._blind = text, cut.at
            return
        self._text, self._blind = text[cut.at :], 0
        self._calls += calls
        self._spacing.call()
        self._walker.called()


def scan(text: str, parser: ToolCallParser, schemas: Mapping[str, Json]) -> Scanned:
    """Find the calls of a whole text."""
    scanner = Scanner(parser, schemas)
    first, rest = scanner.feed(text), scanner.close()
    return Scanned(first.text + rest.text, (*first.calls, *rest.calls))
