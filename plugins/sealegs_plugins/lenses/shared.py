"""What several lenses do in the same way: edits that copy only what changes, and calls in JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import is_

from sealegs.calls.saying import SaidCall
from sealegs.jsons import Json, dump, is_array, is_object, parse
from sealegs.wire import Document

__all__ = [
    "CallPlace",
    "at",
    "first_schema",
    "is_whole",
    "items",
    "mapped",
    "named_alike",
    "read_object",
    "renamed_member",
    "spoken",
    "unchanged",
    "with_at",
    "with_member",
    "without",
]

Edit = Callable[[SaidCall], SaidCall]
"""Gives a call as it shall be said instead."""

_NONE: Sequence[Json] = ()


def items(value: Json, name: str) -> Sequence[Json]:
    """Read a member that is an array, or an empty one."""
    found = value.get(name) if is_object(value) else None
    return found if is_array(found) else _NONE


def at(value: Json, path: Sequence[str]) -> Json:
    """Read what stands at a path, or ``None``."""
    for name in path:
        value = value.get(name) if is_object(value) else None
    return value


def with_at(value: Json, path: Sequence[str], new: Json) -> dict[str, Json]:
    """Give a copy of an object with a value set at a path.

    >>> with_at({"a": {"b": 1}, "c": 2}, ("a", "b"), 3)
    {'a': {'b': 3}, 'c': 2}
    """
    known: dict[str, Json] = value if is_object(value) else {}
    first, *rest = path
    return {**known, first: with_at(known.get(first), rest, new) if rest else new}


def with_member(holder: dict[str, Json], name: str, value: Json) -> dict[str, Json]:
    """Give an object with a member set; the very object where the member is that already."""
    if name in holder and holder[name] is value:
        return holder
    return {**holder, name: value}


def without(holder: dict[str, Json], name: str) -> dict[str, Json]:
    """Give a copy of an object without a member."""
    return {key: value for key, value in holder.items() if key != name}


def unchanged(new: Sequence[Json], old: Sequence[Json]) -> bool:
    """Say whether an array has the very items of another."""
    return len(new) == len(old) and all(map(is_, new, old))


def mapped(values: Sequence[Json], change: Callable[[Json], Json]) -> Sequence[Json]:
    """Give an array with each item changed; the very array where none changes."""
    new = [change(value) for value in values]
    return values if unchanged(new, values) else new


def spoken(arguments: Json) -> str:
    """Give arguments as text: as the model wrote them, or as compact JSON where they were parsed.

    >>> spoken('{"a": 1'), spoken({"a": 1}), spoken(None)
    ('{"a": 1', '{"a":1}', '')
    """
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else dump(arguments).decode("utf-8", "surrogatepass")


def read_object(text: str) -> dict[str, Json] | None:
    """Read arguments as an object; ``None`` where they are none."""
    try:
        value = parse(text)
    except (ValueError, RecursionError):
        return None
    return value if is_object(value) else None


def is_whole(arguments: str) -> bool:
    """Say whether arguments are the whole of a JSON object, so that no more can be to come."""
    end = arguments.rstrip()
    return end.endswith("}") and read_object(end) is not None


@dataclass(frozen=True, slots=True)
class CallPlace:
    """Where a call's parts stand in the object that a format has for it.

    Attributes:
        holder: the member that name and arguments stand in; empty: in the object itself.
        name: the member with the tool's name.
        arguments: the member with the arguments.
        id: the member of the object with the call's id.
        parsed: whether the format holds arguments as an object.
    """

    holder: str = ""
    name: str = "name"
    arguments: str = "arguments"
    id: str = "id"
    parsed: bool = False

    def read(self, call: Json) -> SaidCall:
        """Read a call.

        >>> CallPlace("function").read({"id": "1", "function": {"name": "f", "arguments": "{}"}})
        SaidCall(name='f', arguments='{}', id='1')
        """
        inner = call.get(self.holder) if self.holder else call
        given = at(inner, (self.arguments,))
        text = spoken({} if self.parsed and given in (None, "") else given)
        return SaidCall(_text(inner, self.name), text, _text(call, self.id))

    def said(self, call: dict[str, Json], old: SaidCall, new: SaidCall) -> dict[str, Json]:
        """Give a call as it is said now; the very object where nothing changes."""
        if new == old:
            return call
        inner: dict[str, Json] = call[self.holder] if self.holder else call
        if new.name != old.name:
            inner = {**inner, self.name: new.name}
        if new.arguments != old.arguments:
            inner = with_member(inner, self.arguments, self._given(inner, new.arguments))
        call = with_member(call, self.holder, inner) if self.holder else inner
        return call if new.id == old.id else {**call, self.id: new.id}

    def edited(self, call: Json, edit: Edit) -> Json:
        """Edit a call; what is none stays as it is."""
        if not is_object(call) or (self.holder and not is_object(call.get(self.holder))):
            return call
        old = self.read(call)
        return self.said(call, old, edit(old))

    def made(self, call: SaidCall) -> dict[str, Json]:
        """Make the object for a call; an id that it has not is left out."""
        given: Json = call.arguments
        if self.parsed:
            read = read_object(call.arguments)
            given = call.arguments if read is None else read
        inner: dict[str, Json] = {self.name: call.name, self.arguments: given}
        made: dict[str, Json] = {self.id: call.id} if call.id else {}
        return {**made, self.holder: inner} if self.holder else {**made, **inner}

    def _given(self, inner: dict[str, Json], text: str) -> Json:
        before = inner.get(self.arguments)
        if not self.parsed and (before is None or isinstance(before, str)):
            return text
        read = read_object(text)
        return before if read is None else read


def _text(value: Json, name: str) -> str:
    found = value.get(name) if is_object(value) else None
    return found if isinstance(found, str) else ""


def named_alike(holder: Json, name: str, call_id: str, edit: Edit) -> Json:
    """Edit a result's tool name and call id; the very object where nothing changes."""
    if not is_object(holder):
        return holder
    old = SaidCall(_text(holder, name), "", _text(holder, call_id))
    if not (old.name or old.id):
        return holder
    new = edit(old)
    if old.name and new.name and new.name != old.name:
        holder = {**holder, name: new.name}
    if old.id and new.id and new.id != old.id:
        holder = {**holder, call_id: new.id}
    return holder


def first_schema(document: Document, paths: Sequence[str]) -> tuple[str, Json] | None:
    """Find the first of several places where a request has a schema."""
    for path in paths:
        found = document.parameter(path)
        if is_object(found):
            return path, found
    return None


def renamed_member(value: Json, path: Sequence[str], rename: Callable[[str], str]) -> Json:
    """Rename the tool that is named at a path; the very object where nothing changes."""
    old = at(value, path)
    if not isinstance(old, str) or not old:
        return value
    new = rename(old)
    return value if new == old else with_at(value, path, new)
