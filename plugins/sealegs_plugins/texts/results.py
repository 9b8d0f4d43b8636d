"""Where a result of a tool stands in a message, and how it is said otherwise in its own form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sealegs.jsons import Json, dump, is_array, is_object
from sealegs.perturbation.saying import SaidResult
from sealegs_plugins.lenses.shared import at, read_object, with_at, with_member
from sealegs_plugins.wires.shared import WRAPPERS

from .parts import text_member

__all__ = ["Mark", "ResultEdit", "ResultPlace", "held_text", "held_value"]

ResultEdit = Callable[[SaidResult], SaidResult]
"""Gives a result as it shall be said instead."""


def held_text(value: Json) -> str:
    """Give JSON as text; a lone text in an object is that text.

    >>> held_text({"result": "15 degrees"}), held_text({"b": 1, "a": 2})
    ('15 degrees', '{"b":1,"a":2}')
    """
    if isinstance(value, str):
        return value
    key = _wrapper(value)
    if key:
        return str(value[key])
    return "" if value is None else dump(value).decode("utf-8", "surrogatepass")


def held_value(old: Json, text: str) -> dict[str, Json] | None:
    """Give a text as the object that a format holds; ``None`` where it can be none.

    >>> held_value({"result": "15"}, "16"), held_value({"a": 1}, '{"a": 2}'), held_value({}, "no")
    ({'result': '16'}, {'a': 2}, None)
    """
    key = _wrapper(old)
    return {key: text} if key else read_object(text)


def _wrapper(value: Json) -> str:
    if not is_object(value) or len(value) != 1:
        return ""
    ((key, inner),) = value.items()
    return key if key in WRAPPERS and isinstance(inner, str) else ""


@dataclass(frozen=True, slots=True)
class Mark:
    """The member that marks a result as an error, and what it says."""

    member: str
    yes: Json
    no: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPlace:
    """Where the parts of a result stand in the object that a format has for it.

    Attributes:
        id: the member with the id of the call.
        names: the members in which the tool's name may stand.
        content: the member with what the tool said: a text, or a list of parts.
        kind: the type of a part of text; empty: parts have no type.
        held: the path at which a part holds JSON; empty: no part does.
        blank: whether a part of text may be empty; if not, it is left out.
        mark: marks an error.
    """

    id: str
    names: Sequence[str] = ()
    content: str = "content"
    kind: str = "text"
    held: Sequence[str] = ()
    blank: bool = True
    mark: Mark | None = None

    def read(self, holder: dict[str, Json]) -> SaidResult:
        """Read a result."""
        error = None if self.mark is None else holder.get(self.mark.member) == self.mark.yes
        return SaidResult(
            _text(holder, self.id),
            next((name for key in self.names if (name := _text(holder, key))), ""),
            self._said(holder.get(self.content)),
            error,
        )

    def edited(self, holder: Json, edit: ResultEdit) -> Json:
        """Edit a result; the very object where nothing changes."""
        if not is_object(holder):
            return holder
        old = self.read(holder)
        new = edit(old)
        if new == old:
            return holder
        if new.text != old.text:
            content = self._content(holder.get(self.content), new.text)
            holder = with_member(holder, self.content, content)
        if new.id != old.id and old.id:
            holder = {**holder, self.id: new.id}
        if new.name != old.name and old.name:
            key = next(key for key in self.names if _text(holder, key))
            holder = {**holder, key: new.name}
        if self.mark is not None and new.error is not None and new.error != old.error:
            holder = {**holder, self.mark.member: self.mark.yes if new.error else self.mark.no}
        return holder

    def answers(self, holder: Json, ids: frozenset[str]) -> bool:
        """Say whether a result is one of some calls; one that has no id is known by its name."""
        if not is_object(holder):
            return False
        said = self.read(holder)
        return (said.id or said.name) in ids

    def _said(self, content: Json) -> str:
        if not is_array(content):
            return content if isinstance(content, str) else ""
        return "".join(map(self._part, content))

    def _part(self, part: Json) -> str:
        if isinstance(part, str):
            return part
        name = text_member(part)
        if name:
            return str(part[name])
        return held_text(at(part, self.held)) if self._holds(part) else ""

    def _holds(self, part: Json) -> bool:
        return bool(self.held) and at(part, self.held) is not None

    def _speaks(self, part: Json) -> bool:
        if isinstance(part, str) or self._holds(part):
            return True
        return is_object(part) and isinstance(part.get("text"), str)

    def _content(self, content: Json, text: str) -> Json:
        """Give content that says another text: one part of it, where the first one stood."""
        if not is_array(content):
            return text
        spoken = [part for part in content if self._speaks(part)]
        new: Sequence[Json] = (self._said_by(spoken, text),) if text or self.blank else ()
        if not spoken:
            return [*new, *content]
        first = next(place for place, part in enumerate(content) if part is spoken[0])
        rest = [part for part in content[first + 1 :] if not self._speaks(part)]
        return [*content[:first], *new, *rest]

    def _said_by(self, spoken: Sequence[Json], text: str) -> Json:
        """Give the part for a text, in the form of those that it takes the place of."""
        if len(spoken) == 1 and self._holds(spoken[0]):
            value = held_value(at(spoken[0], self.held), text)
            if value is not None:
                return with_at(spoken[0], self.held, value)
        if spoken and all(isinstance(part, str) for part in spoken):
            return text
        marks: dict[str, Json] = {}
        for part in spoken:
            if text_member(part):
                marks |= part
        kind: dict[str, Json] = {"type": self.kind} if self.kind else {}
        return {**kind, **marks, "text": text}


def _text(holder: dict[str, Json], name: str) -> str:
    found = holder.get(name) if name else None
    return found if isinstance(found, str) else ""
