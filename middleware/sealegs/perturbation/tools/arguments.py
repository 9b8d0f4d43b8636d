"""What a tool is called with, as JSON that is the same for equal calls, however they are made."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

from sealegs.jsons import Json, canonical
from sealegs.perturbation.drawing import digest
from sealegs.perturbation.tools.values import is_json

__all__ = ["Parameters", "place", "plain"]

_DEEPEST = 64
_LEAVES = (str, int, float, bool, type(None))


def place(tool: str, arguments: Json) -> str:
    """Name the place that a call is, for `sealegs.perturbation.operators.Site`.

    >>> place("book", {"a": 1, "b": 2}) == place("book", {"b": 2, "a": 1})
    True
    """
    return f"tool:{tool}/{digest(canonical(plain(arguments)))}"


class Parameters:
    """The parameters of one function.

    Args:
        function: the tool.
        beside: names of parameters that the framework fills in, not the model.

    >>> def book(city, nights=1): ...
    >>> known = Parameters(book)
    >>> known.bound(("Oslo",), {}) == known.bound((), {"nights": 1, "city": "Oslo"})
    True
    """

    __slots__ = ("_signature", "_skipped")

    def __init__(self, function: Callable[..., Any], beside: Collection[str] = ()) -> None:
        try:
            self._signature = inspect.signature(function)
        except (ValueError, TypeError):  # written in C
            self._signature = inspect.signature(lambda *args, **kwargs: None)
        first = next(iter(self._signature.parameters), "")
        self._skipped = {*beside, first} if first in ("self", "cls") else {*beside}

    def bound(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Json]:
        """Give a call's arguments by name, defaults too, without the object of a method.

        What does not fit is given as it stands; the function itself will say what is wrong.
        """
        try:
            found = self._signature.bind(*args, **kwargs)
        except TypeError:
            return {"*": [_argument(one) for one in args], **plain(dict(kwargs))}
        found.apply_defaults()
        named: dict[str, Any] = {}
        for name, value in found.arguments.items():
            if self._signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
                named |= value
            elif name not in self._skipped:
                named[name] = value
        given: dict[str, Json] = plain(named)
        return given


def plain(arguments: Any) -> Json:
    """Give what a call's arguments say as JSON.

    Dates, paths and the like are given as text, models of pydantic by their fields. An argument
    that holds anything else is given by its type alone: frameworks hand tools their own state and
    run, and what those say of themselves may hold an address, or the time.

    >>> plain({"when": (1, 2), "shop": object()})
    {'when': [1, 2], 'shop': '<object>'}
    """
    if isinstance(arguments, Mapping):
        return {str(name): _argument(value) for name, value in _items(arguments)}
    return _argument(arguments)


class _OpaqueError(Exception):
    """An argument holds what is no JSON."""


def _argument(value: Any) -> Json:
    try:
        return _plain(value, 0)
    except _OpaqueError:
        return f"<{type(value).__qualname__}>"


def _plain(value: Any, depth: int) -> Json:
    if type(value) in _LEAVES:
        return value
    if depth >= _DEEPEST:
        return "<deep>"
    if isinstance(value, Mapping):
        pairs = _items(value)
        return {str(_plain(key, depth + 1)): _plain(one, depth + 1) for key, one in pairs}
    if isinstance(value, list | tuple):
        return [_plain(one, depth + 1) for one in _each(value)]
    if isinstance(value, set | frozenset):
        return sorted((_plain(one, depth + 1) for one in _each(value)), key=canonical)
    return _of_object(value, depth)


def _items(value: Any) -> Iterable[tuple[Any, Any]]:
    found: Iterable[tuple[Any, Any]] = value.items()
    return found


def _each(value: Any) -> Iterable[Any]:
    found: Iterable[Any] = value
    return found


def _of_object(value: Any, depth: int) -> Json:
    match value:
        case Enum():
            return _plain(value.value, depth + 1)
        case datetime() | date() | time():
            return value.isoformat()
        case Decimal() | UUID() | PurePath() | str():
            return str(value)
        case bytes() | bytearray():
            return f"<{digest(bytes(value))}>"
        case _:
            return _fields(value)


def _fields(value: Any) -> dict[str, Json]:
    """Give the fields of a model, where all of them are JSON."""
    dump: Any = getattr(value, "model_dump", None)
    if not callable(dump) or not hasattr(value, "__pydantic_fields_set__"):
        raise _OpaqueError
    try:
        found: Any = dump(mode="json")
    except Exception:  # it may have serializers of its own
        raise _OpaqueError from None
    if not is_json(found):
        raise _OpaqueError
    fields: dict[str, Json] = found
    return fields
