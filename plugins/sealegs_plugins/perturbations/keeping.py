"""What a text that is said otherwise must go on saying."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Final

from sealegs.perturbation.literals import NOTHING, Literals

__all__ = ["KEPT", "lost"]

_NUMBER: Final = re.compile(r"\d+(?:[.,:/-]\d+)*")
_QUOTED: Final = re.compile(
    r"\"([^\"\n]{1,200})\"|`([^`\n]{1,200})`|“([^”\n]{1,200})”|(?<!\w)'([^'\n]{1,200})'(?!\w)"
)
_NAME: Final = re.compile(
    r"(?<![\w.-])(?=[\w.-]*(?:[_\d-]|[a-z][A-Z]))\w(?:[\w.-]*\w)?"
)  # is no plain word
_WORDS: Final[Mapping[str, re.Pattern[str]]] = {
    "a negation": re.compile(
        r"\b(?:not|never|no|none|nothing|nobody|neither|nor|cannot|without|unless|except"
        r"|forbidden|prohibited|refuse|deny|avoid)\b|n['’]t\b",
        re.IGNORECASE,
    ),
    "what is the only one": re.compile(
        r"\b(?:only|solely|exclusively|nothing (?:but|except|else)|sole|just)\b", re.IGNORECASE
    ),
    "what must be": re.compile(
        r"\b(?:must|required?s?|requirement|shall|always|mandatory|ha(?:s|ve) to|needs? to"
        r"|necessary|never|may not|cannot|can['’]t)\b",
        re.IGNORECASE,
    ),
}


def _numbers(before: str, after: str) -> Iterator[str]:
    missing = Counter(_NUMBER.findall(before)) - Counter(_NUMBER.findall(after))
    invented = Counter(_NUMBER.findall(after)) - Counter(_NUMBER.findall(before))
    yield from (f"the number {one}" for one in missing)
    yield from (f"no number {one}" for one in invented)


def _quotes(before: str, after: str) -> Iterator[str]:
    still = frozenset(_quoted(after))
    yield from (f"the quoted {one!r}" for one in _quoted(before) if one not in still)


def _quoted(text: str) -> list[str]:
    return [next(filter(None, found)) for found in _QUOTED.findall(text)]


def _negations(before: str, after: str) -> Iterator[str]:
    for what, pattern in _WORDS.items():
        if bool(pattern.search(before)) != bool(pattern.search(after)):
            yield what


_KINDS: Final[Mapping[str, Callable[[str, str], Iterable[str]]]] = {
    "numbers": _numbers,
    "quotes": _quotes,
    "negations": _negations,
}

KEPT: Final = ("numbers", "quotes", "negations", "names")
"""What is kept where nothing else is said."""


def lost(
    before: str,
    after: str,
    *,
    literals: Literals = NOTHING,
    names: Collection[str] = (),
    kinds: Collection[str] = KEPT,
) -> list[str]:
    """Say what a text says no more, or anew.

    It is no proof that two texts mean the same: it finds what a rule can find.

    >>> lost("Never refund over $50.", "Refunds go up to $500.")
    ['the number 50', 'no number 500', 'a negation', 'what must be']
    >>> lost("Never refund over $50.", "You must not refund more than $50.")
    []

    Args:
        before: the text.
        after: the text as it is said otherwise.
        literals: what a clean run needed.
        names: of tools and parameters.
        kinds: which of `KEPT` are looked at; literals always are.
    """
    gone = [f"the literal {one!r}" for one in literals.lost(before, after)]
    for kind in (one for one in _KINDS if one in kinds):
        gone += _KINDS[kind](before, after)
    if "names" in kinds:
        said, still = dict.fromkeys(_NAME.findall(before)), frozenset(_NAME.findall(after))
        known = frozenset(names)
        gone += [f"the name {one!r}" for one in said if one in known and one not in still]
    return gone
