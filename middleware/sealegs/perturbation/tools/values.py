"""What a tool gave, as JSON, and the way back to what it was."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from sealegs.jsons import Json, dump, is_array, parse
from sealegs.perturbation.spelling import spelled_like

__all__ = [
    "DEEPEST",
    "Made",
    "Opened",
    "Reading",
    "Unread",
    "is_json",
    "opened",
    "opened_text",
    "read_text",
    "write_text",
]

_MAY_BE_JSON = re.compile(r"""\s*(?:[{\["]|(?:true|false|null|-?\d[\d.eE+-]*)\s*\Z)""")
"""Tells nearly all texts that are no JSON at once; to try takes far longer."""

DEEPEST = 200
"""How deep a value may be nested; what is deeper is no value that anybody works with."""

_LEAVES = (str, int, float, bool, type(None))


@dataclass(frozen=True, slots=True)
class Made:
    """A result as it goes back to the framework.

    Attributes:
        result: what is returned.
        text: what a request to a model will hold of it, where that is known.
        remark: what the receipt must say of it; empty: it is of the kind that it was.
    """

    result: Any
    text: str | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A result that can be disturbed.

    Attributes:
        value: what it says.
        say: spells a value as a text, as this result does.
        make: makes a result that says another value, as like the one before as may be.
    """

    value: Json
    say: Callable[[Json], str]
    make: Callable[[Json], Made]


@dataclass(frozen=True, slots=True)
class Unread:
    """A result that cannot be disturbed, and why."""

    reason: str


Reading: TypeAlias = Opened | Unread


def opened(result: Any) -> Reading:
    """Read what a tool returned.

    Text that holds JSON is read as the value that it holds. JSON values are themselves. Models of
    pydantic, dataclasses, tuples, and containers of dates and the like are read as pydantic would
    write them, and come back as what they were where the new value is a valid one.
    """
    if isinstance(result, str):
        return opened_text(result)
    if is_json(result):
        return Opened(result, write_text, lambda value: Made(value, _text_of(value)))
    if isinstance(result, Iterator) or inspect.isasyncgen(result):
        return Unread("the result comes in pieces")
    if isinstance(result, bytes | bytearray | memoryview):
        return Unread("the result is no JSON")
    return _opened_object(result)


def opened_text(text: str) -> Opened:
    """Read a text; a new value is spelled as the text spelled the old one."""

    def say(value: Json) -> str:
        return write_text(value, text)

    def make(value: Json) -> Made:
        said = say(value)
        return Made(said, said)

    return Opened(read_text(text), say, make)


def read_text(text: str) -> Json:
    """Give the value that a text holds; the text itself where it is no JSON.

    >>> read_text('{"a": 1}'), read_text("sunny"), read_text("12")
    ({'a': 1}, 'sunny', 12)
    """
    if not _MAY_BE_JSON.match(text):
        return text
    try:
        value = parse(text)
    except (ValueError, RecursionError):
        return text
    return value if is_json(value) else text


def write_text(value: Json, like: str = "") -> str:
    """Write a value as text, as a text before it was written.

    Where that is JSON, spacing and escapes are its own, so that nothing changes but what is meant
    to, and where it says nothing new the very text comes back. A text that is put in the place of
    an object, or of a text that was no JSON, stands there as it is.

    >>> write_text({"a": [2]}, like='{"a": [1]}'), write_text({"a": [2]}, like='{"a":[1]}')
    ('{"a": [2]}', '{"a":[2]}')
    >>> write_text('{"a"', like='{"a": 1}'), write_text("b", like='"a"'), write_text("b", like="a")
    ('{"a"', '"b"', 'b')
    """
    old = read_text(like)
    if isinstance(value, str) and (not isinstance(old, str) or old == like):
        return value
    try:
        if not isinstance(old, str) or old != like:
            return like if dump(value) == dump(old) else spelled_like(value, old, like)
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError, TypeError):
        return dump(value).decode("utf-8", "replace")


def _text_of(value: Json) -> str | None:
    """Give a text's own words; how a framework spells anything else is not known."""
    return value if isinstance(value, str) else None


def is_json(value: Json) -> bool:
    """Say whether a value is plain JSON, and not nested beyond what can be worked with."""
    pending: list[tuple[Json, int]] = [(value, 0)]
    while pending:
        one, depth = pending.pop()
        kind = _kind(one)
        if kind in _LEAVES:
            continue
        if kind not in (dict, list) or depth >= DEEPEST:
            return False
        if kind is dict and not all(type(key) is str for key in one):
            return False
        inner: Iterable[Json] = one.values() if kind is dict else one
        pending.extend((each, depth + 1) for each in inner)
    return True


def _kind(value: object) -> type[object]:
    return type(value)


def _opened_object(result: Any) -> Reading:
    from pydantic_core import to_jsonable_python

    try:
        value = to_jsonable_python(result)
    except Exception:  # it has serializers of its own, which may fail as they please
        return Unread("the result is no JSON")
    if not is_json(value):
        return Unread("the result is nested too deeply")

    def make(new: Json) -> Made:
        kind: Any = _kind_of_all(result)
        if kind in (dict, list):  # it held what JSON cannot say
            return Made(new, None, "given back as plain JSON")
        try:
            return Made(_validated(kind, new))
        except Exception:
            name = kind.__name__ if isinstance(kind, type) else str(kind)
            return Made(new, None, f"given back as plain JSON: it is no {name} any more")

    return Opened(value, write_text, make)


def _kind_of_all(result: Any) -> Any:
    """Give the type of a result; of a list of things of one type, what they are as well."""
    kinds = {_kind(one) for one in result} if _kind(result) is list else set[type[object]]()
    (inner,) = kinds if len(kinds) == 1 else (dict,)
    return _kind(result) if inner in (*_LEAVES, dict, list) else list[inner]  # type: ignore[valid-type]


def _validated(kind: Any, value: Json) -> Any:
    if kind is tuple:
        if not is_array(value):
            raise TypeError("not a list")
        return tuple(value)
    from pydantic import TypeAdapter

    return TypeAdapter(kind).validate_python(value)
