"""What keeps the explanation of a refusal from taking more time and memory than there is.

The validator says quickly whether a value is accepted. But asked why not, it says so for each way
through the schema, and of each union for each of its branches, all the way down; a schema of a few
lines and a value of a few levels are enough for more ways than there is memory. And each reason
holds a copy of the value that it is about.
"""

from __future__ import annotations

from collections.abc import Iterator

from sealegs.calls.admitting import target_of
from sealegs.calls.strictness import is_container
from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.walking import rebuilt

__all__ = ["UNIONS", "few_ways", "without_branches"]

UNIONS = ("anyOf", "oneOf")
"""Keywords whose refusal has a reason for each branch."""

_MOST_WAYS = 20_000
_MOST_COPIED = 20_000_000


def without_branches(schema: Json) -> Json:
    """Put each union behind two negations, so that its refusal has no reasons of its branches.

    >>> without_branches({"anyOf": [{"type": "null"}]})
    {'allOf': [{'not': {'not': {'anyOf': [{'type': 'null'}]}}}]}
    """
    return rebuilt(schema, _hidden)


def _hidden(node: dict[str, Json], _: str) -> Json:
    unions = [name for name in UNIONS if is_array(node.get(name))]
    if not unions:
        return node
    given = node.get("allOf")
    hidden = [{"not": {"not": {name: node[name]}}} for name in unions]
    rest = {name: value for name, value in node.items() if name not in unions}
    return rest | {"allOf": [*(given if is_array(given) else ()), *hidden]}


def few_ways(schema: Json, value: Json) -> bool:
    """Say whether there are few enough ways through a schema and a value to go them all.

    >>> few_ways({"items": {"type": "integer"}}, ["a", "b"])
    True
    >>> few_ways({"$ref": "#"}, 1)
    False
    """
    sizes = _sizes(value)
    work, copied = [(schema, value)], 0
    for _ in range(_MOST_WAYS):
        if not work:
            return True
        node, here = work.pop()
        if not is_object(node):
            continue
        copied += _reasons(node) * sizes.get(id(here), len(here) if isinstance(here, str) else 1)
        if copied > _MOST_COPIED or "$dynamicRef" in node or "$recursiveRef" in node:
            return False
        if isinstance(node.get("$ref"), str):
            target = target_of(node["$ref"], schema)
            if target is None:
                return False
            work.append((target, here))
        work.extend((one, here) for one in _beside(node))
        work.extend(_below(node, here))
    return False


def _reasons(node: dict[str, Json]) -> int:
    """Count the reasons that one subschema may have, at most; each holds a copy of the value."""
    required = node.get("required")
    return len(node) + (len(required) if is_array(required) else 0)


def _sizes(value: Json) -> dict[int, int]:
    """Give about how large each object and each array in a value is."""
    order: list[Json] = [value] if is_container(value) else []
    for node in order:  # it grows while it is gone through
        order.extend(filter(is_container, node.values() if is_object(node) else node))
    sizes: dict[int, int] = {}
    for node in reversed(order):
        inner = node.values() if is_object(node) else node
        names = sum(map(len, node)) if is_object(node) else 0
        sizes[id(node)] = names + sum(
            len(one) if isinstance(one, str) else sizes.get(id(one), 1) for one in inner
        )
    return sizes


def _beside(node: dict[str, Json]) -> Iterator[Json]:
    """Give the subschemas for the same value."""
    if is_array(node.get("allOf")):
        yield from node["allOf"]
    yield from (node[name] for name in ("if", "then", "else") if name in node)
    for name in ("dependentSchemas", "dependencies"):
        if is_object(node.get(name)):
            yield from node[name].values()


def _below(node: dict[str, Json], value: Json) -> Iterator[tuple[Json, Json]]:
    """Give the subschemas for the value's members and items, and these."""
    if is_object(value):
        declared, patterns = node.get("properties"), node.get("patternProperties")
        every = [node.get("additionalProperties"), node.get("unevaluatedProperties")]
        every.extend(patterns.values() if is_object(patterns) else ())
        every = [one for one in every if is_object(one)]
        for name, child in value.items():
            if is_object(declared) and name in declared:
                yield declared[name], child
            yield from ((one, child) for one in every)
    elif is_array(value):
        items, first = node.get("items"), node.get("prefixItems")
        lists = [one for one in (items, first) if is_array(one)]
        names = ("items", "additionalItems", "unevaluatedItems", "contains")
        every = [node[name] for name in names if is_object(node.get(name))]
        for index, child in enumerate(value):
            yield from ((one[index], child) for one in lists if index < len(one))
            yield from ((one, child) for one in every)
