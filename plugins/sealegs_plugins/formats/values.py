"""Small readers of JSON that is not known to have any shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealegs.jsons import Json

__all__ = ["entries", "filled", "members", "sealed", "texts"]

_TEXTS = ("thinking", "text", "summary", "content", "reasoningContent", "reasoningText")
"""The members in which the known formats keep readable text, at whatever depth."""


def entries(value: Json) -> list[Json]:
    """Give a list as it is, and an empty one for anything else."""
    return value if _is_list(value) else []


def members(value: Json) -> dict[str, Json]:
    """Give an object as it is, and an empty one for anything else."""
    return value if _is_object(value) else {}


def _is_list(value: Json) -> TypeGuard[list[Json]]:
    return isinstance(value, list)


def _is_object(value: Json) -> TypeGuard[dict[str, Json]]:
    return isinstance(value, dict)


def filled(value: Json) -> bool:
    r"""Say whether a value says anything: a blank text does not, nor does something empty.

    >>> [filled(value) for value in (" \n", "", None, [], {}, "x", 0)]
    [False, False, False, False, False, True, True]
    """
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None and value not in ([], {})


def texts(value: Json) -> list[str]:
    """Collect the readable texts of a value, in order.

    >>> texts({"reasoningContent": {"reasoningText": {"text": "why", "signature": "c2ln"}}})
    ['why']
    """
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for entry in entries(value) for text in texts(entry)]
    found = members(value)
    return [text for name in _TEXTS if name in found for text in texts(found[name])]


def sealed(value: Json, seals: Mapping[str, str]) -> bool:
    """Say whether a value holds a signature or encrypted data, at whatever depth.

    Args:
        value: any JSON.
        seals: the names under which such a value stands, each with what the value begins with.

    >>> sealed({"id": "rs_1"}, {"id": "rs_"}), sealed({"id": "other"}, {"id": "rs_"})
    (True, False)
    """
    if isinstance(value, list):
        return any(sealed(entry, seals) for entry in entries(value))
    return any(
        (isinstance(held, str) and name in seals and filled(held) and held.startswith(seals[name]))
        or sealed(held, seals)
        for name, held in members(value).items()
    )
