"""Writes an edited message so that every value that was not edited keeps its very bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sealegs.jsons import Json, canonical, dump, is_array, is_object, parse
from sealegs.spans import Span, array, members

__all__ = ["respelled"]


def respelled(raw: bytes, value: Json) -> bytes:
    """Spell a value after the text that it was edited from.

    What is equal in both keeps its bytes: escapes, white space, number spellings and the order of
    keys inside it. Everything else is written anew.

    >>> respelled(b'{"a": 1.10, "b": "x"}', {"a": 1.1, "b": "y", "c": []})
    b'{"a":1.10,"b":"y","c":[]}'
    """
    try:
        return _value(raw, Span(0, len(raw)), value)
    except ValueError:  # the text cannot be taken apart: the value alone decides
        return dump(value)


def _value(text: bytes, at: Span, value: Json) -> bytes:
    if is_object(value) and text[at.start : at.start + 1] == b"{":
        return _object(text, members(text, at), value)
    if is_array(value) and text[at.start : at.start + 1] == b"[":
        return _list(text, array(text, at), value)
    return _kept(text, at, value) or dump(value)


def _object(text: bytes, spans: Mapping[str, Span], value: Mapping[str, Json]) -> bytes:
    pieces: list[bytes] = []
    for name, inner in value.items():
        at = spans.get(name)
        spelled = dump(inner) if at is None else _kept(text, at, inner) or _value(text, at, inner)
        pieces.append(dump(name) + b":" + spelled)
    return b"{" + b",".join(pieces) + b"}"


def _list(text: bytes, spans: Sequence[Span], value: Sequence[Json]) -> bytes:
    """Spell a list, its items matched in order: edits put items in or take some out."""
    pieces: list[bytes] = []
    position = 0
    for item in value:
        spelled = None
        for ahead in range(position, len(spans)):
            spelled = _kept(text, spans[ahead], item)
            if spelled is not None:
                position = ahead + 1
                break
        if spelled is None:
            same_length = len(spans) == len(value) and position < len(spans)
            spelled = _value(text, spans[position], item) if same_length else dump(item)
            position += same_length
        pieces.append(spelled)
    return b"[" + b",".join(pieces) + b"]"


def _kept(text: bytes, at: Span, value: Json) -> bytes | None:
    """Give the value's own bytes, if it is what they say."""
    raw = text[at.start : at.end]
    return raw if canonical(parse(raw)) == canonical(value) else None
