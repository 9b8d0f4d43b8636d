"""What each assistant turn gets: its reasoning, in the provider's form, or a reason why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import msgspec

from sealegs.exchange import GapReason, TurnOutcome
from sealegs.flow import Target
from sealegs.jsons import dump, parse
from sealegs.knowledge import Payload, Provider, ReasoningFormat
from sealegs.memo import Memo
from sealegs.records import Issuer, Record
from sealegs.retention.keys import Facts, stripped
from sealegs.retention.matching import EXACT_RUNGS, Match
from sealegs.wire import Message

__all__ = ["Change", "Rules", "change"]


class Rules(msgspec.Struct, frozen=True):
    """What holds for one request.

    Attributes:
        target: where it goes; ``None``: no signed form may be sent.
        issuer: the target, as records name it.
        formats: the formats of the request's wire.
        cross_family: whether plain text may go to another model family.
        read: parses a turn.
        spellings: remembers how turns are spelled with their reasoning.
        token: stands for all that the rules depend on.
    """

    target: Target | None
    issuer: Issuer | None
    formats: Sequence[ReasoningFormat]
    cross_family: bool
    read: Callable[[bytes], Message]
    spellings: Memo
    token: object

    @property
    def provider(self) -> Provider | None:
        """The provider's rules, where the target is known."""
        return self.target.provider if self.target else None

    def named(self, name: str) -> ReasoningFormat | None:
        """Find a format of this wire by its name."""
        return next((form for form in self.formats if form.name == name), None)


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one turn.

    Attributes:
        outcome: in a word.
        reason: why there is a gap.
        raw: the turn's new bytes; ``None``: it stays as it is, byte for byte.
        hidden: bytes that were put in and that the framework does not know of.
        formats: the formats that were written.
    """

    outcome: TurnOutcome
    reason: GapReason | None = None
    raw: bytes | None = None
    hidden: int = 0
    formats: tuple[str, ...] = field(default=())


_NONE, _PRESENT = Change("none"), Change("present")


def change(
    raw: bytes,
    spell: Callable[[Message], bytes],
    facts: Facts,
    found: Match | GapReason,
    rules: Rules,
    prefix: bytes,
) -> Change:
    """Decide what a turn gets.

    Args:
        raw: the turn as it would go out.
        spell: spells a new message for it.
        facts: what is known of it.
        found: the record that it is, or why there is none.
        rules: the request's rules.
        prefix: digest of what the provider would see before it, for bound reasoning.
    """
    if not isinstance(found, Match):
        return _PRESENT if facts.payloads else Change("gap", found)
    if not found.record.payloads:
        return _PRESENT if facts.payloads else _NONE
    make = partial(_change, raw, spell, facts, found, rules, prefix)
    if rules.provider is not None and rules.provider.bound:
        return make()
    place = (raw, found.record.id, found.rung, rules.token)
    return rules.spellings.get(place, 2 * len(raw), make)


def _change(
    raw: bytes,
    spell: Callable[[Message], bytes],
    facts: Facts,
    found: Match,
    rules: Rules,
    prefix: bytes,
) -> Change:
    record = found.record
    payloads = {name: parse(text) for name, text in record.payloads.items()}
    wanted = _wanted(payloads, record, rules)
    if isinstance(wanted, str):
        return _without(facts, wanted)
    if facts.payloads and all(facts.payloads.get(name) == one for name, one in wanted.items()):
        return _PRESENT
    if any(form.signed(wanted[form.name]) for form in rules.formats if form.name in wanted):
        refused = _refused(record, found, rules, prefix)
        if refused:
            return _without(facts, refused)
    if not record.complete and not all(_is_text(rules, *one) for one in wanted.items()):
        return _without(facts, "incomplete")
    if facts.payloads and found.rung not in EXACT_RUNGS:
        return Change("present", "context_changed")
    return _written(raw, spell, facts, wanted, rules)


def _is_text(rules: Rules, name: str, payload: Payload) -> bool:
    """Whether a payload is text and no more: of a turn that was cut, a signature may be missing."""
    form = rules.named(name)
    return form is not None and form.plain(form.text(payload)) == payload


def _without(facts: Facts, reason: GapReason) -> Change:
    return Change("present", reason) if facts.payloads else Change("gap", reason)


def _wanted(
    payloads: Mapping[str, Payload], record: Record, rules: Rules
) -> Mapping[str, Payload] | GapReason:
    """Choose the form in which the provider wants it."""
    provider = rules.provider
    here = {name: payload for name, payload in payloads.items() if rules.named(name)}
    same_family = rules.issuer is not None and record.issuer.family == rules.issuer.family
    if not (same_family or rules.cross_family or rules.issuer is None):
        signed = any(form.signed(here[form.name]) for form in rules.formats if form.name in here)
        return "issuer_changed" if signed else "family_changed"
    if provider is None or not provider.out:
        return here or "format_unknown"
    for name in provider.out:
        if name in here:
            return {name: here[name]}
    return _translated(here, provider, rules)


def _translated(
    here: Mapping[str, Payload], provider: Provider, rules: Rules
) -> Mapping[str, Payload] | GapReason:
    """Put plain text of one form into another."""
    plain = [
        form.text(here[form.name])
        for form in rules.formats
        if form.name in here and not form.signed(here[form.name])
    ]
    for name in provider.out:
        form = rules.named(name)
        payload = form.plain(plain[0]) if form and plain and plain[0] else None
        if payload is not None:
            return {name: payload}
    return "format_unknown"


def _refused(record: Record, found: Match, rules: Rules, prefix: bytes) -> GapReason | None:
    """Say why signed reasoning may not go back, if so."""
    if rules.issuer is None or record.issuer != rules.issuer:
        return "issuer_changed"
    if not record.complete:
        return "incomplete"
    bound = rules.provider is not None and rules.provider.bound
    if found.rung not in EXACT_RUNGS and found.rung != "id":
        return "structure_changed" if found.rung in ("flattened", "fragment") else "prefix_changed"
    if bound and record.given_prefix != prefix:
        return "prefix_changed"
    return None


def _written(
    raw: bytes,
    spell: Callable[[Message], bytes],
    facts: Facts,
    wanted: Mapping[str, Payload],
    rules: Rules,
) -> Change:
    """Write the reasoning in the place of whatever is there: what came off the wire wins."""
    message = rules.read(raw)
    bare = stripped(message, rules.formats)
    new: Message | None = bare
    for name, payload in wanted.items():
        form = rules.named(name)
        new = form.write(new, payload) if form and new is not None else None
    if new is None:
        return _without(facts, "structure_changed")
    hidden = 0
    if not facts.payloads:
        forms = [(rules.named(name), payload) for name, payload in wanted.items()]
        hidden = max((_weight(form, payload) for form, payload in forms if form), default=0)
    # whatever stood in reasoning's place, a blank placeholder included, makes it a repair
    outcome: TurnOutcome = "restored" if bare == message else "repaired"
    return Change(outcome, None, spell(new), hidden, tuple(wanted))


def _weight(form: ReasoningFormat, payload: Payload) -> int:
    """Estimate how many bytes of context a payload takes; an encrypted one is weighed as it is."""
    return len(form.text(payload).encode("utf-8", "replace")) or len(dump(payload))
