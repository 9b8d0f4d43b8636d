"""Cases and their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sealegs.errors import ProfileError
from sealegs.jsons import is_object

__all__ = ["named_cases"]


def named_cases(cases: Mapping[str, Any] | Sequence[Any]) -> Mapping[str, Any]:
    """Give cases by their names, which must stay the same from run to run.

    A mapping has them. Of a list, texts are their own names, objects may have an ``id`` or a
    ``name``; others are known by their place.

    >>> named_cases([{"id": "refund", "ask": "My money back!"}, "hello", 7])
    {'refund': {'id': 'refund', 'ask': 'My money back!'}, 'hello': 'hello', 'case-2': 7}

    Raises:
        ProfileError: two have the same name.
    """
    if isinstance(cases, Mapping):
        return dict(cases)
    found: dict[str, Any] = {}
    for at, case in enumerate(cases):
        name = _name(case) or f"case-{at}"
        if name in found:
            raise ProfileError("cases", name, "two cases have this name")
        found[name] = case
    return found


def _name(case: Any) -> str:
    if isinstance(case, str):
        return case
    for key in ("id", "name"):
        told: Any = case.get(key) if is_object(case) else getattr(case, key, None)
        if isinstance(told, str | int) and not isinstance(told, bool):
            return str(told)
    return ""
