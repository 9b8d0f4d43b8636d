"""Where the parts of a JSON text stand, so that an edit can be spliced into the original bytes.

An untouched byte stays the very byte that it was: white space, key order, escapes, big numbers and
unknown fields all survive, and a text with no edit is the same object.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Span", "array", "members", "splice"]

_GAP = re.compile(rb"[\s,]*")
_KEY = re.compile(rb'[\s,]*"((?:[^"\\]|\\.)*)"\s*:\s*')
_CLOSE = re.compile(rb"\s*([\]}])\s*\Z")
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_items = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Span(NamedTuple):
    """A half-open range of bytes: ``text[start:end]``."""

    start: int
    end: int


def members(text: bytes, at: Span | None = None) -> dict[str, Span]:
    """Find the values of an object's members.

    Args:
        text: the whole JSON text.
        at: where the object stands in it; by default it is the whole text.

    Returns:
        Key to the span of its value in ``text``.

    Raises:
        ValueError: there is no object, or a key stands in it twice.

    >>> text = b'{"a": 1, "b": [2]}'
    >>> {key: text[s:e] for key, (s, e) in members(text).items()}
    {'a': b'1', 'b': b'[2]'}
    """
    start, end = at or (0, len(text))
    piece = text if at is None else text[start:end]
    try:
        values = _members(piece)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _members_slowly(piece, start)
    spans: dict[str, Span] = {}
    position = piece.index(b"{") + 1
    for key, raw in values.items():
        opening = _KEY.match(piece, position)
        if opening is None:
            raise ValueError("an object has a key that cannot be placed")
        position = opening.end()
        value = bytes(raw)
        if not piece.startswith(value, position):  # a later member of the same name came through
            raise ValueError("an object has the same key twice")
        spans[key] = Span(start + position, start + position + len(value))
        position += len(value)
    if not _closes(piece, position):
        raise ValueError("an object has the same key twice")
    return spans


def array(text: bytes, at: Span | None = None) -> list[Span]:
    """Find the items of an array.

    Raises:
        ValueError: there is no array.

    >>> text = b'[1, {"a": 2}]'
    >>> [text[s:e] for s, e in array(text)]
    [b'1', b'{"a": 2}']
    """
    start, end = at or (0, len(text))
    piece = text if at is None else text[start:end]
    try:
        values = _items(piece)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _array_slowly(piece, start)
    lengths = [len(memoryview(raw)) for raw in values]
    for comma in (b",", b", "):  # as most clients write them
        if b"[" + comma.join(values) + b"]" == piece:
            return _evenly(start + 1, lengths, len(comma))
    spans: list[Span] = []
    position = piece.index(b"[") + 1
    for length in lengths:
        gap = _GAP.match(piece, position)
        position = gap.end() if gap else position
        spans.append(Span(start + position, start + position + length))
        position += length
    return spans


def _evenly(position: int, lengths: Iterable[int], gap: int) -> list[Span]:
    spans: list[Span] = []
    for length in lengths:
        end = position + length
        spans.append(Span(position, end))
        position = end + gap
    return spans


def splice(text: bytes, edits: Iterable[tuple[Span, bytes]]) -> bytes:
    """Put new bytes in the place of spans, and leave every other byte as it is.

    >>> splice(b'{"a": 1}', [(Span(6, 7), b"22")])
    b'{"a": 22}'
    """
    pieces: list[bytes] = []
    position = 0
    for (start, end), new in sorted(edits):
        pieces.append(text[position:start])
        pieces.append(new)
        position = end
    if not pieces:
        return text
    pieces.append(text[position:])
    return b"".join(pieces)


def _closes(piece: bytes, position: int) -> bool:
    return _CLOSE.match(piece, position) is not None


_scan = json.JSONDecoder().raw_decode


def _members_slowly(piece: bytes, offset: int) -> dict[str, Span]:
    """As `members`, through the standard library, for texts that msgspec refuses."""
    text = _checked(piece)
    spans: dict[str, Span] = {}
    position = _opening(piece, b"{")
    while not _closes(piece, position):
        opening = _KEY.match(piece, position)
        if opening is None:
            raise ValueError("an object has a key that cannot be placed")
        key = json.loads(b'"' + opening[1] + b'"')
        if key in spans:
            raise ValueError("an object has the same key twice")
        _, position = _scan(text, opening.end())
        spans[key] = Span(offset + opening.end(), offset + position)
    return spans


def _array_slowly(piece: bytes, offset: int) -> list[Span]:
    text = _checked(piece)
    spans: list[Span] = []
    position = _opening(piece, b"[")
    while not _closes(piece, position):
        gap = _GAP.match(piece, position)
        start = gap.end() if gap else position
        _, position = _scan(text, start)
        spans.append(Span(offset + start, offset + position))
    return spans


def _opening(piece: bytes, bracket: bytes) -> int:
    stripped = piece.lstrip()
    if not stripped.startswith(bracket):
        raise ValueError(f"expected {bracket.decode()}")
    return len(piece) - len(stripped) + 1


def _checked(piece: bytes) -> str:
    """Check that a text is JSON, and decode it as Latin-1: one character a byte."""
    json.loads(piece)
    return piece.decode("latin-1")
