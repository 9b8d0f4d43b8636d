"""Which words of a message may be touched: those that name nothing, count nothing, deny nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from sealegs.perturbation.literals import Literals
from sealegs.perturbation.operators import About
from sealegs_plugins.perturbations.keeping import lost

__all__ = ["Word", "checked", "drawn", "free_words", "guarded", "spliced", "weighty"]

_BLOCK: Final = re.compile(
    r"(?s)```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]*`|\"[^\"\n]*\"|“[^”\n]*”|«[^»\n]*»"
    r"|‘[^’\n]*’|(?<!\w)'(?:[^'\n]|(?<=\w)'(?=\w))+'(?!\w)"
)
_TOKEN: Final = re.compile(r"\S+")
_EDGES: Final = ".,;:!?()[]…"
_MARKS: Final = frozenset('@/\\_#$%{}<>=&*~^|+`"“”«»‘')
_JOINTS: Final = frozenset(".:,;")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")

_DENIES: Final = (
    "no not never none nothing nobody nowhere neither nor cannot without unless except forbidden "
    "prohibited refuse refuses deny denies avoid avoids"
)
_BINDS: Final = (
    "only solely exclusively sole just must require required requires requirement shall always "
    "mandatory necessary may might should before after until till if when while instead or and but "
    "than either both all any every each some most least last first next same other another"
)
_COUNTS: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety "
    "hundred thousand million billion dozen half quarter third second fourth fifth once twice "
    "double single couple"
)
_DATES: Final = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april may "
    "june july august september october november december today tomorrow yesterday tonight morning "
    "noon afternoon evening night midnight week weeks day days month months year years hour hours "
    "minute minutes am pm"
)
_WEIGHTY: Final = frozenset(" ".join((_DENIES, _BINDS, _COUNTS, _DATES)).split())


class Word(NamedTuple):
    """A word, and from where to where it goes."""

    start: int
    end: int
    text: str


def weighty(word: str) -> bool:
    """Say whether a word denies, binds, counts or dates something, so that it must stay.

    >>> weighty("not"), weighty("two"), weighty("please")
    (True, True, False)
    """
    return word.lower() in _WEIGHTY


def guarded(text: str, literals: Literals) -> list[tuple[int, int]]:
    """Find what must stay as it is, in order, none within another.

    These are literals of a clean run; what stands in quotes or is code; each token that holds a
    digit, a capital letter, a mark as of addresses, paths and identifiers, or a dot within; and
    what stands behind a number, as its unit does.

    >>> text = 'see a.txt or ask "the boss"'
    >>> [text[start:end] for start, end in guarded(text, Literals())]
    ['a.txt', '"the boss"']
    """
    found = literals.spans(text)
    found += [one.span() for one in _BLOCK.finditer(text)]
    counted = False
    for one in _TOKEN.finditer(text):
        span = _named(one, counted=counted)
        found += [] if span is None else [span]
        counted = span is not None and text[span[1] - 1].isdigit() and span[1] == one.end()
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _named(found: re.Match[str], *, counted: bool) -> tuple[int, int] | None:
    token = found[0]
    core = token.strip(_EDGES)
    if not core:
        return None
    marked = counted or any(mark in _MARKS or mark.isdigit() or mark.isupper() for mark in token)
    if not marked and not any(mark in _JOINTS for mark in core):
        return None
    start = found.start() + token.index(core)
    return start, start + len(core)


def free_words(text: str, about: About) -> Iterator[Word]:
    """Give the words that may be touched, in order.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> from sealegs_plugins.perturbations.user_prompt.typos import Typos
    >>> told = about(Typos(), literals=Literals(["oslo"]))
    >>> [word.text for word in free_words("Please don't fly to oslo on May 3rd, that is all", told)]
    ['fly', 'to', 'on', 'that', 'is']
    """
    kept = iter([*guarded(text, about.literals), (len(text), len(text))])
    start, end = next(kept)
    for found in _WORD.finditer(text):
        while end <= found.start() and start < len(text):
            start, end = next(kept)
        word = found[0]
        if found.end() > start or "'" in word or "’" in word or weighty(word):
            continue
        yield Word(found.start(), found.end(), word)


def spliced(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """Give a text with parts replaced; the edits are in order, and none overlap.

    >>> spliced("abcd", [(0, 1, "x"), (2, 3, "")])
    'xbd'
    """
    out: list[str] = []
    at = 0
    for start, end, new in edits:
        out += (text[at:start], new)
        at = end
    out.append(text[at:])
    return "".join(out)


def checked(old: str, new: str | None, about: About, kinds: Sequence[str] = ()) -> str | None:
    """Give a text as it is said otherwise; nothing where it says the same, or loses something.

    Args:
        old: the text.
        new: the text as it is said otherwise.
        about: names the literals.
        kinds: what else must be kept, as `sealegs_plugins.perturbations.keeping.lost` names it.
    """
    if new is None or new == old:
        return None
    return None if lost(old, new, literals=about.literals, kinds=kinds) else new


def drawn(
    places: Sequence[int], share: float, about: About, purpose: str, fits: Callable[[int], bool]
) -> list[int]:
    """Draw some of several places, each by itself, so that of a larger share a smaller is a part.

    At least one is drawn, lest nothing be disturbed; but none where the share is zero. Places that
    do not fit beside those that were drawn with a smaller number are left out.

    Args:
        places: the places, in order.
        share: how likely each of them is drawn.
        about: draws.
        purpose: tells these draws from others.
        fits: says whether a place fits beside those before; called once each, the smallest first.
    """
    if share <= 0:
        return []
    found: list[int] = []
    for unit, place in sorted((about.draw.unit(f"{purpose}/{place}"), place) for place in places):
        if found and unit >= share:
            break
        if fits(place):
            found.append(place)
    return sorted(found)
