"""Decimals that stand for integers: JSON Schema takes ``3.0`` for one, and most tools do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sealegs.calls.admitting import admitted, items_of, properties_of
from sealegs.calls.coercing import as_whole
from sealegs.calls.pointers import Path, copied, pointer_to, put
from sealegs.calls.repairs import Parsed, Repair
from sealegs.jsons import Json, is_array, is_object

__all__ = ["with_integers"]

_WIDEST = 50


def with_integers(parsed: Parsed, schema: Json) -> Parsed:
    """Make integers of the decimals that a schema takes for integers, and for nothing else.

    >>> schema = {"items": {"type": "integer"}}
    >>> with_integers(Parsed([3.0, 0.5]), schema).value
    [3, 0.5]
    """
    if not any(_decimals(parsed.value)):
        return parsed
    known: dict[tuple[int, ...], bool] = {}
    places = [
        (path, whole)
        for path, number, schemas in _placed(parsed.value, schema)
        if (whole := as_whole(number)) is not None and _takes_integers(schemas, schema, known)
    ]
    if not places:
        return parsed
    value = copied(parsed.value)
    for path, whole in places:
        value = put(value, path, whole)
    done = (Repair(pointer_to(path), "lossless", "integer for decimal") for path, _ in places)
    return Parsed(value, (*parsed.repairs, *done))


def _decimals(value: Json) -> Iterator[bool]:
    work: list[Json] = [value]
    while work:
        node = work.pop()
        if isinstance(node, float):
            yield node.is_integer()
        elif is_object(node):
            work.extend(node.values())
        elif is_array(node):
            work.extend(node)


def _placed(value: Json, root: Json) -> Iterator[tuple[Path, float, list[Json]]]:
    """Give each decimal, its place, and the subschemas that may be for it."""
    work: list[tuple[Path, Json, list[Json]]] = [((), value, [root])]
    while work:
        path, node, schemas = work.pop()
        if isinstance(node, float):
            yield path, node, schemas
        elif schemas and is_object(node):
            for name, child in node.items():
                inner = [properties_of(one, root, name) for one in schemas]
                work.append(((*path, name), child, _once(inner)))
        elif schemas and is_array(node):
            for index, child in enumerate(node):
                inner = [items_of(one, root, index) for one in schemas]
                work.append(((*path, index), child, _once(inner)))


def _takes_integers(
    schemas: Iterable[Json], root: Json, known: dict[tuple[int, ...], bool]
) -> bool:
    key = tuple(id(one) for one in schemas)
    if key not in known:
        types = frozenset[str]().union(*(admitted(one, root) for one in schemas))
        known[key] = "integer" in types and "number" not in types
    return known[key]


def _once(lists: Iterable[list[Json]]) -> list[Json]:
    found: dict[int, Json] = {}
    for schemas in lists:
        found.update((id(one), one) for one in schemas)
    return list(found.values())[:_WIDEST]
