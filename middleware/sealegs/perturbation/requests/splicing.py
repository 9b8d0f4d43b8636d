"""Edits of a text as data."""

from __future__ import annotations

from collections.abc import Sequence

from sealegs.perturbation.edits import Spliced

__all__ = ["spliced", "with_splices"]


def spliced(old: str, new: str) -> tuple[Spliced, ...]:
    """Say what makes one text of another: nothing where they are equal.

    >>> spliced("fly to Oslo today", "fly to Olso today")
    (Spliced(start=8, end=10, text='ls'),)
    """
    if old == new:
        return ()
    start = _alike(old, new)
    rest, other = old[start:], new[start:]
    tail = _alike(rest[::-1], other[::-1])
    return (Spliced(start, len(old) - tail, other[: len(other) - tail]),)


def with_splices(text: str, splices: Sequence[Spliced]) -> str:
    """Give a text with its splices made.

    >>> with_splices("fly to Oslo today", spliced("fly to Oslo today", "fly to Olso today"))
    'fly to Olso today'
    """
    pieces: list[str] = []
    at = 0
    for one in sorted(splices, key=lambda one: (one.start, one.end)):
        pieces += (text[at : one.start], one.text)
        at = one.end
    pieces.append(text[at:])
    return "".join(pieces)


def _alike(one: str, other: str) -> int:
    """Count the characters with which two texts begin alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
