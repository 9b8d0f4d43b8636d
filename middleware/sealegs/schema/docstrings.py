"""Docstrings in Google's style: what describes a function, and what its arguments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Docstring"]

_SECTION = re.compile(r"(?:Args|Arguments|Parameters|Keyword Args|Keyword Arguments):\s*")
_ENTRY = re.compile(r"\*{0,2}(\w+)\s*(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?\s*:\s*(.*)")


@dataclass(frozen=True, slots=True)
class Docstring:
    """A docstring in its parts.

    Attributes:
        description: all of it, but for the sections that describe arguments.
        arguments: what is said of each argument, as one line.
    """

    description: str
    arguments: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> Docstring:
        r"""Take a docstring apart.

        Args:
            text: the docstring, its indentation cleaned as by `inspect.getdoc`.

        >>> Docstring.parse("Add.\n\nArgs:\n    a (int): one,\n        an integer\n    b: more")
        Docstring(description='Add.', arguments={'a': 'one, an integer', 'b': 'more'})
        """
        kept: list[str] = []
        arguments: dict[str, list[str]] = {}
        section = _Entries(arguments)
        within = False
        for line in text.splitlines():
            if within and line and not line[0].isspace():
                within = False
            if not within and _SECTION.fullmatch(line):
                within, section = True, _Entries(arguments)
            elif within:
                section.take(line)
            else:
                kept.append(line)
        description = re.sub(r"\n{3,}", "\n\n", "\n".join(kept).strip())
        return cls(description, {name: " ".join(words) for name, words in arguments.items()})


class _Entries:
    """The entries of one section. Those at the least indentation name an argument."""

    def __init__(self, arguments: dict[str, list[str]]) -> None:
        self._arguments = arguments
        self._indent = 0
        self._words: list[str] = []

    def take(self, line: str) -> None:
        """Take a line of the section."""
        bare = line.lstrip()
        if not bare:
            return
        indent = len(line) - len(bare)
        self._indent = self._indent or indent
        entry = _ENTRY.fullmatch(bare.rstrip()) if indent <= self._indent else None
        if entry is None:
            self._words.extend(bare.split())
            return
        self._words = self._arguments.setdefault(entry[1], [])
        self._words.extend(entry[2].split())
