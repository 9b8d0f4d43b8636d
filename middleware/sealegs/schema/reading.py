"""Reads tool definitions out of any JSON: one, a list, a whole request, a list of servers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from sealegs.errors import SchemaError, SchemaLimitError
from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.limits import DEFAULT, Limits

if TYPE_CHECKING:
    from sealegs.schema.definition import ToolDefinition
    from sealegs.schema.forms import ToolForm

__all__ = ["Found", "LeftOut", "Reading", "definitions", "read"]

_Path: TypeAlias = "tuple[str | int, ...]"

# Where requests, MCP results, data sets and lists of servers keep their tools, however nested.
_CONTAINERS: tuple[tuple[str, ...], ...] = (
    ("tools",),
    ("functions",),
    ("function",),
    ("servers",),
    ("toolConfig", "tools"),
    ("tool_config", "tools"),
    ("result", "tools"),
)
# A definition says its schema under one of these, so an object with one is not the provider's own.
_SCHEMAS = frozenset({"parameters", "inputSchema", "input_schema", "properties"})
_OURS = frozenset({"function", "object"})


@dataclass(frozen=True, slots=True)
class Found:
    """A definition, and where it stands.

    Attributes:
        pointer: JSON Pointer (RFC 6901) of the definition.
        definition: what was read.
        raw: what stands there.
    """

    pointer: str
    definition: ToolDefinition
    raw: Json


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A tool that the provider runs itself, so that there is no definition to read.

    Attributes:
        pointer: JSON Pointer (RFC 6901) of the tool.
        kind: its ``type``, or the member that says what it is.
    """

    pointer: str
    kind: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in a value, in order; equal names are kept."""

    found: tuple[Found, ...]
    left_out: tuple[LeftOut, ...] = ()


def definitions(
    value: Json, forms: Iterable[ToolForm], *, limits: Limits = DEFAULT
) -> tuple[ToolDefinition, ...]:
    """Read the tool definitions of any JSON value; see `read`.

    Raises:
        SchemaError: something that stands where a definition should is none.
    """
    return tuple(one.definition for one in read(value, forms, limits=limits).found)


def read(value: Json, forms: Iterable[ToolForm], *, limits: Limits = DEFAULT) -> Reading:
    """Read the tool definitions of any JSON value, and say where they stand.

    The value may be a definition, a list, or what holds them in a member ``tools``, ``functions``,
    ``function``, ``servers``, ``toolConfig`` or ``result``: a request, a ``tools/list`` result, an
    entry of a data set, servers by name or in a list.

    Each definition is read by the first form that takes it, in the order of ``rank`` and then of
    names. A tool that the provider runs itself (it has a ``type`` of its own, or says no more than
    its options) is left out, and told.

    Args:
        value: parsed JSON.
        forms: the forms that are known.
        limits: how deep definitions may be nested; schemas are not looked into.

    Raises:
        SchemaError: something that stands where a definition should is none.
        SchemaLimitError: tools are nested too deep.
    """
    walk = _Walk(sorted(forms, key=lambda form: (form.rank, form.name)))
    open_places: list[_Place] = [_Place((), value, "value")]
    while open_places:
        place = open_places.pop()
        if len(place.path) > limits.depth:
            raise SchemaLimitError(_pointer(place.path), f"deeper than {limits.depth} levels")
        open_places.extend(reversed(walk.step(place)))
    return Reading(tuple(walk.found), tuple(walk.left_out))


@dataclass(frozen=True, slots=True)
class _Place:
    """A value that is still to be looked at.

    Attributes:
        path: where it stands.
        value: what stands there.
        role: ``value``: anything; ``tool``: it stands where a tool should; ``tools``: it is what a
            member for tools holds.
    """

    path: _Path
    value: Json
    role: str


class _Walk:
    """What was found so far."""

    def __init__(self, forms: Sequence[ToolForm]) -> None:
        self._forms = forms
        self.found: list[Found] = []
        self.left_out: list[LeftOut] = []

    def step(self, place: _Place) -> Sequence[_Place]:
        """Look at one value, and give what is to be looked at next."""
        path, value = place.path, place.value
        if is_array(value):
            return [_Place((*path, n), item, "tool") for n, item in enumerate(value)]
        if value is None and place.role == "tools":
            return ()
        if not is_object(value):
            raise SchemaError(_pointer(path), f"no tool definition, but {_named(value)}")
        if self._read(path, value):
            return ()
        inner = _contained(path, value)
        if inner:
            return inner
        if place.role == "tools" and value and all(map(_holds, value.values())):
            return [_Place((*path, name), item, "tool") for name, item in value.items()]
        kind = _own(value) if place.role == "tool" else ""
        if not kind:
            raise SchemaError(_pointer(path), self._expected(value))
        self.left_out.append(LeftOut(_pointer(path), kind))
        return ()

    def _read(self, path: _Path, value: Mapping[str, Json]) -> bool:
        for form in self._forms:
            definition = form.read(value)
            if definition is not None:
                self.found.append(Found(_pointer(path), definition, value))
                return True
        for form in self._forms:
            slots = form.slots([value])
            for (_, *inner), raw in slots:
                definition = form.read(raw)
                if definition is not None:
                    self.found.append(Found(_pointer((*path, *inner)), definition, raw))
            if slots:
                return True
        return False

    def _expected(self, value: Mapping[str, Json]) -> str:
        members = ", ".join(map(repr, list(value)[:8])) or "no members"
        more = ", …" if len(value) > 8 else ""
        names = ", ".join(form.name for form in self._forms)
        return (
            f"no tool definition: it has {members}{more}. A definition has a name and a schema, as "
            f'in {{"name": …, "description": …, "inputSchema": {{…}}}}; known forms are {names}'
        )


def _contained(path: _Path, value: Mapping[str, Json]) -> list[_Place]:
    """Find the members of an object that hold tools."""
    places: list[_Place] = []
    for members in _CONTAINERS:
        at: Json = value
        for member in members:
            at = at.get(member) if is_object(at) else None
        if _holds(at) or (at is None and members[0] in value and len(members) == 1):
            places.append(_Place((*path, *members), at, "tools"))
    return places


def _holds(value: Json) -> bool:
    return is_array(value) or is_object(value)


def _own(value: Mapping[str, Json]) -> str:
    """Give the kind of a tool that the provider runs itself; empty where it is none."""
    kind = value.get("type")
    if isinstance(kind, str):
        ours = kind in _OURS or (kind == "custom" and bool(_SCHEMAS & value.keys()))
        return "" if ours else kind
    plain = [one for one in value.values() if one is not None and not _holds(one)]
    schemas = [one for one in (value, *value.values()) if is_object(one) and _SCHEMAS & one.keys()]
    return "" if plain or schemas else next(iter(value), "")


def _named(value: Json) -> str:
    if isinstance(value, str):
        return "a text"
    return "nothing" if value is None else "a single value"


def _pointer(path: Iterable[str | int]) -> str:
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in path)
