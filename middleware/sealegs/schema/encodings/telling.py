"""Which branches of a union look alike once they are lowered, so that they must be marked."""

from __future__ import annotations

from collections.abc import Sequence

from sealegs.jsons import Json, is_object
from sealegs.schema.codec import UNCHANGED
from sealegs.schema.encodings.run import Draft, Run
from sealegs.schema.rewrites.disjoint import disjoint
from sealegs.schema.rewrites.gathering import Facts, gather
from sealegs.schema.rewrites.kinds import fits, sameness
from sealegs.schema.rewrites.parts import Meet

__all__ = ["told_apart"]

_MANY = 64


def told_apart(run: Run, branches: Sequence[tuple[Meet, Draft]]) -> frozenset[int]:
    """Give the branches that must be marked: those whose values another branch would take.

    Two branches that change nothing may look alike: they map alike.
    """
    alike: set[int] = set()
    facts: list[Facts | None] = [None] * len(branches)
    for one in range(len(branches)):
        for other in range(one + 1, len(branches)):
            pair = (branches[one][1], branches[other][1])
            if all(draft.step is UNCHANGED for draft in pair) or not _overlap(*pair):
                continue
            if len(branches) <= _MANY:
                for index in (one, other):
                    facts[index] = facts[index] or gather(branches[index][0], run.defs)
                if _distinguished(run, pair, facts[one], facts[other]):
                    continue
            alike |= {one, other}
    if not alike:
        return frozenset()
    objects = (index for index, (_, draft) in enumerate(branches) if "object" in draft.types)
    return frozenset([*alike, *objects])


def _overlap(left: Draft, right: Draft) -> bool:
    return any(fits(kind, right.types) or kind == "number" for kind in left.types) and bool(
        left.types & right.types
        or ({"integer", "number"} & left.types and {"integer", "number"} & right.types)
    )


def _distinguished(
    run: Run, pair: tuple[Draft, Draft], left: Facts | None, right: Facts | None
) -> bool:
    """Say whether two lowered branches exclude each other."""
    one, other = (_seen(run, draft.schema) for draft in pair)
    if one is not None and other is not None:
        return _different(one, other)
    if left is None or right is None or left.types != ["object"] or right.types != ["object"]:
        return False
    return disjoint(left, right, run.defs)


def _seen(run: Run, schema: dict[str, Json]) -> dict[str, Json] | None:
    """Give the lowered schema behind references; ``None`` while it is not done."""
    for _ in range(len(run.out) + 1):
        if "$ref" not in schema:
            return schema
        known = run.lowered(schema["$ref"])
        if known is None:
            return None
        schema = known.schema
    return None


def _different(left: dict[str, Json], right: dict[str, Json]) -> bool:
    if left.get("type") == right.get("type") == "string":
        return "enum" in left and "enum" in right and _no_value(left["enum"], right["enum"])
    if left.get("type") != "object" or right.get("type") != "object":
        return False
    if _lacks(left, right) or _lacks(right, left):
        return True
    both = set(left.get("required", ())) & set(right.get("required", ()))
    return any(
        _no_value(_values(left["properties"].get(name)), _values(right["properties"].get(name)))
        for name in left.get("required", ())
        if name in both and "properties" in left and "properties" in right
    )


def _lacks(left: dict[str, Json], right: dict[str, Json]) -> bool:
    """Say whether one requires what the other does not let in."""
    if right.get("additionalProperties") is not False:
        return False
    declared = right.get("properties", {})
    return any(name not in declared for name in left.get("required", ()))


def _values(schema: Json) -> list[Json]:
    if not is_object(schema):
        return []
    if "const" in schema:
        return [schema["const"]]
    values: list[Json] = schema.get("enum", [])
    return values


def _no_value(left: list[Json], right: list[Json]) -> bool:
    known = {sameness(value) for value in left}
    return bool(left and right) and all(sameness(value) not in known for value in right)
