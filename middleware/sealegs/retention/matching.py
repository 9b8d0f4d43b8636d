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

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import msgspec

from sealegs.exchange import GapReason
from sealegs.records import Found, Issuer, Record
from sealegs.retention.keys import Facts, key, looks_unique

__all__ = [
    "BY_ID",
    "EXACT_RUNGS",
    "WINDOW",
    "Match",
    "Place",
    "Rung",
    "match",
    "named",
    "other_keys",
    "save_keys",
]

Rung: TypeAlias = Literal[
    "stamped", "exact", "calls", "flattened", "fragment", "id", "system", "context"
]

EXACT_RUNGS: frozenset[Rung] = frozenset({"stamped", "exact", "calls"})
"""Rungs that fix a turn's place, as signed reasoning needs it."""

WINDOW = 32
"""How many turns before a turn a record remembers."""

_TELLING = 80
"""From how many bytes on a turn says enough to be known by it within its session: 40 characters of
text, and what JSON puts around them."""

_NOTHING = Found()


class Place(msgspec.Struct, frozen=True, gc=False):
    """One assistant turn of a request, and where it stands.

    Attributes:
        facts: what is known of the turn.
        start: where every chain of this namespace and session starts.
        prefix: digest of all that was said before it.
        exact: the same, the turn included.
        system: digest of the system prompt.
        spoken: digests of the request's turns, 8 bytes each; a system turn's is empty.
        index: the turn's own index among them.
        in_session: whether a session was given, so that other conversations are out of question.
        issuer: who is asked, and so most likely said the turn.
        raw: the turn's bytes as the framework sent them.
    """

    facts: Facts
    start: bytes
    prefix: bytes
    exact: bytes
    system: bytes
    spoken: Sequence[bytes]
    index: int
    in_session: bool
    issuer: Issuer
    raw: bytes = b""

    @property
    def context(self) -> bytes:
        """Digests of the turns right before it, 8 bytes each, the nearest last."""
        return b"".join(self.spoken[max(0, self.index - WINDOW) : self.index])


@dataclass(frozen=True, slots=True)
class Match:
    """The record that a turn is, and the rung on which that became certain."""

    record: Record
    rung: Rung


def save_keys(place: Place, ids: Iterable[str]) -> list[bytes]:
    """Give the keys under which a captured turn is kept."""
    facts = place.facts
    keys = [place.exact, key(b"prefix", place.prefix), _form(place.start, facts.digest)]
    if facts.calls:
        keys += [_calls(place), _form(place.start, facts.calls)]
    keys += [_id(place.start, call_id) for call_id in dict.fromkeys(ids) if call_id]
    return keys


def other_keys(place: Place) -> list[bytes]:
    """Give the keys of all rungs but the exact one, for a turn that is not just where it was."""
    facts = place.facts
    keys = [key(b"prefix", place.prefix), _form(place.start, facts.digest)]
    if facts.calls:
        keys += [_calls(place), _form(place.start, facts.calls)]
    ids = (*facts.call_ids[:1], *facts.item_ids[:1])
    return keys + [_id(place.start, one) for one in ids if one]


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
    """Whether the exact rung answers at once, as it nearly always does: one record, all agreeing."""
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
    return _choose(place, found.get(place.exact, _NOTHING))


def _by_calls(place: Place, found: Mapping[bytes, Found]) -> Record | GapReason:
    if not place.facts.calls:
        return "never_seen"
    return _choose(place, found.get(_calls(place), _NOTHING))


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
    return _choose(place, Found(tuple(held), there.tainted), ids_agree=True)


def _fragment(place: Place, found: Mapping[bytes, Found]) -> Record | GapReason:
    """Find a turn of which the framework sends some calls here and the others in later messages."""
    own = place.facts.call_ids
    if not own or not all(map(looks_unique, own)):
        return "never_seen"
    there = _by_id(place, found)
    held = [record for record in there.records if set(own) < set(record.stamped_ids)]
    return _choose(place, Found(tuple(held), there.tainted), ids_agree=True)


def _uniquely(place: Place, found: Mapping[bytes, Found]) -> Record | GapReason:
    """Find by a native id that looks unique, in a history that was trimmed or rewritten before."""
    items = place.facts.item_ids
    if items and items[0]:
        there = found.get(_id(place.start, items[0]), _NOTHING)
        same = [record for record in there.records if items[0] in record.item_ids]
        held = [record for record in same if _says(place, record, found)]
        if held:
            return _choose(place, Found(tuple(held)), ids_agree=True)
    own = place.facts.call_ids
    if not own or not all(map(looks_unique, own)):
        return "never_seen"
    there = _by_id(place, found)
    held = [record for record in there.records if record.stamped_ids == own]
    same = [record for record in held if _says(place, record, found)]
    return _choose(place, Found(tuple(same), there.tainted), ids_agree=True)


def _under_any_system(place: Place, found: Mapping[bytes, Found]) -> Record | GapReason:
    """Find a turn of the same conversation, whose system prompt was replaced meanwhile."""
    return _choose(place, found.get(place.exact, _NOTHING), any_system=True)


def _in_context(place: Place, found: Mapping[bytes, Found]) -> Record | GapReason:
    """Find a turn by what it says and by the turns right before it, as far as they are there."""
    there = found.get(_form(place.start, place.facts.digest), _NOTHING)
    if not there.records and place.facts.calls:
        there = found.get(_form(place.start, place.facts.calls), _NOTHING)
    records = [record for record in there.records if not _contradicts(place.facts, record)]
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
    return _choose(place, Found(closest, there.tainted))


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


def _choose(
    place: Place, there: Found, *, ids_agree: bool = False, any_system: bool = False
) -> Record | GapReason:
    """Choose the one record, or say why there is none."""
    possible = [record for record in there.records if not _contradicts(place.facts, record)]
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


def _contradicts(facts: Facts, record: Record) -> bool:
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
    return (one.payloads, one.issuer, one.complete) == (other.payloads, other.issuer, other.complete)


def _says(place: Place, record: Record, found: Mapping[bytes, Found]) -> bool:
    """Whether a record says what the turn says, its text perhaps dropped."""
    if record.fingerprint == place.facts.digest:
        return True
    by_calls = found.get(_form(place.start, place.facts.calls), _NOTHING)
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
    return found.get(_id(place.start, own[0]), _NOTHING) if own and own[0] else _NOTHING


def _calls(place: Place) -> bytes:
    return key(b"calls", place.prefix, place.facts.calls)


def _form(start: bytes, said: bytes) -> bytes:
    return key(b"form", start, said)


def _id(start: bytes, call_id: str) -> bytes:
    return key(b"id", start, call_id.encode())
