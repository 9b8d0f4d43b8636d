"""Names of tools and parameters where texts mention them, in one piece or as they stream."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

__all__ = ["Mentions", "Pieces"]

_BEFORE = r"(?:(?<![\w/\\@#$.-])|(?<=functions\.)|(?<=tools\.))"
_AFTER = r"(?![\w/\\@$]|[.-]\w)"
_DISTINCT = re.compile(r"[_\d.:/-]|[a-z][A-Z]")
_SUFFIXES = (" tool", " function")
_BEHIND = 16
"""So many characters before a name decide whether it is one."""


class Mentions:
    """Gives names in a text other names. Immutable.

    Only whole identifiers count: a part of a longer one, of a path or of an address is none. A name
    that may be a word of the language as well (``search``) counts where it is surely the name: in
    backticks, with a parenthesis behind it, as *the search tool*.

    Args:
        names: old name to new name. All are replaced at once, so that names may change places.

    >>> mentions = Mentions({"get_weather": "gt_wether", "search": "find"})
    >>> mentions.replaced("First search, then `search`; get_weather is not get_weather.py")
    'First search, then `find`; gt_wether is not get_weather.py'
    """

    __slots__ = ("_begins", "_names", "_pattern", "_reach", "_unsure")

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = {old: new for old, new in names.items() if old and old != new}
        longest = sorted(self._names, key=lambda name: (-len(name), name))
        distinct = [name for name in longest if _DISTINCT.search(name)]
        words = [name for name in longest if not _DISTINCT.search(name)]
        self._pattern = re.compile("|".join(_patterns(distinct, words))) if longest else None
        self._unsure = frozenset(_unfinished(distinct, words))
        self._reach = max(map(len, self._unsure), default=0)
        firsts = "".join(sorted({re.escape(name[0]) for name in longest}))
        self._begins = re.compile(f"{_BEFORE}[{firsts}]") if longest else None

    def __bool__(self) -> bool:
        return self._pattern is not None

    def replaced(self, text: str) -> str:
        """Give a whole text with the new names."""
        if self._pattern is None:
            return text
        return self._pattern.sub(self._new, text)

    def pieces(self) -> Pieces:
        """Make what does the same to a text that comes in pieces."""
        return Pieces(self)

    def settled(self, before: str, text: str, *, last: bool) -> tuple[str, int]:
        """Replace as far as it is certain.

        Args:
            before: what stood before the text.
            text: the text.
            last: whether nothing more is to come.

        Returns:
            The new text, and of how many characters of the old one it is made.
        """
        if self._pattern is None or self._begins is None:
            return text, len(text)
        whole, start = before + text, len(before)
        end = len(whole) if last else self._certain(whole, start)
        out: list[str] = []
        at = start
        for found in self._pattern.finditer(whole, start):
            if found.start() >= end:
                break
            out += (whole[at : found.start()], self._new(found))
            at = found.end()
        end = max(end, at)
        out.append(whole[at:end])
        return "".join(out), end - start

    def _certain(self, whole: str, start: int) -> int:
        """Find where the first name may begin that is not there in full, with what follows it."""
        assert self._begins is not None, "there are names"
        for found in self._begins.finditer(whole, max(start, len(whole) - self._reach)):
            if whole[found.start() :] in self._unsure:
                return found.start()
        return len(whole)

    def _new(self, found: re.Match[str]) -> str:
        return self._names[found[0]]


class Pieces:
    """One text on its way. What may be the beginning of a name is held back."""

    __slots__ = ("_before", "_held", "_mentions")

    def __init__(self, mentions: Mentions) -> None:
        self._mentions = mentions
        self._before = self._held = ""

    def feed(self, piece: str) -> str:
        """Take the next piece, and give what may leave."""
        return self._settle(self._held + piece, last=False)

    def close(self) -> str:
        """Give what was held; the next piece begins a new text."""
        out = self._settle(self._held, last=True)
        self._before = self._held = ""
        return out

    def _settle(self, text: str, *, last: bool) -> str:
        new, count = self._mentions.settled(self._before, text, last=last)
        self._before = (self._before + text[:count])[-_BEHIND:]
        self._held = text[count:]
        return new


def _patterns(distinct: Iterable[str], words: Iterable[str]) -> Iterator[str]:
    any_distinct = "|".join(map(re.escape, distinct))
    any_word = "|".join(map(re.escape, words))
    if any_distinct:
        yield rf"{_BEFORE}(?:{any_distinct}){_AFTER}"
    if any_word:
        yield rf"(?<=`)(?:{any_word})(?=`)"
        yield rf"{_BEFORE}(?:{any_word})(?=\()"
        yield rf"(?<=\b[Tt]he )(?:{any_word})(?=(?:{'|'.join(_SUFFIXES)})\b)"


def _unfinished(distinct: Iterable[str], words: Iterable[str]) -> Iterator[str]:
    """Give all that a text may end with while it is open whether a name stands there."""
    for name in distinct:
        yield from (name[:length] for length in range(1, len(name) + 1))
        yield from (name + joint for joint in ".-")
    for name in words:
        yield from (name[:length] for length in range(1, len(name) + 1))
        for suffix in _SUFFIXES:
            yield from (name + suffix[:length] for length in range(1, len(suffix) + 1))
