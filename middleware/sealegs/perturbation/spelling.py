"""JSON in the style of a text that it replaces, so that an edit changes what it means to change."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sealegs.jsons import Json, dump

__all__ = ["spelled_like"]

_COMPACT = (",", ":")
_STYLES: tuple[Mapping[str, Json], ...] = tuple(
    {"ensure_ascii": ascii_only, **style}
    for style in ({}, {"separators": _COMPACT}, {"indent": 2}, {"indent": 4})
    for ascii_only in (True, False)
)


def spelled_like(value: Json, old: Json, text: str) -> str:
    r"""Write a value as the text is written that an old one was read from.

    >>> spelled_like({"a": "é"}, {"b": 1, "c": 2}, '{"b": 1, "c": 2}')
    '{"a": "\\u00e9"}'
    >>> spelled_like({"a": "é"}, {"b": 1, "c": 2}, '{ "b":1,  "c":2 }')
    '{"a":"é"}'
    """
    for style in _STYLES:
        if _written(old, style) == text:
            found = _written(value, style)
            if found is not None:
                return found
    return dump(value).decode("utf-8", "surrogatepass")


def _written(value: Json, style: Mapping[str, Json]) -> str | None:
    try:
        return json.dumps(value, **style)
    except (TypeError, ValueError, RecursionError):
        return None
