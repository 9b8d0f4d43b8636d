"""One request as retention sees it: each assistant turn with its place, on the framework's side."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from sealegs.flow import Call
from sealegs.jsons import canonical, parse
from sealegs.records import Issuer
from sealegs.retention.keys import Facts, Reader, digest, plain_json, seed
from sealegs.retention.places import Place
from sealegs.retention.walks import Ground, Walk, Walks

__all__ = ["View", "issuer_of", "look", "session_digest"]


class View(msgspec.Struct, frozen=True):
    """What retention knows of one request before it asks the store.

    Attributes:
        assistants: index in the document's turns, and place, of each assistant turn.
        end: the place where the reply will stand; its ``facts`` and ``exact`` are yet to come.
        loop_start: index in the document's turns of the last turn in which the user really speaks;
            the current tool loop begins after it.
        tools: whether the request defines tools.
    """

    assistants: Sequence[tuple[int, Place]]
    end: Place
    loop_start: int
    tools: bool


def issuer_of(call: Call) -> Issuer:
    """Name a call's target as records do."""
    target = call.target
    if target is None:
        return Issuer("", "", call.wire.name, "")
    return Issuer(target.origin, target.account, call.wire.name, target.family)


def session_digest(session: str) -> str:
    """Give what a store knows a session by."""
    return digest(b"session", session.encode()).hex() if session else ""


def look(call: Call, reader: Reader, walks: Walks | None = None) -> View:
    """Look at a request: on what the framework sent, and where each turn stands now.

    Args:
        call: the request.
        reader: reads turns.
        walks: remembers the conversations walked before; by default none.
    """
    original, beside = call.original, call.original.system
    said = canonical(plain_json(parse(beside))) if beside else b""
    start, issuer = seed(call.namespace, call.session), issuer_of(call)
    ground = Ground(call.wire.name, start, said, issuer, bool(call.session))
    walk = (walks or Walks()).along(ground, original.turns, call.wire, reader)
    places, loop_start = _moved(call, walk)
    last = walk.facts[-1] if walk.facts else _NOBODY
    end, spoken = walk.prefixes[-1], walk.spoken
    where = (start, end, end, walk.system, spoken, len(spoken))
    reply = Place(last, *where, ground.in_session, issuer)
    return View(places, reply, loop_start, len(call.document.tools) > 2)


_NOBODY = Facts("user", b"", b"", b"", (), (), (), {}, 0)


def _moved(call: Call, walk: Walk) -> tuple[Sequence[tuple[int, Place]], int]:
    """Say where each turn stands now, which layers above may have moved."""
    if call.document is call.original:
        return walk.places, walk.last_user
    now = {index: place for place, index in _aligned(call)}
    places = [(now[index], place) for index, place in walk.places if index in now]
    users = [now[index] for index in now if walk.facts[index].role == "user"]
    return places, max(users, default=-1)


def _aligned(call: Call) -> list[tuple[int, int]]:
    """Pair the document's turns with the framework's, which layers above may have edited."""
    pairs: list[tuple[int, int]] = []
    index, known = 0, call.original.turns
    for now, turn in enumerate(call.document.turns):
        ahead = index
        while ahead < len(known) and known[ahead].raw != turn.origin:
            ahead += 1
        if turn.origin and ahead < len(known):
            pairs.append((now, ahead))
            index = ahead + 1
    return pairs
