"""JSON Pointers (RFC 6901) into a call's arguments, and copies of what they lead into."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from sealegs.jsons import Json, is_array, is_object

__all__ = ["GONE", "Path", "at", "copied", "path_of", "pointer_to", "put"]

Path = tuple[str | int, ...]
"""The way to a place in a value: names of members and indexes of items."""


def pointer_to(path: Iterable[str | int]) -> str:
    """Write a path as a pointer.

    >>> pointer_to(["a/b", 0, "m~n"])
    '/a~1b/0/m~0n'
    """
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def path_of(pointer: str, value: Json) -> Path:
    """Read a pointer as the path that it takes through a value.

    >>> path_of("/a/0", {"a": [1]}), path_of("/a/0", {"a": {"0": 1}})
    (('a', 0), ('a', '0'))
    """
    path: list[str | int] = []
    node = value
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        step = int(name) if is_array(node) and name.isdecimal() else name
        path.append(step)
        node = at(node, (step,))
    return tuple(path)


def at(value: Json, path: Sequence[str | int]) -> Json:
    """Give what stands at a path; ``None`` where there is nothing."""
    node = value
    for step in path:
        if is_object(node):
            node = node.get(str(step))
        elif is_array(node) and isinstance(step, int) and step < len(node):
            node = node[step]
        else:
            return None
    return node


class _Gone:
    """Stands for a member that is to be taken out."""


GONE = _Gone()


def put(value: Json, path: Path, new: Json) -> Json:
    """Put something at a place of a value, which is changed; `GONE` takes a member out.

    >>> put({"a": [1, 2]}, ("a", 1), 3)
    {'a': [1, 3]}

    Returns:
        The whole value, which is the new one where the path is empty.
    """
    if not path:
        return new
    parent, step = at(value, path[:-1]), path[-1]
    if new is GONE:
        parent.pop(step, None)
    else:
        parent[step] = new
    return value


def _same(value: Json) -> Json:
    return value


def copied(value: Json, leaf: Callable[[Json], Json] = _same) -> Json:
    """Copy a value however deep it is, each name and each scalar as ``leaf`` gives it.

    >>> copied({"a": ["b"]}, lambda text: text.upper())
    {'A': ['B']}
    """
    top: list[Json] = []
    work: list[tuple[Json, Json]] = [([value], top)]
    while work:
        source, target = work.pop()
        for name, child in _children(source):
            inner: Json
            if is_object(child) or is_array(child):
                inner = {} if is_object(child) else []
                work.append((child, inner))
            else:
                inner = leaf(child)
            if name is None:
                target.append(inner)
            else:
                target[leaf(name)] = inner
    return top[0]


def _children(value: Json) -> Iterator[tuple[str | None, Json]]:
    if is_object(value):
        yield from value.items()
    else:
        yield from ((None, child) for child in value)
