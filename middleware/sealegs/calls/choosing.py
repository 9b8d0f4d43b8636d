"""Which syntax a model writes its calls in: the first parser that fits it. Nothing is guessed."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Sequence

from sealegs.calls.parsing import ToolCallParser

__all__ = ["Parsers"]

_MEMO_SIZE = 1024


class Parsers:
    """All parsers, ready to be chosen from.

    Attributes:
        all: the parsers in the order in which they are asked: by rank, then by name.
    """

    __slots__ = ("_by_name", "_globs", "_memo", "all")

    def __init__(self, parsers: Iterable[ToolCallParser]) -> None:
        """Sort the parsers, and compile their patterns."""
        self.all = tuple(sorted(parsers, key=lambda parser: (parser.rank, parser.name)))
        self._by_name = {parser.name: parser for parser in self.all}
        self._globs = [
            (parser, _globs(parser.models), _globs(parser.providers)) for parser in self.all
        ]
        self._memo: dict[tuple[str, str, str], ToolCallParser | None] = {}

    def find(self, family: str, wire: str, provider: str) -> ToolCallParser | None:
        """Give the parser of a model's own syntax.

        Args:
            family: the model's family; see `sealegs.directory.family`.
            wire: the wire format's name.
            provider: the provider's name.

        Returns:
            The first that fits by rank and name; ``None`` where none is known: then text is text.
        """
        key = (family, wire, provider)
        memo = self._memo
        if key not in memo:
            if len(memo) >= _MEMO_SIZE:  # a fresh one, for another thread may be reading the old
                self._memo = memo = {}
            memo[key] = self._first(*key)
        return memo[key]

    def named(self, name: str) -> ToolCallParser | None:
        """Give the parser of that name, whatever the model."""
        return self._by_name.get(name)

    def _first(self, family: str, wire: str, provider: str) -> ToolCallParser | None:
        for parser, models, providers in self._globs:
            fits = models.match(family) and providers.match(provider)
            if fits and (not parser.wires or wire in parser.wires):
                return parser
        return None


def _globs(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(fnmatch.translate, patterns)) or r"(?!)")
