"""Walks along a conversation: its facts, chain and places, from where the last request ended.

Each request of a conversation repeats the one before it and adds a few turns, so that only the new
turns have to be walked. A walk is taken up only where every turn before is the very same text.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from sealegs.records import Issuer
from sealegs.retention.keys import Facts, Reader, chain, digest, extended
from sealegs.retention.places import Place
from sealegs.wire import Turn, Wire

__all__ = ["Ground", "Walk", "Walks"]

_KEPT = 256
_KEPT_BYTES = 32 * 1024 * 1024


class Ground(msgspec.Struct, frozen=True):
    """What a walk stands on besides the turns; where it differs, places are made anew.

    Attributes:
        wire: the wire format.
        start: where every chain of this namespace and session starts.
        beside: digest of the system prompt beside the messages.
        issuer: who is asked.
        in_session: whether a session was given.
    """

    wire: str
    start: bytes
    beside: bytes
    issuer: Issuer
    in_session: bool


class Walk(msgspec.Struct, frozen=True):
    """A conversation, walked.

    Attributes:
        ground: what it stands on.
        raws: the turns' bytes.
        facts: what is known of each turn.
        prefixes: for each turn the digest of all before it, and at last that of all.
        spoken: digests of the turns, 8 bytes each; a system turn's is empty.
        system: digest of all that the system says.
        places: index and place of each assistant turn.
        last_user: index of the last turn in which the user really speaks, or -1.
        size: of the turns' bytes together.
    """

    ground: Ground
    raws: Sequence[bytes]
    facts: Sequence[Facts]
    prefixes: Sequence[bytes]
    spoken: Sequence[bytes]
    system: bytes
    places: Sequence[tuple[int, Place]]
    last_user: int
    size: int


class Walks:
    """Remembers the latest walks by how their conversations begin.

    Args:
        limit: how many bytes of turns they may stand for together; one walk is always kept.
    """

    def __init__(self, limit: int = _KEPT_BYTES) -> None:
        self._limit, self._size = limit, 0
        self._known: dict[tuple[str, bytes, tuple[bytes, ...]], Walk] = {}

    def along(self, ground: Ground, turns: Sequence[Turn], wire: Wire, reader: Reader) -> Walk:
        """Walk along a request's turns."""
        raws = [turn.raw for turn in turns]
        # the turn after the first question, too: conversations often begin alike
        beginning = (ground.wire, ground.start, tuple(raws[:4]))
        before = self._take(beginning)
        if before is not None and before.raws != raws[: len(before.raws)]:
            before = None
        walk = _on(before, ground, raws, turns, wire, reader)
        self._known[beginning] = walk
        self._size += walk.size
        while len(self._known) > 1 and (len(self._known) > _KEPT or self._size > self._limit):
            self._take(next(iter(self._known)))
        return walk

    def _take(self, beginning: tuple[str, bytes, tuple[bytes, ...]]) -> Walk | None:
        walk = self._known.pop(beginning, None)
        if walk is not None:
            self._size -= walk.size
        return walk


def _on(
    before: Walk | None,
    ground: Ground,
    raws: Sequence[bytes],
    turns: Sequence[Turn],
    wire: Wire,
    reader: Reader,
) -> Walk:
    known = len(before.raws) if before else 0
    new = reader.all_facts(wire, turns[known:])
    facts = [*before.facts, *new] if before else new
    prefixes = chain(before.prefixes[-1] if before else ground.start, new)
    if before:
        prefixes = [*before.prefixes[:-1], *prefixes]
    added = [b"" if one.role == "system" else one.digest[:8] for one in new]
    spoken = [*before.spoken, *added] if before else added
    same = before is not None and before.ground == ground
    if before is None or not same or b"" in added:
        system = _system(ground.beside, facts)
    else:
        system = before.system
    same = same and before is not None and before.system == system
    first, places, last_user = 0, list[tuple[int, Place]](), -1
    if same and before is not None:
        first, places, last_user = known, list(before.places), before.last_user
    for index in range(first, len(facts)):
        one = facts[index]
        if one.role == "assistant":
            prefix, exact = prefixes[index], prefixes[index + 1]
            if one.chained is not one.digest:
                exact = extended(prefix, one.digest)
            where = (ground.start, prefix, exact, system, spoken, index)
            place = Place(one, *where, ground.in_session, ground.issuer, raws[index])
            places.append((index, place))
        elif one.role == "user":
            last_user = index
    size = (before.size if before else 0) + sum(map(len, raws[known:]))
    return Walk(ground, raws, facts, prefixes, spoken, system, places, last_user, size)


def _system(beside: bytes, facts: Sequence[Facts]) -> bytes:
    # crewAI repeats its system message with every new task; said twice is said once
    spoken = dict.fromkeys(one.digest for one in facts if one.role == "system")
    return digest(beside, *spoken)
