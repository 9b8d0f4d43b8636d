"""Where the parts of a JSON value stand, and how some of them are replaced. Nothing recurses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from sealegs.jsons import Json, is_array, is_object
from sealegs.perturbation.operators import About
from sealegs.perturbation.tools.values import is_json

__all__ = [
    "GONE",
    "Path",
    "again",
    "fields",
    "is_id",
    "leaves",
    "parts",
    "rebuilt",
    "replaced",
    "share_of",
    "spared",
]

Path: TypeAlias = tuple[str | int, ...]

GONE: Final = object()
"""In the place of a new value: the member is left out."""

MOST: Final = 20_000
"""How many parts are looked at; what is larger is disturbed in its first ones."""

_ID = re.compile(r"(?:^|[_.-])(?:id|ids|uuid|guid|key|token|hash|ref|etag)$|(?<=[a-z])(?:Id|Ids)$")


def parts(value: Json) -> Iterator[tuple[Path, Json]]:
    """Give every part with its path, from the outside to the inside."""
    pending: list[tuple[Path, Json]] = [((), value)]
    for _ in range(MOST):
        if not pending:
            return
        path, one = pending.pop()
        yield path, one
        if is_object(one):
            pending.extend(((*path, key), inner) for key, inner in reversed(one.items()))
        elif is_array(one):
            count = min(len(one), MOST)
            pending.extend(((*path, index), one[index]) for index in range(count - 1, -1, -1))


def leaves(value: Json) -> list[tuple[Path, Json]]:
    """Give what is neither an object nor an array, in order.

    >>> leaves({"a": [1, {"b": "x"}]})
    [(('a', 0), 1), (('a', 1, 'b'), 'x')]
    """
    return [(path, one) for path, one in parts(value) if not is_object(one) and not is_array(one)]


def fields(value: Json) -> list[Path]:
    """Give the paths of all members of objects, without those that name something.

    >>> fields({"id": 7, "name": "Ann", "tags": [{"t": 1}]})
    [('name',), ('tags',), ('tags', 0, 't')]
    """
    return [path for path, _ in parts(value) if path and type(path[-1]) is str and not is_id(path)]


def is_id(path: Path) -> bool:
    """Say whether a member names something else, so that it must stay what it is."""
    keys = [key for key in path if isinstance(key, str)]
    return bool(keys) and _ID.search(keys[-1]) is not None


def replaced(value: Json, new: Mapping[Path, Json]) -> Json:
    """Give a copy with some parts replaced, or left out; the rest is shared with the original.

    A part within another one that is replaced as well is passed over.

    >>> replaced({"a": [1, 2], "b": 3}, {("a", 1): 9, ("b",): GONE})
    {'a': [1, 9]}
    """
    if () in new:
        return new[()]
    root = _copy(value)
    copies: dict[Path, Json] = {(): root}
    for path in sorted(new, key=len):
        holder = _holder(copies, path)
        if holder is None or _lacks(holder, path[-1]):
            continue
        if new[path] is GONE:
            del holder[path[-1]]
        else:
            holder[path[-1]] = new[path]
            copies[path] = None  # what is within it is passed over
    return root


def _holder(copies: dict[Path, Json], path: Path) -> Json:
    """Find the copy of what holds a part; ``None`` where it is gone."""
    here = copies[()]
    for depth in range(1, len(path)):
        prefix = path[:depth]
        if prefix not in copies:
            if _lacks(here, prefix[-1]):
                return None
            copies[prefix] = here[prefix[-1]] = _copy(here[prefix[-1]])
        here = copies[prefix]
        if here is None:
            return None
    return here


def _lacks(holder: Json, key: str | int) -> bool:
    return is_object(holder) and key not in holder


def _items(holder: Json) -> list[tuple[str | int, Json]]:
    if is_object(holder):
        return list(holder.items())
    items: Sequence[Json] = holder
    return list(enumerate(items))


def _copy(value: Json) -> Json:
    return dict(value) if is_object(value) else list(value)


def share_of(count: int, share: float) -> int:
    """Say how many of several a share is: at least one.

    >>> share_of(10, 0.25), share_of(3, 0.0), share_of(0, 0.5)
    (2, 1, 0)
    """
    return min(count, max(1, round(count * share)))


def again(about: About) -> bool:
    """Say whether this place was reached more often than the operator disturbs it.

    The parameter ``times`` says how often; 0, or none: always.
    """
    times: int = about.parameters.get("times", 0)
    return 0 < times <= about.site.occurrence


def spared(value: Json, about: About) -> bool:
    """Say whether a result stays as it is: asked for again, or nothing that can be worked with."""
    return again(about) or not is_json(value)


def rebuilt(value: Json, copied: Callable[[Path, Json], Json]) -> Json:
    """Give a copy in which each object and each list is as a function says, the outer ones first.

    Args:
        value: what is copied.
        copied: given the path of an object or list, and it, makes a new one.
    """
    root: list[Json] = [value]
    pending: list[tuple[Path, Json]] = [((), root)]
    while pending:
        path, holder = pending.pop()
        for key, one in _items(holder):
            if is_object(one) or is_array(one):
                inner = path if holder is root else (*path, key)
                holder[key] = made = copied(inner, one)
                pending.append((inner, made))
    return root[0]
