"""The shape that most forms share: an object, or one within it, with a name and a schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.definition import NO_PARAMETERS, ToolDefinition
from sealegs.schema.forms import Slot

__all__ = ["Envelope", "described", "text"]

_STRANGE: Final = "\0"
"""Stands for a ``type`` that is no text, which no form has."""


def text(value: Json) -> str:
    """Give a text, or an empty one where something else stands there."""
    return value if isinstance(value, str) else ""


def described(members: dict[str, Json], description: str) -> None:
    """Set a description, in place; an absent, empty or null one stays as it was spelled."""
    if description:
        members["description"] = description
    elif members.get("description"):
        del members["description"]


@dataclass(frozen=True, slots=True)
class Envelope:
    """A form in which each definition is an object of its own; see `sealegs.schema.forms.ToolForm`.

    Attributes:
        name: the form's name.
        wires: the wire formats whose requests carry it.
        rank: lower is asked first.
        kinds: what ``type`` may be; ``""``: it may be absent.
        kind: the ``type`` that a new definition gets; empty: none.
        typed: whether a ``type`` that is absent is put in.
        inner: the member that holds name and schema; empty: they stand in the object itself.
        schema: the member that holds the schema.
        box: the member within that one that holds it; empty: none.
        strict: whether there is a member ``strict``.
        required: whether an object without the member for the schema is no definition.
        bare: the only members that an object without a schema may have; ``None``: any.
        examples: the member that holds examples of arguments; empty: none.
    """

    name: str
    wires: frozenset[str] = frozenset()
    rank: int = 100
    kinds: frozenset[str] = frozenset({""})
    kind: str = ""
    typed: bool = False
    inner: str = ""
    schema: str = "parameters"
    box: str = ""
    strict: bool = False
    required: bool = False
    bare: frozenset[str] | None = None
    examples: str = ""

    def slots(self, tools: Json, /) -> Sequence[Slot]:
        """Find the definitions in a list of tools."""
        if not is_array(tools):
            return ()
        return [((n,), raw) for n, raw in enumerate(tools) if self._members(raw) is not None]

    def read(self, raw: Json, /) -> ToolDefinition | None:
        """Read one definition."""
        members = self._members(raw)
        if members is None:
            return None
        schema = members.get(self.schema)
        if self.box:
            schema = schema.get(self.box) if is_object(schema) else None
        strict = members.get("strict") if self.strict else None
        return ToolDefinition(
            name=members["name"],
            description=text(members.get("description")),
            parameters=dict(NO_PARAMETERS) if schema is None else schema,
            form=self.name,
            strict=strict if isinstance(strict, bool) else None,
            extra=self._extra(raw, members),
        )

    def write(
        self, *, name: str, description: str, parameters: Json, strict: bool | None, base: Json
    ) -> Json:
        """Write one definition."""
        found = self._members(base)
        members: dict[str, Json] = dict(found or {})
        members["name"] = name
        described(members, description)
        before = members.get(self.schema)
        box = before if is_object(before) else {}
        members[self.schema] = {**box, self.box: parameters} if self.box else parameters
        if self.strict and strict is not None:
            members["strict"] = strict
        elif self.strict and isinstance(members.get("strict"), bool):
            del members["strict"]
        return self._enclosed(members, base if found is not None else None)

    def collected(self, definitions: Sequence[Json], /) -> Json:
        """Give the list of tools."""
        return list(definitions)

    def _enclosed(self, members: dict[str, Json], base: Json) -> Json:
        """Put the members into their envelope, with a ``type`` where there must be one."""
        outer: Mapping[str, Json] = (base or {}) if self.inner else members
        whole = {**outer, self.inner: members} if self.inner else members
        lacks = base is None or (self.typed and not base.get("type"))
        if not (self.kind and lacks):
            return whole
        return {"type": self.kind, **{key: whole[key] for key in whole if key != "type"}}

    def _members(self, raw: Json) -> Mapping[str, Json] | None:
        """Give the object that holds name and schema; ``None`` where it is not of this form."""
        if not is_object(raw) or _kind(raw) not in self.kinds:
            return None
        members = raw.get(self.inner) if self.inner else raw
        if not is_object(members) or not isinstance(members.get("name"), str):
            return None
        if self.schema in members:
            return members
        bare = self.bare is None or members.keys() <= self.bare
        return members if bare and not self.required else None

    def _extra(self, raw: Mapping[str, Json], members: Mapping[str, Json]) -> dict[str, Json]:
        known = {"name", "description", self.schema, *(("strict",) if self.strict else ())}
        if not self.inner:
            return {k: v for k, v in members.items() if k not in known and k != "type"}
        extra = {key: value for key, value in members.items() if key not in known}
        extra.update((k, v) for k, v in raw.items() if k not in ("type", self.inner))
        return extra


def _kind(raw: Mapping[str, Json]) -> str:
    kind = raw.get("type")
    return "" if kind is None else text(kind) or _STRANGE
