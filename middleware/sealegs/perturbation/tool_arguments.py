"""What a tool is called with, as JSON that is the same for equal calls, however they are made."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

from sealegs.jsons import Json, canonical
from sealegs.perturbation.drawing import digest
from sealegs.perturbation.tool_values import is_json

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

    >>> def book(city, nights=1): ...
    >>> known = Parameters(book)
    >>> known.bound(("Oslo",), {}) == known.bound((), {"nights": 1, "city": "Oslo"})
    True
    """

    __slots__ = ("_signature", "_skipped")

    def __init__(self, function: Callable[..., Any]) -> None:
        try:
            self._signature = inspect.signature(function)
        except (ValueError, TypeError):  # written in C
            self._signature = inspect.signature(lambda *args, **kwargs: None)
        first = next(iter(self._signature.parameters), "")
        self._skipped = first if first in ("self", "cls") else ""

    def bound(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Json]:
        """Give a call's arguments by name, defaults too, without the object of a method.

        What does not fit is given as it stands; the function itself will say what is wrong.
        """
        try:
            found = self._signature.bind(*args, **kwargs)
        except TypeError:
            return {"*": plain(list(args)), **plain(dict(kwargs))}
        found.apply_defaults()
        named: dict[str, Any] = {}
        for name, value in found.arguments.items():
            if self._signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
                named |= value
            elif name != self._skipped:
                named[name] = value
        given: dict[str, Json] = plain(named)
        return given


def plain(value: Any, depth: int = 0) -> Json:
    """Give what an argument says as JSON.

    Dates, paths and the like are given as text, models of pydantic by their fields. What else is no
    JSON is given by its type alone: what it says of itself may hold an address, or the time.

    >>> plain({"when": (1, 2), "shop": object()})
    {'when': [1, 2], 'shop': '<object>'}
    """
    if type(value) in _LEAVES:
        return value
    if depth >= _DEEPEST:
        return "<deep>"
    if isinstance(value, Mapping):
        pairs = _items(value)
        return {str(plain(key, depth + 1)): plain(one, depth + 1) for key, one in pairs}
    if isinstance(value, list | tuple):
        return [plain(one, depth + 1) for one in _each(value)]
    if isinstance(value, set | frozenset):
        return sorted((plain(one, depth + 1) for one in _each(value)), key=canonical)
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
            return plain(value.value, depth + 1)
        case datetime() | date() | time():
            return value.isoformat()
        case Decimal() | UUID() | PurePath() | str():
            return str(value)
        case bytes() | bytearray():
            return f"<{digest(bytes(value))}>"
        case _:
            fields = _fields(value)
            return f"<{type(value).__qualname__}>" if fields is None else fields


def _fields(value: Any) -> dict[str, Json] | None:
    """Give the fields of a model, where all of them are JSON; whatever holds more is no argument.

    Frameworks hand tools their own state and run, which are other objects each time.
    """
    dump: Any = getattr(value, "model_dump", None)
    if not callable(dump) or not hasattr(value, "__pydantic_fields_set__"):
        return None
    try:
        found: Any = dump()
    except Exception:  # it may have serializers of its own
        return None
    return found if is_json(found) else None
