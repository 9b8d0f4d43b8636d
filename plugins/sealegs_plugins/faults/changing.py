"""Edits of replies and events that several formats need; they copy only what changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from sealegs.jsons import Json, is_array, is_object
from sealegs_plugins.lenses.shared import at, mapped, with_at, with_member

__all__ = ["Path", "counted", "each", "kept", "replaced", "without_parts"]

Path: TypeAlias = Sequence[str]

_DEPTH = 4


def replaced(value: Json, path: Path, new: Json) -> Json:
    """Give an object with what stands at a path replaced.

    Where nothing stands there, or the very same, the very object is given back.

    >>> replaced({"a": {"b": "x"}}, ("a", "b"), "y"), replaced({"a": None}, ("a",), "y")
    ({'a': {'b': 'y'}}, {'a': None})
    """
    old = at(value, path)
    return value if old in (None, "", new) else with_at(value, path, new)


def each(value: Json, name: str, change: Callable[[Json], Json]) -> Json:
    """Give an object with each item of a member changed; the very object where none is."""
    found = value.get(name) if is_object(value) else None
    return with_member(value, name, mapped(found, change)) if is_array(found) else value


def kept(values: Sequence[Json], is_kept: Callable[[Json], bool]) -> Sequence[Json]:
    """Give the items that stay; the very list where all do."""
    new = [value for value in values if is_kept(value)]
    return values if len(new) == len(values) else new


def without_parts(value: Json, path: Path, is_call: Callable[[Json], bool]) -> Json:
    """Give an object without those parts of a list at a path that are calls."""
    parts = at(value, path)
    if not is_array(parts):
        return value
    left = kept(parts, lambda part: not is_call(part))
    return value if left is parts else with_at(value, path, left)


def counted(value: Json, path: Path, factor: float) -> Json:
    """Give an object with the token counts at a path multiplied, those in its members too.

    Whatever has ``token`` in its name, or in that of what it stands in, is a count of tokens.

    >>> counted({"usage": {"prompt_tokens": 3, "cost": 2}}, ("usage",), 2)
    {'usage': {'prompt_tokens': 6, 'cost': 2}}
    """
    old = at(value, path) if path else value
    if not is_object(old):
        return value
    new = _counted(old, factor, within=False, depth=_DEPTH)
    if new is old:
        return value
    return with_at(value, path, new) if path else new


def _counted(value: Json, factor: float, *, within: bool, depth: int) -> Json:
    """Multiply what is a count; deeper than usage is ever said, nothing is looked at."""
    if within and _is_count(value):
        new = type(value)(round(value * factor))
        return value if new == value else new
    if depth and is_array(value):
        return mapped(value, lambda one: _counted(one, factor, within=False, depth=depth - 1))
    if not depth or not is_object(value):
        return value
    holder = value
    for name, inner in value.items():
        is_count = within or "token" in name.lower()
        holder = with_member(
            holder, name, _counted(inner, factor, within=is_count, depth=depth - 1)
        )
    return holder


def _is_count(value: Json) -> bool:
    """Say whether a number counts; one that is not whole is a rate."""
    return type(value) is int or (type(value) is float and value.is_integer())
