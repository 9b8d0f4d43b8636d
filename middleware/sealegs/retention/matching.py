"""Which captured turn a turn of a request is: certain, or not at all.

The ladder, first certain rung wins; an ambiguous match is a miss, and so is one that another record
speaks against.

===========  ==========================================================  =============
rung         what must agree                                             signed forms
===========  ==========================================================  =============
stamped      an id that sealegs gave                                     yes
exact        all that was said before, and what the turn says            yes
calls        the same, where the framework dropped the text beside calls yes
flattened    all that was said before; the turn's text holds its ids     no
fragment     unique ids, which are some of the turn's                    no
id           a unique id, and what the turn says                         unless bound
system       all that was said before, but another system prompt         no
context      what the turn says, and what stands right before it         no
===========  ==========================================================  =============
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sealegs.exchange import GapReason
from sealegs.records import Found, Record
from sealegs.retention.choosing import choose, contradicts
from sealegs.retention.keys import key, looks_unique
from sealegs.retention.places import Place, calls_key, form_key, id_key

__all__ = [
    "BY_ID",
    "EXACT_RUNGS",
    "Match",
    "Rung",
    "match",
]

Rung: TypeAlias = Literal[
    "stamped", "exact", "calls", "flattened", "fragment", "id", "system", "context"
]

EXACT_RUNGS: frozenset[Rung] = frozenset({"stamped", "exact", "calls"})
"""Rungs that fix a turn's place, as signed reasoning needs it."""

_TELLING = 80
"""From how many bytes on a turn says enough to be known by it within its session: 40 characters of
text, and what JSON puts around them."""

_NOTHING = Found()


@dataclass(frozen=True, slots=True)
class Match:
    """The record that a turn is, and the rung on which that became certain."""

    record: Record
    rung: Rung


def match(place: Place, found: Mapping[bytes, Found], *, last: bool) -> Match | GapReason:
    """Find the record that a turn is.

    Args:
        place: the turn.
        found: what the store has under the turn's keys.
        last: whether the other keys have been looked up too, so that the answer is final.

    Returns:
        The match, or why there is none.
    """
    known = found.get(place.exact)
    if known is not None and _plainly(place, known):
        return Match(known.records[0], "exact")
    reason: GapReason = "never_seen"
    rungs = _FIRST + _SECOND if last else _FIRST
    for rung, find in rungs:
        if reason in _FINAL and rung not in BY_ID:
            continue
        result = find(place, found)
        if isinstance(result, Record):
            return Match(result, rung)
        if result != "never_seen" and reason not in _FINAL:
            reason = result
    return reason


def _plainly(place: Place, there: Found) -> bool:
    """Whether the exact rung answers at once, as it nearly always does: all agrees."""
    if len(there.records) != 1 or there.tainted:
        return False
    record = there.records[0]
    return record.system == place.system and record.stamped_ids == place.facts.call_ids


_FINAL: frozenset[GapReason] = frozenset({"ambiguous", "evicted"})
"""After these a weaker rung could only guess, unless it rests on a unique id."""

BY_ID: frozenset[Rung] = frozenset({"fragment", "id"})
"""Rungs that rest on a unique id alone."""

_Find: TypeAlias = "Callable[[Place, Mapping[bytes, Found]], Record | GapReason]"


def _stamped(place: Place, found: Mapping[bytes, Found]) -> Record | GapReason:
    """Find by an id of our own: unique by construction, so all of the turn's ids must agree."""
    for record in _by_id(place, found).records:
        ours = record.stamped_ids
        if ours != record.call_ids and ours == place.facts.call_ids:
            return record
    return "never_seen"


def _exactly(place: Place, found: Mapping[bytes, Found]) -> Record | GapReason:
    return choose(place, found.get(place.exact, _NOTHING))


def _by_calls(place: Place, found: Mapping[bytes, Found]) -> Record | GapReason:
    if not place.facts.calls:
        return "never_seen"
    return choose(place, found.get(calls_key(place), _NOTHING))


def _flattened(place: Place, found: Mapping[bytes, Found]) -> Record | GapReason:
    """Find a turn whose calls the framework wrote into its text (smolagents)."""
    if place.facts.calls:
        return "never_seen"
    there = found.get(key(b"prefix", place.prefix), _NOTHING)
    text = place.raw
    held = [
        record
        for record in there.records
        if record.stamped_ids
        and all(looks_unique(one) and one.encode() in text for one in record.stamped_ids)
    ]
    return choose(place, Found(tuple(held), there.tainted), ids_agree=True)


def _fragment(place: Place, found: Mapping[bytes, Found]) -> Record | GapReason:
    """Find a turn of which the framework sends some calls here and the others in later messages."""
    own = place.facts.call_ids
    if not own or not all(map(looks_unique, own)):
        return "never_seen"
    there = _by_id(place, found)
    held = [record for record in there.records if set(own) < set(record.stamped_ids)]
    return choose(place, Found(tuple(held), there.tainted), ids_agree=True)


def _uniquely(place: Place, found: Mapping[bytes, Found]) -> Record | GapReason:
    """Find by a native id that looks unique, in a history that was trimmed or rewritten before."""
    items = place.facts.item_ids
    if items and items[0]:
        there = found.get(id_key(place.start, items[0]), _NOTHING)
        same = [record for record in there.records if items[0] in record.item_ids]
        held = [record for record in same if _says(place, record, found)]
        if held:
            return choose(place, Found(tuple(held)), ids_agree=True)
    own = place.facts.call_ids
    if not own or not all(map(looks_unique, own)):
        return "never_seen"
    there = _by_id(place, found)
    held = [record for record in there.records if record.stamped_ids == own]
    same = [record for record in held if _says(place, record, found)]
    return choose(place, Found(tuple(same), there.tainted), ids_agree=True)


def _under_any_system(place: Place, found: Mapping[bytes, Found]) -> Record | GapReason:
    """Find a turn of the same conversation, whose system prompt was replaced meanwhile."""
    return choose(place, found.get(place.exact, _NOTHING), any_system=True)


def _in_context(place: Place, found: Mapping[bytes, Found]) -> Record | GapReason:
    """Find a turn by what it says and by the turns right before it, as far as they are there."""
    there = found.get(form_key(place.start, place.facts.digest), _NOTHING)
    if not there.records and place.facts.calls:
        there = found.get(form_key(place.start, place.facts.calls), _NOTHING)
    records = [record for record in there.records if not contradicts(place.facts, record)]
    if not records:
        return "evicted" if there.tainted else "never_seen"
    agreeing = [(_agreement(place.context, record.context), record) for record in records]
    best = max(length for length, _ in agreeing)
    whole = len(place.context) // 8
    # calls with nothing before them may be a part of a turn that was taken apart and trimmed
    alone = whole == 0 and not place.facts.calls
    enough = (best >= 1 or alone) if place.in_session else best >= 2 and best == whole
    # behind a summary nothing before agrees; a long text that its session said once is that turn
    told = place.facts.size >= _TELLING and not place.facts.calls
    once = place.in_session and len(records) == 1 and told
    if not (enough or once):
        return "context_changed"
    closest = tuple(record for length, record in agreeing if length == best)
    return choose(place, Found(closest, there.tainted))


_FIRST: tuple[tuple[Rung, _Find], ...] = (
    ("stamped", _stamped),
    ("exact", _exactly),
    ("calls", _by_calls),
)
_SECOND: tuple[tuple[Rung, _Find], ...] = (
    ("flattened", _flattened),
    ("fragment", _fragment),
    ("id", _uniquely),
    ("system", _under_any_system),
    ("context", _in_context),
)


def _says(place: Place, record: Record, found: Mapping[bytes, Found]) -> bool:
    """Whether a record says what the turn says, its text perhaps dropped."""
    if record.fingerprint == place.facts.digest:
        return True
    by_calls = found.get(form_key(place.start, place.facts.calls), _NOTHING)
    return any(record.id == other.id for other in by_calls.records)


def _agreement(here: bytes, there: bytes) -> int:
    """Count the turns that agree, from the nearest back.

    >>> _agreement(b"1" * 8 + b"2" * 8, b"0" * 8 + b"2" * 8)
    1
    """
    longest = min(len(here), len(there)) // 8
    for count in range(longest):
        end = len(here) - 8 * count
        if here[end - 8 : end] != there[len(there) - 8 * count - 8 : len(there) - 8 * count]:
            return count
    return longest


def _by_id(place: Place, found: Mapping[bytes, Found]) -> Found:
    own = place.facts.call_ids
    return found.get(id_key(place.start, own[0]), _NOTHING) if own and own[0] else _NOTHING
