"""What a turn is known by.

Keys are made of what a turn *says* on the framework's side: its text without outer white space, its
calls with their arguments parsed, never its ids, its reasoning or its spelling, for those are what
frameworks change. A turn's place is the chain of all that was said before it.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b

import msgspec

from sealegs.jsons import Json, canonical, is_array, is_object
from sealegs.knowledge import Payload, ReasoningFormat
from sealegs.wire import Message, Outline, Role, Turn, Wire

__all__ = [
    "Facts",
    "Reader",
    "chain",
    "digest",
    "extended",
    "key",
    "looks_unique",
    "plain_json",
    "seed",
    "stripped",
]


def digest(*parts: bytes) -> bytes:
    """Digest parts to 16 bytes; where one part ends and the next begins counts."""
    state = blake2b(digest_size=16)
    for part in parts:
        state.update(len(part).to_bytes(4, "big"))
        state.update(part)
    return state.digest()


@lru_cache(maxsize=1024)
def seed(namespace: str, session: str) -> bytes:
    """Start of every chain: records never cross a namespace or a session."""
    return digest(b"sealegs chain 1", namespace.encode(), session.encode())


def key(kind: bytes, *parts: bytes) -> bytes:
    """Make a store key of one kind; all parts but the last have 16 bytes."""
    return blake2b(b"".join(parts), digest_size=16, person=kind).digest()


class Facts(msgspec.Struct, frozen=True, gc=False):
    """What is known of one turn, whoever spelled it.

    Attributes:
        role: who speaks.
        digest: of all it says.
        chained: the same with those of its ids that look unique: what later turns are known by.
        calls: of its tool calls alone, or empty where it has none; frameworks drop the text beside
            calls (crewAI sends ``null``).
        names: of the tools it calls.
        call_ids: in order, as spelled.
        item_ids: ids of the turn's own.
        payloads: the reasoning that it carries, by format.
        size: of its raw bytes.
    """

    role: Role
    digest: bytes
    chained: bytes
    calls: bytes
    names: tuple[str, ...]
    call_ids: tuple[str, ...]
    item_ids: tuple[str, ...]
    payloads: Mapping[str, Payload]
    size: int


_NO_PAYLOADS: Mapping[str, Payload] = {}


class Reader:
    """Reads turns, and remembers what it read by the bytes, within bounds.

    What it remembers follows from the bytes alone, so nothing can cross from one conversation to
    another. Two generations bound it: when the young one is full, the old one goes.

    Args:
        formats: the reasoning formats.
        limit: how many bytes of turns each generation may stand for.
    """

    def __init__(self, formats: Iterable[ReasoningFormat], limit: int = 16 * 1024 * 1024) -> None:
        self._formats = tuple(formats)
        self._by_wire: dict[str, tuple[ReasoningFormat, ...]] = {}
        self._limit, self._size = limit, 0
        self._young: dict[tuple[str, bytes], Facts] = {}
        self._old: dict[tuple[str, bytes], Facts] = {}

    def formats(self, wire: str) -> tuple[ReasoningFormat, ...]:
        """Give the formats that can occur in a wire format."""
        known = self._by_wire.get(wire)
        if known is None:
            known = tuple(form for form in self._formats if wire in form.wires)
            self._by_wire[wire] = known
        return known

    def all_facts(self, wire: Wire, turns: Iterable[Turn]) -> list[Facts]:
        """Read a request's turns; nearly all of them were read before."""
        name, known = wire.name, self._young.get
        return [known((name, turn.raw)) or self.facts(wire, turn.raw) for turn in turns]

    def facts(self, wire: Wire, raw: bytes) -> Facts:
        """Read one turn."""
        place = (wire.name, raw)
        known = self._young.get(place)
        if known is not None:
            return known
        known = self._old.get(place)
        if known is None:
            known = self.read(wire, wire.message(raw), len(raw))
        self._young[place] = known
        self._size += len(raw)
        if self._size > self._limit:
            self._old, self._young, self._size = self._young, {}, 0
        return known

    def read(self, wire: Wire, message: Message, size: int = 0) -> Facts:
        """Read a turn that is parsed already."""
        bare, carried = message, list[ReasoningFormat]()
        for form in self.formats(wire.name):
            less = form.without(bare)
            if less is not bare:  # whatever a format can read, it can take out
                carried.append(form)
                bare = less
        outline = wire.outline(bare)
        payloads = _NO_PAYLOADS
        if carried and outline.role == "assistant":
            payloads = _payloads(message, carried)
        calls = [canonical([call.name, call.arguments]) for call in outline.calls]
        said = _said(outline, calls)
        return Facts(
            outline.role,
            said,
            _chained(said, outline),
            digest(*calls) if calls else b"",
            tuple(call.name for call in outline.calls),
            tuple(call.id for call in outline.calls),
            outline.ids,
            payloads,
            size,
        )


def _payloads(message: Message, formats: Iterable[ReasoningFormat]) -> Mapping[str, Payload]:
    found = {form.name: form.read(message) for form in formats}
    return {name: payload for name, payload in found.items() if payload is not None}


def stripped(message: Message, formats: Iterable[ReasoningFormat]) -> Message:
    """Take the reasoning out of a message, in every format."""
    for form in formats:
        message = form.without(message)
    return message


def _said(outline: Outline, calls: Iterable[bytes]) -> bytes:
    other = canonical(plain_json(outline.other)) if outline.other is not None else b""
    return digest(
        outline.role.encode(),
        _text(outline.text),
        *calls,
        *(_text(text) for _, text in outline.results),
        other,
    )


def _chained(said: bytes, outline: Outline) -> bytes:
    ids = [call.id for call in outline.calls] + [call_id for call_id, _ in outline.results]
    unique = [one.encode() for one in ids if looks_unique(one)]
    return digest(said, *unique) if unique else said


_FOLDED: Mapping[str, str] = {
    "\u2013": "-",
    "\u2014": "--",
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2026": "...",
    "\u00a0": " ",
    "\u202f": " ",
}
"""Typographic signs that recorders and editors of histories spell in ASCII."""

_TYPOGRAPHIC = re.compile("[" + "".join(_FOLDED) + "]")


def _text(text: str) -> bytes:
    if not text.isascii():
        text = _TYPOGRAPHIC.sub(lambda sign: _FOLDED[sign[0]], text)
    return text.strip().encode("utf-8", "surrogatepass")


_PASSING = frozenset({"cache_control", "cachePoint"})


def plain_json(value: Json) -> Json:
    """Take out what marks caches: moving a mark does not change what is said.

    That providers' prefix checks leave the marks out as well is assumed, not documented.
    """
    if is_object(value):
        return {k: plain_json(v) for k, v in value.items() if k not in _PASSING}
    if is_array(value):
        return [plain_json(item) for item in value if not _is_mark(item)]
    return value


def _is_mark(item: Json) -> bool:
    return is_object(item) and bool(item) and item.keys() <= _PASSING


def chain(start: bytes, facts: Sequence[Facts]) -> list[bytes]:
    """Give for each turn the digest of all that was said before it.

    System turns do not count: their place is beside the conversation, and many frameworks write
    the time of day into them. They are compared on their own. Ids that look unique do count: they
    tell apart conversations in which the same is said, and frameworks keep them.
    """
    prefix, prefixes = start, [start]
    for one in facts:
        if one.role != "system":  # as `extended`, without a call for each of hundreds of turns
            prefix = blake2b(prefix + one.chained, digest_size=16).digest()
        prefixes.append(prefix)
    return prefixes


def extended(prefix: bytes, said: bytes) -> bytes:
    """Give the digest of a conversation with one more turn."""
    return blake2b(prefix + said, digest_size=16).digest()


_ALPHANUMERIC = string.ascii_letters + string.digits


def looks_unique(call_id: str) -> bool:
    """Judge by its looks whether a tool call id is unique.

    Random ids have a long tail of many different characters. Counters, names with an index
    (Kimi's ``functions.name:0``), and ids padded with zeros (Agno's) do not.

    >>> looks_unique("call_9Zb2kQ7LmWx4")
    True
    >>> looks_unique("functions.get_weather:0"), looks_unique("call_" + "0" * 35 + "1")
    (False, False)
    """
    tail = call_id[len(call_id.rstrip(_ALPHANUMERIC)) :]
    kinds = len(set(tail))
    if len(tail) < 8 or kinds < 5:
        return False
    # a word has no digits; neither has one random text of this length in about seventy
    return any(map(str.isdigit, tail)) or (len(tail) >= 16 and kinds >= 8)
