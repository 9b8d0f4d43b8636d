"""Where an assistant turn of a request stands, and the keys under which a store has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from sealegs.records import Issuer
from sealegs.retention.keys import Facts, key

__all__ = ["WINDOW", "Place", "calls_key", "form_key", "id_key", "other_keys", "save_keys"]

WINDOW = 32
"""How many turns before a turn a record remembers."""


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


def save_keys(place: Place, ids: Iterable[str]) -> list[bytes]:
    """Give the keys under which a captured turn is kept."""
    facts = place.facts
    keys = [place.exact, key(b"prefix", place.prefix), form_key(place.start, facts.digest)]
    if facts.calls:
        keys += [calls_key(place), form_key(place.start, facts.calls)]
    keys += [id_key(place.start, call_id) for call_id in dict.fromkeys(ids) if call_id]
    return keys


def other_keys(place: Place) -> list[bytes]:
    """Give the keys of all rungs but the exact one, for a turn that is not just where it was."""
    facts = place.facts
    keys = [key(b"prefix", place.prefix), form_key(place.start, facts.digest)]
    if facts.calls:
        keys += [calls_key(place), form_key(place.start, facts.calls)]
    ids = (*facts.call_ids[:1], *facts.item_ids[:1])
    return keys + [id_key(place.start, one) for one in ids if one]


def calls_key(place: Place) -> bytes:
    """Give the key of a turn's calls in its place, whatever text stands beside them."""
    return key(b"calls", place.prefix, place.facts.calls)


def form_key(start: bytes, said: bytes) -> bytes:
    """Give the key of what a turn says, wherever it stands."""
    return key(b"form", start, said)


def id_key(start: bytes, call_id: str) -> bytes:
    """Give the key of an id."""
    return key(b"id", start, call_id.encode())
