"""The plan for one request: every turn's change, gaps filled as the provider asks, the cap kept."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from sealegs.exchange import GapReason, Retention
from sealegs.flow import Call
from sealegs.retention.choosing import named
from sealegs.retention.filling import gaps_filled
from sealegs.retention.matching import BY_ID, Match
from sealegs.retention.prefixes import Prefixes
from sealegs.retention.restoring import Change, Rules, change
from sealegs.retention.stamping import stamped_in
from sealegs.retention.view import View
from sealegs.wire import Document, Message

__all__ = ["Plan", "plan"]

_BYTES_PER_TOKEN = 4


class Plan(msgspec.Struct, frozen=True):
    """What a request becomes.

    Attributes:
        document: the request to send.
        retention: what became of each turn.
    """

    document: Document
    retention: Retention


def plan(
    call: Call,
    view: View,
    found: Sequence[Match | GapReason],
    rules: Rules,
    *,
    cap: int | None,
) -> Plan:
    """Decide about every assistant turn of a request.

    Args:
        call: the call, as the layers above left it.
        view: its assistant turns.
        found: for each of them its record, or why there is none.
        rules: what holds for this request.
        cap: the most hidden tokens, or ``None``.
    """
    found = _claimed_once(_whole(view, found))
    document = _renamed(call, found, rules)
    provider = rules.provider
    prefixes = Prefixes(document) if provider and provider.bound else None
    changes: list[Change] = []
    used: set[bytes] = set()
    for (index, place), one in zip(view.assistants, found, strict=True):
        if isinstance(one, Match) and one.record.id in used:
            changes.append(Change("continued"))
            continue
        if provider and provider.send == "tool_loop" and index < view.loop_start:
            changes.append(Change("out_of_scope"))
            continue
        before = prefixes.before(index) if prefixes else b""
        spell = partial(document.spelled, index)
        made = change(document.turns[index].raw, spell, place.facts, one, rules, before)
        if isinstance(one, Match):
            used.add(one.record.id)
        if prefixes and made.raw is not None:
            prefixes.replaced(index, made.raw)
        changes.append(made)
    if cap is not None and not (provider and provider.bound):
        changes = _capped(changes, view, cap)
    return _carried_out(call, document, view, changes, rules)


def _whole(view: View, found: Sequence[Match | GapReason]) -> Sequence[Match | GapReason]:
    """Refuse what may be the first part of a turn that the framework has taken apart.

    A turn with calls that follows a turn of the model directly, and is none that was captured so,
    may have been one with it; words alone then do not say which turn the first part is of.
    """
    kept = list(found)
    for n, ((index, place), (after, rest)) in enumerate(itertools.pairwise(view.assistants)):
        one, other = found[n], found[n + 1]
        if after != index + 1 or not rest.facts.calls or not isinstance(one, Match):
            continue
        whole = isinstance(other, Match) and other.record.fingerprint == rest.facts.digest
        if not (whole or one.rung in BY_ID or named(place.facts, one.record)):
            kept[n] = "structure_changed"
    return kept


def _claimed_once(found: Sequence[Match | GapReason]) -> Sequence[Match | GapReason]:
    """Refuse a turn that is known by its surroundings alone, where another one is the record."""
    if not any(isinstance(one, Match) and one.rung == "context" for one in found):
        return found
    claims = Counter(one.record.id for one in found if isinstance(one, Match))
    return [
        "ambiguous"
        if isinstance(one, Match) and one.rung == "context" and claims[one.record.id] > 1
        else one
        for one in found
    ]


def _carried_out(
    call: Call,
    document: Document,
    view: View,
    changes: Sequence[Change],
    rules: Rules,
) -> Plan:
    edits: dict[int, Message | bytes] = {
        index: made.raw
        for (index, _), made in zip(view.assistants, changes, strict=True)
        if made.raw is not None
    }
    edits |= gaps_filled(call, document, view, changes, rules)
    gaps: list[tuple[int, GapReason]] = [
        (n, made.reason) for n, made in enumerate(changes) if made.reason is not None
    ]
    hidden = sum([made.hidden for made in changes])
    formats = dict.fromkeys([name for made in changes for name in made.formats])
    retention = Retention(
        outcomes=tuple([made.outcome for made in changes]),
        gaps=tuple(gaps),
        hidden_tokens=-(-hidden // _BYTES_PER_TOKEN),
        hidden_bytes=hidden,
        formats=tuple(formats),
    )
    return Plan(document.edited(turns=edits), retention)


def _capped(changes: list[Change], view: View, cap: int) -> list[Change]:
    """Leave out the oldest whole turns beyond the cap, never those of the current loop.

    Turns are dropped in blocks: whenever the sum passes the cap, all before go. So a growing
    conversation keeps the same prefix from one request to the next until a block is full.
    """
    limit, total, kept_from = cap * _BYTES_PER_TOKEN, 0, 0
    for number, made in enumerate(changes):
        total += made.hidden
        if total > limit:
            kept_from, total = number, made.hidden
        if total > limit:  # too large by itself
            kept_from, total = number + 1, 0
    return [
        Change("gap", "capped")
        if number < kept_from and made.hidden and view.assistants[number][0] < view.loop_start
        else made
        for number, made in enumerate(changes)
    ]


def _renamed(call: Call, found: Sequence[Match | GapReason], rules: Rules) -> Document:
    """Map stamped ids back to the provider's own, in calls and in results, before all else."""
    native: dict[str, str] = {}
    for one in found:
        if isinstance(one, Match) and one.record.stamped_ids != one.record.call_ids:
            # of one that another layer found in text, or never let through, there is but one side
            native.update(zip(one.record.stamped_ids, one.record.call_ids, strict=False))
    if not native:
        return call.document
    edits: dict[int, bytes] = {}
    for index, turn in enumerate(call.document.turns):
        ours = rules.spellings.get(("ids", turn.raw), len(turn.raw), partial(stamped_in, turn.raw))
        ids = {one: native[one] for one in ours if one in native}
        if ids:
            make = partial(_with_ids, call, index, ids)
            place = (turn.raw, *ids.items())
            edits[index] = rules.spellings.get(place, 2 * len(turn.raw), make)
    return call.document.edited(turns=edits)


def _with_ids(call: Call, index: int, ids: Mapping[str, str]) -> bytes:
    message = call.wire.message(call.document.turns[index].raw)
    call.wire.rename_calls(message, lambda old: ids.get(old, old))
    return call.document.spelled(index, message)
