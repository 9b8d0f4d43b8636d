"""Cases and their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeGuard

from sealegs.errors import ProfileError
from sealegs.jsons import is_object

__all__ = ["named_cases"]


def named_cases(cases: Mapping[Any, Any] | Iterable[Any]) -> Mapping[str, Any]:
    """Give cases by their names, which must stay the same from run to run.

    A mapping has them. Of a list, texts are their own names, objects may have an ``id`` or a
    ``name``; others are known by their place.

    >>> named_cases([{"id": "refund", "ask": "My money back!"}, "hello", 7])
    {'refund': {'id': 'refund', 'ask': 'My money back!'}, 'hello': 'hello', 'case-2': 7}

    Raises:
        ProfileError: there are none, or two have the same name.
    """
    if isinstance(cases, str | bytes):
        raise ProfileError("cases", "", "should be a list, or a table by names, and are a text")
    found: dict[str, Any] = {}
    for name, case in _pairs(cases):
        if name in found:
            raise ProfileError("cases", name, "two cases have this name")
        found[name] = case
    if not found:
        raise ProfileError("cases", "", "there are none")
    return found


def _pairs(cases: Mapping[Any, Any] | Iterable[Any]) -> Iterator[tuple[str, Any]]:
    if _is_table(cases):
        yield from ((str(name), case) for name, case in cases.items())
    else:
        yield from ((_name(case) or f"case-{at}", case) for at, case in enumerate(cases))


def _is_table(cases: Any) -> TypeGuard[Mapping[Any, Any]]:
    return isinstance(cases, Mapping)


def _name(case: Any) -> str:
    if isinstance(case, str):
        return case
    for key in ("id", "name"):
        told: Any = case.get(key) if is_object(case) else getattr(case, key, None)
        if isinstance(told, str | int) and not isinstance(told, bool):
            return str(told)
    return ""
