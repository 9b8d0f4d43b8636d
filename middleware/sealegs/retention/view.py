"""One request as retention sees it: each assistant turn with its place, on the framework's side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sealegs.flow import Call
from sealegs.jsons import canonical, parse
from sealegs.records import Issuer
from sealegs.retention.keys import Facts, Reader, chain, digest, extended, plain_json, seed
from sealegs.retention.matching import Place

__all__ = ["View", "issuer_of", "look", "session_digest"]


@dataclass(frozen=True, slots=True)
class View:
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


def look(call: Call, reader: Reader) -> View:
    """Look at a request: on what the framework sent, and where each turn stands now."""
    wire, original = call.wire, call.original
    facts = reader.all_facts(wire, original.turns)
    start = seed(call.namespace, call.session)
    prefixes = chain(start, facts)
    system = _system(call, facts)
    spoken = [b"" if one.role == "system" else one.digest[:8] for one in facts]
    in_session, issuer = bool(call.session), issuer_of(call)
    places: list[tuple[int, Place]] = []
    loop_start = -1
    for now, index in _aligned(call):
        one = facts[index]
        if one.role == "assistant":
            before, after = prefixes[index], prefixes[index + 1]
            if one.chained is not one.digest:
                after = extended(before, one.digest)
            raw = original.turns[index].raw
            places.append(
                (
                    now,
                    Place(
                        one, start, before, after, system, spoken, index, in_session, issuer, raw
                    ),
                )
            )
        elif one.role == "user":
            loop_start = now
    last, end = facts[-1] if facts else _NOBODY, prefixes[-1]
    reply = Place(last, start, end, end, system, spoken, len(spoken), in_session, issuer)
    return View(places, reply, loop_start, len(call.document.tools) > 2)


_NOBODY = Facts("user", b"", b"", b"", (), (), (), {}, 0)


def _aligned(call: Call) -> list[tuple[int, int]]:
    """Pair the document's turns with the framework's, which layers above may have edited."""
    if call.document is call.original:
        return [(index, index) for index in range(len(call.original.turns))]
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


def _system(call: Call, facts: Sequence[Facts]) -> bytes:
    beside = call.original.system
    said = canonical(plain_json(parse(beside))) if beside else b""
    # crewAI repeats its system message with every new task; said twice is said once
    spoken = dict.fromkeys(one.digest for one in facts if one.role == "system")
    return digest(said, *spoken)
