"""Documents near a valid one: what a converted schema takes of them must come back right too."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["mutated"]

_STRANGE = (None, "x", 1, 1.5, True, [], {})
_PLACES = 12
_LARGE = 20_000


def mutated(document: Any) -> Iterator[Any]:
    """Give the document with one place changed at a time: the first places, of one not too large.

    >>> next(mutated({"a": 1}))
    {}
    """
    if len(str(document)) > _LARGE:
        return
    for path in _paths(document)[:_PLACES]:
        *parents, last = path
        for strange in (_GONE, *_STRANGE):
            made = copy.deepcopy(document)
            holder = made
            for step in parents:
                holder = holder[step]
            if strange is _GONE:
                del holder[last]
            else:
                holder[last] = copy.copy(strange)
            yield made
    if isinstance(document, dict):
        yield {**document, "another": 1}


_GONE = object()


def _paths(document: Any) -> list[tuple[Any, ...]]:
    """List the places, the nearest to the root first."""
    waiting: list[tuple[tuple[Any, ...], Any]] = [((), document)]
    for path, value in waiting:
        if len(waiting) > 4 * _PLACES:
            break
        if isinstance(value, dict):
            waiting += [((*path, key), one) for key, one in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, index), one) for index, one in enumerate(value)]
    return [path for path, _ in waiting if path]
