"""What a store keeps: one record for each assistant turn that came off the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

__all__ = ["Found", "Issuer", "Record", "Store"]


class Issuer(msgspec.Struct, frozen=True, gc=False):
    """Who issued a payload. Signed reasoning goes back to an equal issuer only.

    Attributes:
        origin: scheme, host and port.
        account: a keyed digest of what tells the account; never the key itself.
        wire: the wire format.
        family: the model without date, region and vendor prefix.
    """

    origin: str
    account: str
    wire: str
    family: str


class Record(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One captured turn.

    Attributes:
        id: unique, random.
        session: a digest of the session's name, or an empty string.
        issuer: who sent it.
        fingerprint: digest of what the turn says (16 bytes).
        system: digest of the system prompt and developer messages (16 bytes).
        context: digests of the turns before it, 8 bytes each, the nearest last.
        call_ids: its tool call ids as the provider gave them.
        item_ids: ids of the turn's own, where the format has them (Responses).
        stamped_ids: as the framework got them; equal to ``call_ids`` where none was stamped.
        payloads: format name to the payload's JSON; empty: the turn had no reasoning.
        given_prefix: digest of all that the provider saw before it.
        complete: the whole turn arrived.
        created: seconds since the epoch.
    """

    id: bytes
    session: str = ""
    issuer: Issuer
    fingerprint: bytes
    system: bytes = b""
    context: bytes = b""
    call_ids: tuple[str, ...] = ()
    item_ids: tuple[str, ...] = ()
    stamped_ids: tuple[str, ...] = ()
    payloads: dict[str, bytes] = {}
    given_prefix: bytes = b""
    complete: bool = True
    created: float = 0.0

    @property
    def size(self) -> int:
        """Roughly how many bytes the record takes."""
        return (
            400
            + len(self.context)
            + sum(map(len, self.payloads.values()))
            + sum(map(len, self.call_ids))
            + sum(map(len, self.stamped_ids))
        )


class Found(msgspec.Struct, frozen=True, gc=False):
    """What a store has under one key.

    Attributes:
        records: in the order in which they were saved.
        tainted: records of this key were dropped to make room, or expired: what is left cannot be
            told from what is gone, so a match that rests on this key alone is not certain.
    """

    records: tuple[Record, ...] = ()
    tainted: bool = False


class Store(Protocol):
    """Where records live. Used from several threads; every method may raise `OSError`.

    Keys are 16 bytes, made with a keyed digest; a store can read neither texts nor names in them.
    """

    @property
    def blocks(self) -> bool:
        """Whether calls may wait for a disk or a network; the async driver then uses a thread."""
        ...

    def load(self, keys: Sequence[bytes]) -> Mapping[bytes, Found]:
        """Look up keys; what is unknown is absent from the answer."""
        ...

    def save(self, record: Record, keys: Iterable[bytes]) -> None:
        """Keep a record under each of its keys; once this returns, it is kept."""
        ...

    def forget(self, session: str) -> int:
        """Drop every record of a session (its digest), and say how many there were."""
        ...

    def close(self) -> None:
        """Give back what the store holds open."""
        ...
