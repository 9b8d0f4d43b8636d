"""The layer: restores on the way down, captures on the way up, and learns from refusals."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from sealegs.exchange import GapReason, Retention, TurnOutcome
from sealegs.flow import Call, Flow, Reply, Whole, load, save, send
from sealegs.jsons import Json, dump, is_array, parse
from sealegs.knowledge import Provider, ReasoningFormat, Recovery
from sealegs.memo import Memo
from sealegs.records import Found
from sealegs.retention.capturing import capture
from sealegs.retention.filling import filled, parameters, without_reasoning
from sealegs.retention.keys import Reader
from sealegs.retention.matching import Match, match
from sealegs.retention.places import Place, other_keys
from sealegs.retention.planning import plan
from sealegs.retention.prefixes import given_prefix
from sealegs.retention.restoring import Rules
from sealegs.retention.stamping import Stamper, StampingFilter, stamps
from sealegs.retention.view import View, issuer_of, look
from sealegs.retention.walks import Walks
from sealegs.settings import RetentionSettings
from sealegs.wire import Document, Message

__all__ = ["ReasoningLayer"]

_REMEMBERED = 1024


class ReasoningLayer:
    """Keeps a model's reasoning across the turns of a conversation.

    Args:
        formats: the reasoning formats.
        settings: how reasoning is kept.
        clock: seconds since the epoch.
    """

    name = "reasoning"
    stage = 300
    fails_open = True

    def __init__(
        self,
        formats: Iterable[ReasoningFormat],
        settings: RetentionSettings,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._reader = Reader(formats)
        self._settings, self._clock = settings, clock
        self._spellings = Memo()
        self._walks = Walks()
        # (origin, wire, model family) to the recovery that helped; bounded, oldest first out
        self._learned: dict[tuple[str, str, str], Recovery] = {}

    def model(self, call: Call, /) -> Flow[Reply]:
        """Restore the request's reasoning, send it, and capture the reply's."""
        if self._settings.mode == "off":
            return (yield from send(call))
        rules = self._rules(call)
        if rules.provider is not None and rules.provider.send == "never":
            return (yield from self._strip(call, rules))
        view = look(call, self._reader, self._walks)
        found = yield from self._find(call, view)
        planned = plan(call, view, found, rules, cap=self._settings.hidden_token_cap)
        call.ledger.retention = planned.retention
        restored = call
        if self._settings.mode == "fix":
            family = call.target.family if call.target else ""
            wanted = parameters(
                planned.document,
                rules.provider,
                family,
                self._settings.parameters,
                carries=not _CARRIED.isdisjoint(planned.retention.outcomes),
            )
            document = planned.document.edited(parameters=wanted)
            if document is not call.document:
                restored = replace(call, document=document)
            restored = self._as_learned(restored, rules)
        reply = yield from send(restored)
        reply, sent = yield from self._recovered(reply, restored, rules)
        self._watch(reply, sent, view, rules)
        return reply

    def _rules(self, call: Call) -> Rules:
        formats = self._reader.formats(call.wire.name)
        issuer = issuer_of(call) if call.target else None
        return Rules(
            call.target,
            issuer,
            formats,
            self._settings.cross_family,
            call.wire.message,
            self._spellings,
            (id(call.target.provider), issuer) if call.target else None,
        )

    def _strip(self, call: Call, rules: Rules) -> Flow[Reply]:
        """Send without any reasoning, to a provider that refuses it."""
        document = without_reasoning(call.document, call, rules, detach=False)
        changed = sum(
            new.raw is not old.raw
            for new, old in zip(document.turns, call.document.turns, strict=True)
        )
        stripped: TurnOutcome = "stripped"
        outcomes = (stripped,) * changed
        call.ledger.retention = Retention(outcomes=outcomes)
        if self._settings.mode == "fix":
            call = replace(call, document=document)
        return (yield from send(call))

    def _find(self, call: Call, view: View) -> Flow[Sequence[Match | GapReason]]:
        """Ask the store for every assistant turn: first where it must be, then where it may be."""
        places = [place for _, place in view.assistants]
        if not places:
            return []
        try:
            # nearly always every turn is just where it was: one key for each tells
            found = dict((yield from load([place.exact for place in places])))
            matches: list[Match | GapReason] = [match(place, found, last=False) for place in places]
            open_ones = [
                place
                for place, one in zip(places, matches, strict=True)
                if not isinstance(one, Match)
            ]
            if open_ones:
                found |= yield from load(_keys(open_ones, other_keys))
                matches = _second_look(places, matches, found)
        except (OSError, TimeoutError) as error:
            call.ledger.failed(self.name, "store", error)
            failed: list[Match | GapReason] = ["store_failed" for _ in places]
            return failed
        return matches

    def _as_learned(self, call: Call, rules: Rules) -> Call:
        recovery = self._learned.get(_place(call))
        if recovery is None:
            return call
        _tell(call, recovery)
        return self._with(recovery, call, rules)

    def _recovered(self, reply: Reply, call: Call, rules: Rules) -> Flow[tuple[Reply, Call]]:
        """After a documented refusal send once more, with the opposite policy, and remember it."""
        recovery = self._recovery(reply, call, rules)
        if recovery is None:
            return reply, call
        again = self._with(recovery, call, rules)
        if again.document.encode() == call.document.encode() and again.headers == call.headers:
            return reply, call
        second = yield from send(again)
        if second.status < 400:
            while len(self._learned) >= _REMEMBERED:
                del self._learned[next(iter(self._learned))]
            if recovery.remember:
                self._learned[_place(call)] = recovery
            _tell(call, recovery)
        return second, again

    def _recovery(self, reply: Reply, call: Call, rules: Rules) -> Recovery | None:
        provider = rules.provider
        if reply.status not in (400, 422) or provider is None or reply.body is None:
            return None
        if not (self._settings.recover and self._settings.mode == "fix"):
            return None
        try:
            text = call.wire.error(parse(reply.body))
        except ValueError:
            text = reply.body.decode("utf-8", "replace")
        return next((one for one in provider.recoveries if re.search(one.pattern, text)), None)

    def _with(self, recovery: Recovery, call: Call, rules: Rules) -> Call:
        document = call.document
        match recovery.action:
            case "strip":
                document = without_reasoning(document, call, rules, detach=False)
            case "strip_ids":
                document = without_reasoning(document, call, rules, detach=True)
            case "fill":
                document = document.edited(turns=_fillings(call, rules, recovery.fills))
            case "set":
                document = document.edited(parameters=_joined(document, recovery.parameters))
        headers = dict(call.headers)
        for name, value in recovery.headers.items():
            known = headers.get(name, call.head.headers.get(name, ""))
            headers[name] = known if value in known else ",".join(filter(None, (known, value)))
        return replace(call, document=document, headers=headers)

    def _watch(self, reply: Reply, call: Call, view: View, rules: Rules) -> None:
        """Capture the reply once it is whole; give its calls unique ids where they have none."""
        if reply.status >= 300:
            return
        bound = rules.provider is not None and rules.provider.bound
        prefix = given_prefix(call.document) if bound else b""
        replaces = stamps(self._settings.stamp_ids, rules.provider)
        if self._settings.mode == "fix" and replaces is not None:
            self._stamp(reply, Stamper(call.wire, replaces))

        def captured(whole: Whole) -> Flow[None]:
            records = capture(call, whole, view.end, self._reader, prefix, self._clock())
            for one in records:
                yield from save(one.record, one.keys)
            held = call.ledger.retention or Retention()
            count = sum(bool(one.record.payloads) for one in records)
            call.ledger.retention = replace(held, captured=count)

        reply.finishers.append((self.name, captured))

    def _stamp(self, reply: Reply, stamper: Stamper) -> None:
        if reply.body is None:
            reply.filters.append((self.name, StampingFilter(stamper)))
            return
        try:
            stamped = stamper.stamped(reply.body, reply.data)
        except ValueError:
            return
        if stamped is not None:
            reply.edit(dump(stamped))


def _tell(call: Call, recovery: Recovery) -> None:
    """Say in the record what a recovery did; one that strips leaves nothing restored."""
    kept = call.ledger.retention
    if kept is None:
        return
    kept = replace(kept, recovered=recovery.action)
    if recovery.action == "strip":
        stripped: TurnOutcome = "stripped"
        outcomes = [stripped if one in _CARRIED else one for one in kept.outcomes]
        kept = replace(kept, outcomes=tuple(outcomes), hidden_tokens=0, hidden_bytes=0, formats=())
    call.ledger.retention = kept


_CARRIED = frozenset({"present", "restored", "repaired"})


def _joined(document: Document, wanted: Mapping[str, Json]) -> Mapping[str, Json]:
    """Join lists with those that the caller has set; anything else takes the caller's place."""
    joined = dict(wanted)
    for path, value in wanted.items():
        known = document.parameter(path)
        if is_array(value) and is_array(known):
            joined[path] = [*known, *(item for item in value if item not in known)]
    return joined


def _second_look(
    places: Sequence[Place],
    matches: Sequence[Match | GapReason],
    found: Mapping[bytes, Found],
) -> list[Match | GapReason]:
    return [
        one if isinstance(one, Match) else match(place, found, last=True)
        for place, one in zip(places, matches, strict=True)
    ]


def _keys(places: Sequence[Place], of: Callable[[Place], Sequence[bytes]]) -> list[bytes]:
    return list(dict.fromkeys(key for place in places for key in of(place)))


def _place(call: Call) -> tuple[str, str, str]:
    target = call.target
    if target is None:
        return (call.head.origin, call.wire.name, "")
    return (target.origin, call.wire.name, target.family)


def _fillings(call: Call, rules: Rules, fills: Sequence[str]) -> Mapping[int, Message]:
    """Give every assistant turn that has no reasoning an empty one."""
    provider: Provider | None = rules.provider
    found: dict[int, Message] = {}
    for index, turn in enumerate(call.document.turns):
        if turn.role != "assistant" or provider is None:
            continue
        message = call.wire.message(turn.raw)
        if any(form.read(message) is not None for form in rules.formats):
            continue
        new = filled(message, rules, provider, fills)
        if new is not None and new != message:
            found[index] = new
    return found
