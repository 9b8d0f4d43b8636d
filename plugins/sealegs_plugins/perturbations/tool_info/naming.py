"""New names: legal wherever the tools go, and never one that is in use."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from sealegs.perturbation.drawing import Draw

__all__ = ["assigned", "is_legal", "noisy", "numbered", "scrambled"]

_LEGAL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", re.ASCII)  # what all providers take
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_SHORTEST: Final = 5  # a shorter word of random letters may be one that people write
_TRIES: Final = 16


def is_legal(name: str) -> bool:
    """Say whether every provider takes a name."""
    return _LEGAL.fullmatch(name) is not None


def assigned(wanted: Mapping[str, Callable[[int], str]], used: Iterable[str]) -> dict[str, str]:
    """Give each name a new one of its own.

    A name for which nothing legal and free is found stays, and is not in the result.

    >>> assigned({"a": lambda attempt: f"x{attempt}", "b": lambda attempt: f"x{attempt}"}, ["x0"])
    {'a': 'x1', 'b': 'x2'}

    Args:
        wanted: own name to what makes a proposal, given how many were refused.
        used: names that no new one may equal.
    """
    taken = {*used, *wanted}
    found: dict[str, str] = {}
    for own in sorted(wanted):
        proposals = map(wanted[own], range(_TRIES))
        new = next((one for one in proposals if is_legal(one) and one not in taken), None)
        if new is not None:
            found[own] = new
            taken.add(new)
    return {own: found[own] for own in wanted if own in found}


def noisy(name: str, portion: float, draw: Draw) -> str:
    """Insert, delete and substitute letters.

    The first character stays what it is: a name may not begin with a digit.

    >>> noisy("get_weather", 0.34, Draw.of(1))
    'get_weatcher'

    Args:
        name: the name.
        portion: at least one edit, and fewer than this portion of its length, rounded up.
        draw: what decides.
    """
    letters = list(name)
    most = max(1, math.ceil(len(name) * portion) - 1)
    for number in range(1 + draw.below(most, "edits")):
        edit = draw.sub("edit", number)
        places = [at for at, letter in enumerate(letters) if at and letter.isalpha()]
        letter = edit.pick(_LETTERS, "letter")
        if not places:
            letters.append(letter)
            continue
        at = edit.pick(places, "at")
        how = edit.pick(("insert", "delete", "substitute"), "how")
        letters[at : at + (how != "insert")] = [] if how == "delete" else [letter]
    return "".join(letters)


def scrambled(name: str, style: str, draw: Draw) -> str:
    """Give a name without meaning.

    >>> scrambled("get_weather", "reversed", Draw.of(0))
    'rehtaew_teg'

    Args:
        name: the name.
        style: ``reversed``, or random ``letters``.
        draw: what decides.
    """
    if style == "reversed":
        turned = name[::-1]
        return turned if is_legal(turned) and len(name) >= _SHORTEST else f"x_{turned}"
    count = _SHORTEST + draw.below(6, "length")
    return "".join([draw.pick(_LETTERS, f"letter {number}") for number in range(count)])


def numbered(stem: str, draw: Draw) -> str:
    """Give a name that is a number; of six digits, so that two tools hardly ever draw the same.

    >>> numbered("tool", Draw.of(0))
    'tool_761542'
    """
    return f"{stem}_{100_000 + draw.below(900_000, 'number')}"
