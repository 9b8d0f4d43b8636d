"""Orders that are drawn item by item, so that one item more leaves the others' places alone."""

from __future__ import annotations

from collections.abc import Sequence

from sealegs.perturbation.drawing import Draw

__all__ = ["moved"]


def moved(names: Sequence[str], share: float, draw: Draw) -> list[str]:
    """Put some of several names in another order; the others stay where they are.

    Each is drawn by itself: whether it moves, and how far in front it goes among those that do.
    Should the drawn order be the old one, it is turned round.

    >>> moved(["a", "b", "c", "d"], 1.0, Draw.of(0))
    ['a', 'd', 'b', 'c']
    """
    places = [at for at, name in enumerate(names) if draw.sub(name).unit("hit") < share]
    before = [names[at] for at in places]
    after = sorted(before, key=lambda name: (draw.sub(name).unit("place"), name))
    if after == before:
        after.reverse()
    result = list(names)
    for at, name in zip(places, after, strict=True):
        result[at] = name
    return result
