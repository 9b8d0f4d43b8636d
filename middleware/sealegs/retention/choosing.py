"""Chooses among the records that fit a turn: one for certain, or none."""

from __future__ import annotations

from collections.abc import Sequence

from sealegs.exchange import GapReason
from sealegs.records import Found, Record
from sealegs.retention.keys import Facts, looks_unique
from sealegs.retention.places import Place

__all__ = ["choose", "contradicts", "named"]


def choose(
    place: Place, there: Found, *, ids_agree: bool = False, any_system: bool = False
) -> Record | GapReason:
    """Choose the one record, or say why there is none."""
    possible = [record for record in there.records if not contradicts(place.facts, record)]
    if not possible:
        return "evicted" if there.tainted else "never_seen"
    own = place.facts.call_ids
    equal = [record for record in possible if own and record.stamped_ids == own]
    possible = _distinct(equal or possible)
    sure = ids_agree or (bool(equal) and all(map(looks_unique, own)))
    # An equal system prompt makes the whole prefix equal. An equal issuer decides nothing: a router
    # may have gone from the turn's own model to another's, which said the same elsewhere.
    alike = [record for record in possible if record.system == place.system]
    possible = alike or possible
    if len(possible) > 1:
        return "ambiguous"
    if there.tainted and not sure:
        return "evicted"
    if not (alike or sure or place.in_session or any_system):
        return "context_changed"
    return possible[0]


def named(facts: Facts, record: Record) -> bool:
    """Whether unique ids say that this is the turn."""
    own = facts.call_ids
    return bool(own) and record.stamped_ids == own and all(map(looks_unique, own))


def contradicts(facts: Facts, record: Record) -> bool:
    """Whether unique ids say that this is another turn."""
    own, theirs = facts.call_ids, record.stamped_ids
    if not own or not theirs or own == theirs or set(own) <= set(theirs):
        return False
    return all(map(looks_unique, own)) and all(map(looks_unique, theirs))


def _distinct(records: Sequence[Record]) -> list[Record]:
    """Keep one record for each payload: equal payloads are not ambiguous. The newest stands."""
    kept: list[Record] = []
    for record in reversed(records):
        if not any(_same(record, other) for other in kept):
            kept.append(record)
    return kept


def _same(one: Record, other: Record) -> bool:
    return (one.payloads, one.issuer, one.complete) == (
        other.payloads,
        other.issuer,
        other.complete,
    )
