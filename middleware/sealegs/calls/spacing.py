"""Whitespace around calls.

Models set calls off with line breaks, and so do the templates that write them back into the next
prompt. So whitespace next to a call belongs to the call's markup, and is only kept where text
follows: then the two texts stay as far apart as they were before the call. A text without calls is
never changed.

For this a run of whitespace from its first line break on is held until it is known what follows,
and all whitespace before anything is said.
"""

from __future__ import annotations

__all__ = ["Spacing"]

_LIMIT = 256
"""A run of whitespace that is longer leaves as text."""


class Spacing:
    """What is said, with whitespace next to calls held back or dropped."""

    __slots__ = ("_behind", "_held", "_loose", "_owed", "_said")

    def __init__(self) -> None:
        self._held = ""  # may be dropped
        self._owed = ""  # stood before a call; due where text follows
        self._behind = False  # a call was the last thing
        self._loose = False  # the run is too long to be held
        self._said = False

    @property
    def held(self) -> int:
        """How many characters are held that may still leave."""
        return len(self._held) + len(self._owed)

    @property
    def still(self) -> bool:
        """Whether text on one line that is not blank would leave as it comes."""
        return not (self._held or self._behind or self._loose)

    def say(self, text: str) -> str:
        """Take the next text; give what leaves now."""
        if not text:
            return ""
        text, self._held = self._held + text, ""
        if text.isspace():
            return self._blank(text)
        if self._behind:
            text = self._rejoined(text)
        self._said, self._loose = True, False
        return self._keep(text, _first_break(text, len(text.rstrip())))

    def spoken(self) -> None:
        """Take note of text on one line, not blank, that leaves as it came."""
        self._said = True

    def call(self) -> None:
        """Take note of a call."""
        if self._said and not self._behind:
            self._owed = self._held
        self._held, self._behind, self._loose = "", True, False

    def close(self) -> str:
        """Take the end; give what may leave."""
        left = "" if self._behind else self._held
        self._held = self._owed = ""
        return left

    def _blank(self, text: str) -> str:
        if self._behind:
            self._held = text[:_LIMIT]
            return ""
        if self._loose:
            return text
        return self._keep(text, _first_break(text, 0) if self._said else 0)

    def _keep(self, text: str, start: int) -> str:
        """Hold what stands from ``start`` on, if that is not too much."""
        if len(text) - start > _LIMIT:
            self._loose = self._said = True
            return text
        self._held = text[start:]
        return text[:start]

    def _rejoined(self, text: str) -> str:
        """Give the text behind a call, as far from the text before it as that was from the call."""
        bare = text.lstrip()
        gap = self._owed or text[: len(text) - len(bare)][:_LIMIT]
        self._behind, self._owed = False, ""
        return gap + bare if self._said else bare


def _first_break(text: str, start: int) -> int:
    """Find the first line break from ``start`` on; the text's end where there is none."""
    found = [at for mark in "\r\n" if (at := text.find(mark, start)) >= 0]
    return min(found, default=len(text))
