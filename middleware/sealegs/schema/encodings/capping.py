"""How much of a schema is cut off, so that it stays within the bounds of a dialect."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sealegs.jsons import Json, dump, is_array, is_object
from sealegs.schema.dialect import SchemaBounds
from sealegs.schema.encodings.run import Caps
from sealegs.schema.measuring import LONG_ENUM, Measures, measures
from sealegs.schema.walking import subschemas

__all__ = ["beyond", "fitted", "surely_within"]

T = TypeVar("T")


def beyond(found: Measures, bounds: SchemaBounds) -> list[str]:
    """Give the bounds that a schema is beyond."""
    pairs = (
        ("depth", found.depth, bounds.depth),
        ("properties", found.properties, bounds.properties),
        ("values", found.values, bounds.values),
        ("characters", found.characters, bounds.characters),
        ("long_enum", found.long_enum, bounds.long_enum),
        ("size", found.size, bounds.size),
        ("optional", found.optional, bounds.optional),
        ("unions", found.unions, bounds.unions),
        ("branches", found.branches, bounds.branches),
    )
    return [name for name, count, most in pairs if most is not None and count > most]


def surely_within(schema: Json, bounds: SchemaBounds, depth: int) -> bool:
    """Say whether a look at a schema's text is enough to know that it is within the bounds.

    Each property has a colon behind it, each value but the first of an enum a comma before it.

    Args:
        schema: the schema.
        bounds: the dialect's.
        depth: how many levels of subschemas it has, at most.
    """
    if "$defs" in schema or (bounds.depth is not None and depth > bounds.depth):
        return False
    raw = dump(schema)
    size, colons, commas = len(raw), raw.count(b":"), raw.count(b",")
    unions = raw.count(b'Of":[') + raw.count(b'"type":[')
    return all(
        most is None or count <= most
        for count, most in (
            (size, bounds.size),
            (size, bounds.characters),
            (size, bounds.long_enum),
            (commas + raw.count(b'"enum"'), bounds.values),
            (colons, bounds.properties),
            (colons, bounds.optional),
            (unions, bounds.unions),
            (commas + 1, bounds.branches),
        )
    )


def fitted(lower: Callable[[Caps], tuple[T, Json, int]], bounds: SchemaBounds) -> T:
    """Lower with as little cut off as the bounds allow.

    Optional properties that are too many are made required; enums that are too long are only told;
    then the deepest objects and arrays become text. Where nothing helps, nothing more than the
    depth is cut.

    Args:
        lower: gives what is lowered with some caps, its schema, and how many levels that may have.
        bounds: the dialect's, or tighter ones.
    """

    def attempt(caps: Caps) -> tuple[T, Json, Measures | None, list[str]]:
        result, schema, depth = lower(caps)
        if surely_within(schema, bounds, depth):
            return result, schema, None, []
        counts = measures(schema)
        over = beyond(counts, bounds)
        if over == ["optional"] and not caps.forced:
            return attempt(caps._replace(forced=counts.optional - (bounds.optional or 0)))
        return result, schema, counts, over

    caps = Caps(bounds.depth)
    first, schema, counts, over = attempt(caps)
    if counts is None or not over:
        return first
    if {"values", "long_enum"}.intersection(over):
        caps = caps._replace(values=_values(schema, bounds))
        result, _, counts, over = attempt(caps)
        if counts is None or not over:
            return result
    levels = counts.depth
    known: dict[int, tuple[T, list[str]]] = {}

    def deepest(wanted: Callable[[list[str]], bool]) -> T | None:
        least, most, best = 1, levels - 1, None
        while least <= most:
            depth = (least + most) // 2
            if depth not in known:
                result, _, _, over = attempt(caps._replace(depth=depth))
                known[depth] = (result, over)
            if wanted(known[depth][1]):
                best, least = known[depth][0], depth + 1
            else:
                most = depth - 1
        return best

    best = deepest(lambda over: not over)
    if best is None and "depth" in over:
        best = deepest(lambda over: "depth" not in over)
    return first if best is None else best


def _values(schema: Json, bounds: SchemaBounds) -> int:
    """Give how long an enum may be, so that all together are not too long."""
    lengths = sorted(
        len(place.node["enum"])
        for place in subschemas(schema)
        if is_object(place.node) and is_array(place.node.get("enum"))
    )
    total = sum(lengths)
    while lengths and bounds.values is not None and total > bounds.values:
        total -= lengths.pop()
    longest = lengths[-1] if lengths else 0
    return min(longest, LONG_ENUM) if bounds.long_enum is not None else longest
