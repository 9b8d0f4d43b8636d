"""How much of a schema is cut off, so that it stays within the bounds of a dialect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

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


_HUGE = "huge"


def fitted(lower: Callable[[Caps], tuple[T, Json, int]], bounds: SchemaBounds, *, most: int) -> T:
    """Lower with as little cut off as the bounds allow.

    Optional properties that are too many are made required; enums that are too long are only told;
    then the deepest objects and arrays become text. Where nothing helps, nothing more than the
    depth is cut, and what is larger than anybody may send.

    Args:
        lower: gives what is lowered with some caps, its schema, and how many levels that may have.
        bounds: the dialect's, or tighter ones.
        most: how many bytes a schema may have, whoever takes it.
    """
    caps = Caps()
    whole, schema, depth = lower(caps)
    if surely_within(schema, bounds, depth):
        return whole
    search = _Search(lower, bounds, most)
    first = search.known[caps] = search.judged(caps, whole, schema)
    if first.counts is None or not first.over:
        return first.result
    if {"values", "long_enum"}.intersection(first.over):
        caps = caps._replace(values=_values(first.schema, bounds))
        told = search.attempt(caps)
        if not told.over:
            return told.result
    levels = first.counts.depth
    best = search.deepest(caps, levels, lambda over: not over)
    if best is None and {"depth", _HUGE}.intersection(first.over):
        best = search.deepest(caps, levels, lambda over: not {"depth", _HUGE}.intersection(over))
    return first.result if best is None else best


class _Attempt(NamedTuple, Generic[T]):
    """What some caps give, and the bounds that it is beyond."""

    result: T
    schema: Json
    counts: Measures | None
    over: list[str]


@dataclass(slots=True)
class _Search(Generic[T]):
    """Attempts at one schema, each made once; see `fitted` for the attributes."""

    lower: Callable[[Caps], tuple[T, Json, int]]
    bounds: SchemaBounds
    most: int
    known: dict[Caps, _Attempt[T]] = field(default_factory=dict[Caps, "_Attempt[T]"])

    def attempt(self, caps: Caps) -> _Attempt[T]:
        """Lower with some caps; optional properties that are too many are made required."""
        if caps not in self.known:
            self.known[caps] = self._attempt(caps)
        return self.known[caps]

    def _attempt(self, caps: Caps) -> _Attempt[T]:
        result, schema, depth = self.lower(caps)
        if surely_within(schema, self.bounds, depth):
            return _Attempt(result, schema, None, [])
        return self.judged(caps, result, schema)

    def judged(self, caps: Caps, result: T, schema: Json) -> _Attempt[T]:
        """Measure what some caps give."""
        counts = measures(schema)
        over = beyond(counts, self.bounds)
        if over == ["optional"] and not caps.forced:
            extra = counts.optional - (self.bounds.optional or 0)
            return self._attempt(caps._replace(forced=extra))
        return _Attempt(result, schema, counts, [*over, _HUGE] if counts.size > self.most else over)

    def deepest(self, caps: Caps, levels: int, wanted: Callable[[list[str]], bool]) -> T | None:
        """Find the greatest depth that is as wanted, by halving."""
        least, most, best = 1, levels - 1, None
        while least <= most:
            depth = (least + most) // 2
            found = self.attempt(caps._replace(depth=depth))
            if wanted(found.over):
                best, least = found.result, depth + 1
            else:
                most = depth - 1
        return best


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
