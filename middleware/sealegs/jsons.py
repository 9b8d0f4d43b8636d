"""JSON as sealegs handles it: nothing that a provider sent may be lost.

msgspec is fast, but refuses lone surrogates, which models do produce; the standard library takes
them. Both keep big integers and the order of keys.
"""

from __future__ import annotations

import json
from typing import Any, TypeAlias, TypeGuard

import msgspec

__all__ = ["Json", "canonical", "dump", "is_array", "is_object", "parse"]

Json: TypeAlias = Any
"""A parsed JSON value. The one place where types end: what providers send has no schema of ours."""


def is_object(value: Json) -> TypeGuard[dict[str, Json]]:
    """Say whether a value is a JSON object."""
    return isinstance(value, dict)


def is_array(value: Json) -> TypeGuard[list[Json]]:
    """Say whether a value is a JSON array."""
    return isinstance(value, list)


_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_encode_sorted = msgspec.json.Encoder(order="sorted").encode


def parse(raw: bytes | str) -> Json:
    r"""Parse JSON text, lone surrogates included.

    >>> parse(b'{"a": 123456789012345678901234567890}')
    {'a': 123456789012345678901234567890}
    >>> parse(b'"\\ud800"')
    '\ud800'

    Raises:
        ValueError: it is not JSON.
    """
    try:
        return _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return json.loads(raw)


def dump(value: Json) -> bytes:
    r"""Write JSON as compact UTF-8, keys in the order in which they stand.

    >>> dump({"b": "é", "a": 1})
    b'{"b":"\xc3\xa9","a":1}'
    """
    try:
        return _encode(value)
    except (UnicodeEncodeError, ValueError, OverflowError):
        return json.dumps(value, separators=(",", ":")).encode()


def canonical(value: Json) -> bytes:
    """Write JSON so that equal values give equal bytes: keys sorted, numbers as parsed.

    >>> canonical({"b": 1, "a": [True]})
    b'{"a":[true],"b":1}'
    """
    try:
        return _encode_sorted(value)
    except (UnicodeEncodeError, ValueError, OverflowError, TypeError):
        return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
