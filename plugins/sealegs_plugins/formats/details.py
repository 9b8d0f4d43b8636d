"""Reasoning as an array of typed details (OpenRouter and those who speak like it)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .values import entries, filled, members

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sealegs.jsons import Json
    from sealegs.knowledge import Payload
    from sealegs.wire import Message

__all__ = ["DetailsField", "merged"]

_JOINED = ("text", "summary", "data")
_SEALS = ("signature", "data")
_OWN = ("id", "signature")
"""What one detail has once: another value of it belongs to the next detail."""


def merged(details: Sequence[Json]) -> list[Json]:
    """Join the fragments in which a stream gives details; whole details stay as they are.

    Neighbours of one type and index are one detail: their texts, summaries and data are joined,
    and of every other member the last value that is not null is taken. A second id or a second
    signature begins another detail, and so does a text that comes after the signature, which is
    always the last: joining those would make two signed details one that nobody signed.

    >>> merged([{"type": "reasoning.text", "index": 0, "text": "a"},
    ...         {"type": "reasoning.text", "index": 0, "text": "b", "signature": "s"}])
    [{'type': 'reasoning.text', 'index': 0, 'text': 'ab', 'signature': 's'}]
    """
    whole: list[Json] = []
    groups: list[list[Json]] = []
    for detail in details:
        if whole and _continues(whole[-1], detail):
            whole[-1] = _joined(whole[-1], detail)
            groups[-1].append(detail)
        else:
            whole.append(detail)
            groups.append([detail])
    return [_grown(one, group) for one, group in zip(whole, groups, strict=True)]


def _grown(joined: Json, fragments: Sequence[Json]) -> Json:
    """Undo the joining of texts that each repeat all that came before.

    Some clients of MiniMax read streamed ``reasoning_details`` so (no recording shows it), and
    others join the texts. Which it is shows in the texts: no run of real increments grows this way.
    """
    texts = [members(one)["text"] for one in fragments if members(one).get("text")]
    if not all(isinstance(text, str) for text in texts):
        return joined
    grows = all(
        len(after) > len(before) and after.startswith(before)
        for before, after in itertools.pairwise(texts)
    )
    if not grows or len(texts) < 2 or (len(texts) == 2 and len(texts[0]) < 8):
        return joined
    return {**members(joined), "text": texts[-1]}


def _continues(before: Json, after: Json) -> bool:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return False
    one, two = members(before), members(after)
    if any(one.get(name) != two.get(name) for name in ("type", "index")):
        return False
    if any(filled(one.get(k)) and filled(two.get(k)) and one[k] != two[k] for k in _OWN):
        return False
    return not (filled(one.get("signature")) and any(two.get(name) for name in _JOINED))


def _joined(before: Json, after: Json) -> Json:
    one = dict(members(before))
    for name, value in members(after).items():
        held = one.get(name)
        if name in _JOINED and isinstance(held, str) and isinstance(value, str):
            one[name] = held + value
        elif value is not None or name not in one:
            one[name] = value
    return one


@dataclass(frozen=True, slots=True)
class DetailsField:
    """Reasoning that stands as an array of details beside the message's content.

    The payload is ``{member: [detail, ...]}``, the details whole and in order. A text that stands
    beside the array under a name of its own is another format's.

    Attributes:
        name: the format's name.
        wires: the wire formats in which it can occur.
        member: the member that holds the array.
    """

    name: str
    wires: frozenset[str]
    member: str

    def read(self, message: Message) -> Payload | None:
        """Read the details, with their fragments joined."""
        details = merged(entries(message.get(self.member)))
        says = any(filled(members(d).get(name)) for d in details for name in (*_JOINED, *_SEALS))
        return {self.member: details} if says else None

    def without(self, message: Message) -> Message:
        """Take the array out."""
        if self.member not in message:
            return message
        return {name: value for name, value in message.items() if name != self.member}

    def write(self, message: Message, payload: Payload) -> Message:
        """Set the array. There is always a place for it."""
        return {**message, **payload}

    def signed(self, payload: Payload) -> bool:
        """Say whether a detail has a signature or encrypted data."""
        return any(filled(members(d).get(n)) for d in entries(payload[self.member]) for n in _SEALS)

    def text(self, payload: Payload) -> str:
        """Give the texts and summaries, a blank line between two details."""
        said = [_said(detail) for detail in entries(payload[self.member])]
        return "\n\n".join(text for text in said if text)

    def plain(self, text: str) -> Payload:
        """Make one detail of plain text."""
        return {self.member: [{"type": "reasoning.text", "text": text}]}

    def detached(self, message: Message) -> Message:
        """Give the message as it is: nothing else in it points to its reasoning."""
        return message


def _said(detail: Json) -> str:
    held = members(detail)
    return "".join(held[k] for k in ("text", "summary") if isinstance(held.get(k), str))
