"""Where a part belongs, in a message that a framework has written anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BLANK", "moved", "unmoved"]

BLANK = ""
"""The kind of a text part without text."""


def moved(anchors: Sequence[int], then: Sequence[str], now: Sequence[str]) -> list[int] | None:
    """Find the places before which parts belong, by the kinds of the parts that they stood among.

    Frameworks join neighbouring texts, drop empty ones, or drop all text beside a call. What is
    not text must still be there, in its order. A place inside a run of texts is found only where
    the run has as many texts as it had.

    Args:
        anchors: places as they were: 0 is before everything, ``len(then)`` after it.
        then: the kinds of the parts as they were; ``text`` and `BLANK` may come and go.
        now: the kinds as they are.

    Returns:
        The places as they are now, or ``None`` where one is not there any more.

    >>> moved([0, 2], ["text", "text", "call"], ["text", "call"])
    [0, 1]
    >>> moved([1], ["text", "text", "call"], ["text", "call"]) is None
    True
    """
    if list(then) == list(now):
        return list(anchors)
    old, new = _runs(then), _runs(now)
    if [kind for _, kind in old] != [kind for _, kind in new]:
        return None
    found: list[int] = []
    for anchor in anchors:
        place = _place(anchor, then, old, now, new)
        if place is None:
            return None
        found.append(place)
    return found


def unmoved(anchor: int, then: Sequence[str], place: int, now: Sequence[str]) -> bool:
    """Say whether the same kind of part follows a place as did before."""
    return then[anchor : anchor + 1] == now[place : place + 1]


def _runs(kinds: Sequence[str]) -> list[tuple[int, str]]:
    """Give the ends of the runs of texts: each place of something else, and the end of all."""
    hard = [(i, kind) for i, kind in enumerate(kinds) if kind not in {"text", BLANK}]
    return [*hard, (len(kinds), BLANK)]


def _place(
    anchor: int,
    then: Sequence[str],
    old: Sequence[tuple[int, str]],
    now: Sequence[str],
    new: Sequence[tuple[int, str]],
) -> int | None:
    run = next((i for i, (end, _) in enumerate(old) if anchor <= end), None)
    if run is None:
        return None
    start, first = (old[run - 1][0] + 1, new[run - 1][0] + 1) if run else (0, 0)
    before = [k for k in then[start:anchor] if k != BLANK]
    told = [k for k in then[start : old[run][0]] if k != BLANK]
    found = [i for i in range(first, new[run][0]) if now[i] != BLANK]
    if found and not told:
        return None
    if not before or not found:
        return first
    if len(before) == len(told):
        return new[run][0]
    return found[len(before)] if len(told) == len(found) else None
