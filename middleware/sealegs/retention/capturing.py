"""Takes the reasoning out of a reply that has ended, and makes the records to keep."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import msgspec

from sealegs.flow import Call, Ending, Whole
from sealegs.jsons import dump
from sealegs.records import Record
from sealegs.retention.keys import Facts, Reader, extended
from sealegs.retention.places import Place, save_keys
from sealegs.retention.view import session_digest

__all__ = ["Captured", "capture"]


class Captured(msgspec.Struct, frozen=True):
    """A record, and the keys to keep it under."""

    record: Record
    keys: Sequence[bytes]


def capture(
    call: Call, whole: Whole, place: Place, reader: Reader, given_prefix: bytes, now: float
) -> list[Captured]:
    """Make a record for each choice of a reply.

    The payload is what the provider gave, the fingerprint what the framework got: that is what it
    will send back. A turn without reasoning is kept as well, so that it is known to have had none.

    Args:
        call: the call; its issuer is the target's.
        whole: the reply.
        place: where the reply stands in the conversation.
        reader: reads turns.
        given_prefix: digest of all that the provider saw.
        now: seconds since the epoch.
    """
    given = call.wire.messages(whole.given)
    delivered = given if whole.delivered is whole.given else call.wire.messages(whole.delivered)
    if len(given) != len(delivered):
        return []
    issuer = place.issuer
    found: list[Captured] = []
    for theirs, ours in zip(given, delivered, strict=True):
        facts = reader.read(call.wire, theirs)
        seen = facts if ours is theirs else reader.read(call.wire, ours)
        record = Record(
            id=secrets.token_bytes(16),
            session=session_digest(call.session),
            issuer=issuer,
            fingerprint=seen.digest,
            system=place.system,
            context=place.context,
            call_ids=facts.call_ids,
            item_ids=facts.item_ids,
            stamped_ids=seen.call_ids,
            payloads={name: dump(payload) for name, payload in facts.payloads.items()},
            given_prefix=given_prefix,
            complete=whole.ending is Ending.COMPLETE,
            created=now,
        )
        found.append(Captured(record, _keys(place, seen, record)))
    return found


def _keys(place: Place, facts: Facts, record: Record) -> list[bytes]:
    there = msgspec.structs.replace(place, facts=facts, exact=extended(place.prefix, facts.digest))
    return save_keys(there, (*record.stamped_ids, *record.item_ids))
