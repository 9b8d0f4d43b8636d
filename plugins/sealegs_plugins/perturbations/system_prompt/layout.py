"""The layout of a prompt, line by line: headings, bullets, numbers, and what is left alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

__all__ = ["Kind", "Line", "edited", "lines", "sentences"]

Kind: TypeAlias = Literal["blank", "heading", "bullet", "number", "text", "raw"]
"""``raw``: within a fence, of a difference, the row of a table, a tag or JSON; never touched."""

_FENCE: Final = re.compile(r"\s*(```|~~~)")
_HEADING: Final = re.compile(r"(#{1,6})[ \t]+(\S.*)")
_BULLET: Final = re.compile(r"([ \t]*)([-*+•])[ \t]+(\S.*)")
_NUMBER: Final = re.compile(r"([ \t]*)(\d{1,3}[.)])[ \t]+(\S.*)")
_SENTENCE: Final = re.compile(r"(?<=[a-z0-9)\"'`][.!?])[ ]+(?=[A-Z])")
_SHORTENED: Final = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|Mr|Mrs|Ms|Dr|St|No|approx)\.|\b[A-Z]\.)$")

_RAW: Final = ("|", "{", "}", "[", "]", "<")
_LONGEST: Final = 8
"""No shortened word is longer."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes:
        kind: what it is.
        whole: the line as it stands, without its end.
        indent: the white space in front.
        mark: what makes it a heading, a bullet or a number.
        text: what is behind the mark.
    """

    kind: Kind
    whole: str
    indent: str = ""
    mark: str = ""
    text: str = ""


def edited(text: str, edit: Callable[[list[Line]], str]) -> str:
    r"""Give a prompt edited line by line; a prompt with carriage returns keeps them.

    >>> edited("a\r\nb", lambda read: "\n".join(line.whole.upper() for line in read))
    'A\r\nB'
    """
    if "\r\n" not in text:
        return edit(list(lines(text)))
    return edit(list(lines(text.replace("\r\n", "\n")))).replace("\n", "\r\n")


def lines(text: str) -> Iterator[Line]:
    r"""Read a prompt's lines; joined by line feeds, they are the prompt again.

    >>> [(line.kind, line.text) for line in lines("# Rules\n\n- Be kind.")]
    [('heading', 'Rules'), ('blank', ''), ('bullet', 'Be kind.')]
    """
    fenced, hunk = "", False
    for whole in text.split("\n"):
        fence = _FENCE.match(whole)
        hunk = bool(whole.strip()) and (hunk or whole.startswith("@@ "))
        if hunk and not fenced:
            yield Line("raw", whole)
        elif fenced:
            yield Line("raw", whole)
            fenced = "" if fence and fence[1] == fenced else fenced
        elif fence:
            fenced = fence[1]
            yield Line("raw", whole)
        else:
            yield _read(whole)


def _read(whole: str) -> Line:
    if not whole.strip():
        return Line("blank", whole)
    if whole.lstrip().startswith(_RAW):
        return Line("raw", whole)
    heading = _HEADING.fullmatch(whole)
    if heading:
        bare = heading[2].rstrip().rstrip("#").rstrip()  # some close headings as they open them
        return Line("heading", whole, "", heading[1], bare or heading[2])
    for kind, pattern in _LISTED:
        found = pattern.fullmatch(whole)
        if found:
            return Line(kind, whole, found[1], found[2], found[3])
    indent = whole[: len(whole) - len(whole.lstrip())]
    return Line("text", whole, indent, "", whole.strip())


_LISTED: Final[tuple[tuple[Literal["bullet", "number"], re.Pattern[str]], ...]] = (
    ("bullet", _BULLET),
    ("number", _NUMBER),
)


def sentences(text: str) -> list[str]:
    """Split a line of prose into sentences; where it is in doubt, it does not.

    >>> sentences("Ask first, e.g. Tom. Then act. Never guess.")
    ['Ask first, e.g. Tom.', 'Then act.', 'Never guess.']
    """
    parts: list[str] = []
    for part in _SENTENCE.split(text):
        if parts and _SHORTENED.search(parts[-1][-_LONGEST:]):
            parts[-1] += " " + part
        else:
            parts.append(part)
    return parts
