"""Lowering of strings, numbers, booleans and null, alone or several together."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sealegs.jsons import Json
from sealegs.schema.codec import UNCHANGED
from sealegs.schema.encodings.annotating import annotated
from sealegs.schema.encodings.run import Draft, Run, Spot
from sealegs.schema.encodings.tables import table
from sealegs.schema.rewrites.bounds import Said
from sealegs.schema.rewrites.gathering import Facts
from sealegs.schema.rewrites.kinds import TYPED

__all__ = ["bounded", "left_over", "lower_scalar", "several"]


def lower_scalar(run: Run, facts: Facts, spot: Spot) -> Draft:
    """Lower a schema of one scalar type."""
    kind = facts.types[0]
    if kind == "null" and run.rules.shape.null == "nullable":
        return annotated(run, table(run, [None], Said("null", facts.place("type"))), facts.notes)
    told: list[str] = []
    schema: dict[str, Json] = {"type": kind, **bounded(run, facts, (kind,), told, spot)}
    left_over(run, facts, (kind,), told)
    return annotated(run, Draft(schema, UNCHANGED, frozenset({kind})), facts.notes, told)


def several(run: Run, facts: Facts, spot: Spot) -> Draft | None:
    """Lower a schema of several scalar types to a list of types, where that may be."""
    shape = run.rules.shape
    if not shape.type_lists or not run.rules.takes("type", facts.types):
        return None
    told: list[str] = []
    kinds = tuple(facts.types)
    if shape.list_siblings != "all" and any(_speaks(word, kinds) for word in facts.bounds):
        return None
    schema: dict[str, Json] = {"type": list(kinds), **bounded(run, facts, kinds, told, spot)}
    left_over(run, facts, kinds, told)
    return annotated(run, Draft(schema, UNCHANGED, frozenset(kinds)), facts.notes, told)


def bounded(
    run: Run, facts: Facts, kinds: Sequence[str], told: list[str], spot: Spot
) -> dict[str, Json]:
    """Give the bounds that speak of some types and are taken; take out the others that do."""
    kept: dict[str, Json] = {}
    for keyword, said in facts.bounds.items():
        if not _speaks(keyword, kinds):
            if not spot.split:
                reason = f"says nothing of {' or '.join(kinds)}"
                run.note(keyword, said, "dropped-annotation", "nobody", reason)
        elif run.rules.takes(keyword, said.value):
            kept[keyword] = said.value
        elif keyword == "format":
            run.take_out(keyword, said, told, "not taken")
        else:
            run.take_out(keyword, said, told, "not taken")
    if run.rules.shape.matching:
        _made_whole(kept, kinds)
        _sorted_out(run, facts, kept, told)
    return kept


def _made_whole(kept: dict[str, Json], kinds: Sequence[str]) -> None:
    """Give whole bounds to integers; no integer lies between."""
    if tuple(kinds) == ("integer",):
        if "minimum" in kept:
            kept["minimum"] = math.ceil(kept["minimum"])
        if "maximum" in kept:
            kept["maximum"] = math.floor(kept["maximum"])


_ORDERED = (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"))


def _sorted_out(run: Run, facts: Facts, kept: dict[str, Json], told: list[str]) -> None:
    """Take out a minimum that is above its maximum."""
    for least, most in _ORDERED:
        if least in kept and most in kept and kept[least] > kept[most]:
            del kept[least]
            run.take_out(least, facts.bounds[least], told, "above the maximum")


def left_over(run: Run, facts: Facts, kinds: Sequence[str], told: list[str]) -> None:
    """Take out what could not be merged, as far as it speaks of some types."""
    for keyword, said in facts.rest:
        if _speaks(keyword, kinds):
            run.take_out(keyword, said, told, "cannot be said")


def _speaks(keyword: str, kinds: Sequence[str]) -> bool:
    kind = TYPED.get(keyword)
    return kind is None or kind in kinds or (kind == "number" and "integer" in kinds)
