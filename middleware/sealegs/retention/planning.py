"""The whole plan for one request: every turn's change, gaps filled as the provider asks, the cap kept."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from hashlib import blake2b

from sealegs.exchange import GapReason, Retention
from sealegs.flow import Call
from sealegs.jsons import Json, canonical, parse
from sealegs.knowledge import Parameter, Provider
from sealegs.retention.keys import plain_json, stripped
from sealegs.retention.matching import BY_ID, Match, named
from sealegs.retention.restoring import Change, Rules, change
from sealegs.retention.stamping import stamped_in
from sealegs.retention.view import View
from sealegs.wire import Document, Message

__all__ = ["Plan", "filled", "given_prefix", "parameters", "plan", "without_reasoning"]

_BYTES_PER_TOKEN = 4
_WITHOUT = frozenset({"gap", "none", "continued"})


@dataclass(frozen=True, slots=True)
class Plan:
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
    prefixes = _Prefixes(document) if provider and provider.bound else None
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
    edits |= _gaps_filled(call, document, view, changes, rules)
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
        if total > limit:
            kept_from, total = number + 1, 0
    return [
        Change("gap", "capped")
        if number < kept_from and made.hidden and view.assistants[number][0] < view.loop_start
        else made
        for number, made in enumerate(changes)
    ]


def _gaps_filled(
    call: Call, document: Document, view: View, changes: Sequence[Change], rules: Rules
) -> dict[int, bytes]:
    """Give demanded turns without reasoning what the provider's gap policy says."""
    provider = rules.provider
    if provider is None or provider.gap == "omit" or provider.demand == "never":
        return {}
    if provider.tools_only and not view.tools:
        return {}
    edits: dict[int, bytes] = {}
    for (index, place), made in zip(view.assistants, changes, strict=True):
        demanded = provider.demand == "all" or (index > view.loop_start and place.facts.calls)
        if made.outcome not in _WITHOUT or not demanded or made.raw is not None:
            continue
        raw = document.turns[index].raw
        make = partial(_spelled_gap, call, document, index, rules, provider)
        new = rules.spellings.get(("gap", raw, rules.token), 2 * len(raw), make)
        if new is not raw:
            edits[index] = new
    return edits


def _spelled_gap(
    call: Call, document: Document, index: int, rules: Rules, provider: Provider
) -> bytes:
    raw = document.turns[index].raw
    new = filled(call.wire.message(raw), rules, provider)
    return raw if new is None else document.spelled(index, new)


def filled(
    message: Message, rules: Rules, provider: Provider, fills: Sequence[str] = ()
) -> Message | None:
    """Fill a turn's reasoning with an empty text, or with the provider's own dummy."""
    bare = stripped(message, rules.formats)
    for name in provider.out or tuple(provider.placeholder) or fills:
        form = rules.named(name)
        if form is None:
            continue
        payload = provider.placeholder.get(name) or form.plain("")
        new = form.write(bare, payload) if payload is not None else None
        if new is not None:
            return new
    return None


def without_reasoning(document: Document, call: Call, rules: Rules, *, detach: bool) -> Document:
    """Strip all reasoning from a request, or only what ties turns to reasoning that is lost."""
    edits: dict[int, Message] = {}
    for index, turn in enumerate(document.turns):
        if turn.role != "assistant":
            continue
        message = new = call.wire.message(turn.raw)
        if not detach:
            new = stripped(message, rules.formats)
        elif not any(form.read(message) is not None for form in rules.formats):
            for form in rules.formats:
                new = form.detached(new)
        if new != message:
            edits[index] = new
    return document.edited(turns=edits)


def _renamed(call: Call, found: Sequence[Match | GapReason], rules: Rules) -> Document:
    """Map stamped ids back to the provider's own, in calls and in results, before all else."""
    native: dict[str, str] = {}
    for one in found:
        if isinstance(one, Match) and one.record.stamped_ids != one.record.call_ids:
            native.update(zip(one.record.stamped_ids, one.record.call_ids, strict=True))
    if not native:
        return call.document
    edits: dict[int, bytes] = {}
    for index, turn in enumerate(call.document.turns):
        ids = {one: native[one] for one in stamped_in(turn.raw) if one in native}
        if ids:
            make = partial(_with_ids, call, index, ids)
            place = (turn.raw, *ids.items())
            edits[index] = rules.spellings.get(place, 2 * len(turn.raw), make)
    return call.document.edited(turns=edits)


def _with_ids(call: Call, index: int, ids: Mapping[str, str]) -> bytes:
    message = call.wire.message(call.document.turns[index].raw)
    call.wire.rename_calls(message, lambda old: ids.get(old, old))
    return call.document.spelled(index, message)


def parameters(
    document: Document, provider: Provider | None, family: str, allowed: str
) -> Mapping[str, Json]:
    """Choose the parameters to set: those that make the provider use what it is sent back.

    A parameter that the caller has set stays as it is.
    """
    if provider is None or allowed == "none":
        return {}
    return {
        one.path: one.value
        for one in provider.parameters
        if (allowed == "all" or one.use == "needed") and _fits(one, document, family)
    }


def _fits(one: Parameter, document: Document, family: str) -> bool:
    if not any(fnmatchcase(family, pattern) for pattern in one.models):
        return False
    if any(document.parameter(path) in values for path, values in one.unless.items()):
        return False
    return document.parameter(one.path) is None


class _Prefixes:
    """Digests of what the provider would see before each turn, for reasoning that is bound to it."""

    __slots__ = ("_changed", "_document", "_known")

    def __init__(self, document: Document) -> None:
        self._document = document
        self._changed: dict[int, bytes] = {}
        self._known = [_digest(_digest(b"", document.system), document.tools)]

    def before(self, index: int) -> bytes:
        """Give the digest of all before a turn."""
        while len(self._known) <= index:
            position = len(self._known) - 1
            raw = self._changed.get(position, self._document.turns[position].raw)
            self._known.append(_digest(self._known[-1], raw))
        return self._known[index]

    def replaced(self, index: int, raw: bytes) -> None:
        """Take note that a turn goes out changed."""
        self._changed[index] = raw


def _digest(before: bytes, raw: bytes) -> bytes:
    said = canonical(plain_json(parse(raw))) if raw else b""
    return blake2b(before + said, digest_size=16).digest()


def given_prefix(document: Document) -> bytes:
    """Digest all that the provider sees of a request: system, tools and every turn."""
    return _Prefixes(document).before(len(document.turns))
