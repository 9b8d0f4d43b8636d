"""Gemini: declarations within a tool, with the schema in one of two members.

``parameters`` is a subset of OpenAPI 3.0, ``parametersJsonSchema`` is JSON Schema; a declaration
has one of them. Both forms read both, and each writes its own. Names in camel case and in snake
case are the same to the API, so a definition keeps the spelling that it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.definition import NO_PARAMETERS, ToolDefinition
from sealegs.schema.forms import Slot

from .envelope import described, text

__all__ = ["JSON_SCHEMA", "PARAMETERS", "Gemini"]

_DECLARATIONS = ("functionDeclarations", "function_declarations")
_OPENAPI = ("parameters",)
_JSON = ("parametersJsonSchema", "parameters_json_schema")
_KNOWN = frozenset({"name", "description", *_OPENAPI, *_JSON})
_BARE = frozenset({"name", "description", "behavior", "response", "responseJsonSchema"})


@dataclass(frozen=True, slots=True)
class Gemini:
    """One of the two forms; see `sealegs.schema.forms.ToolForm`.

    Attributes:
        name: the form's name.
        members: the spellings of the member that it writes the schema to, the usual one first.
        rank: lower is asked first.
        wires: the wire formats whose requests carry it.
    """

    name: str
    members: tuple[str, ...]
    rank: int
    wires: frozenset[str] = frozenset({"gemini"})
    examples: str = ""

    def slots(self, tools: Json, /) -> Sequence[Slot]:
        """Find the declarations in a list of tools, each of which may hold several."""
        if not is_array(tools):
            return ()
        return [
            ((number, member, place), raw)
            for number, tool in enumerate(tools)
            if is_object(tool)
            for member in _DECLARATIONS
            if is_array(declarations := tool.get(member))
            for place, raw in enumerate(declarations)
            if _is_declaration(raw)
        ]

    def read(self, raw: Json, /) -> ToolDefinition | None:
        """Read one declaration; the definition's ``form`` says which member its schema stood in."""
        if not _is_declaration(raw):
            return None
        member = _member(raw)
        schema = raw.get(member)
        return ToolDefinition(
            name=raw["name"],
            description=text(raw.get("description")),
            parameters=dict(NO_PARAMETERS) if schema is None else schema,
            form=JSON_SCHEMA.name if member in _JSON else PARAMETERS.name,
            extra={key: value for key, value in raw.items() if key not in _KNOWN},
        )

    def write(
        self, *, name: str, description: str, parameters: Json, strict: bool | None, base: Json
    ) -> Json:
        """Write one declaration. There is no strict mode of one tool."""
        known = _is_declaration(base)
        members: dict[str, Json] = dict(base) if known else {}
        members["name"] = name
        described(members, description)
        before = _member(members)
        if known and not before and _takes_nothing(parameters):
            return members  # it was accepted without a schema
        if before not in self.members:
            members.pop(before, None)
            before = self.members[0]
        members[before] = parameters
        return members

    def collected(self, definitions: Sequence[Json], /) -> Json:
        """Give the list of tools: one, with all declarations."""
        return [{_DECLARATIONS[0]: list(definitions)}] if definitions else []


def _is_declaration(raw: Json) -> TypeGuard[dict[str, Json]]:
    """Say whether something is a declaration; without a schema it may hold little else."""
    return (
        is_object(raw)
        and isinstance(raw.get("name"), str)
        and "type" not in raw
        and (bool(_member(raw)) or raw.keys() <= _BARE)
    )


def _takes_nothing(parameters: Json) -> bool:
    """Say whether a schema is that of a tool without parameters."""
    return (
        is_object(parameters)
        and parameters.keys() <= {"type", "properties", "required"}
        and not (parameters.get("properties") or parameters.get("required"))
    )


def _member(raw: Mapping[str, Json]) -> str:
    """Find the member that holds the schema; JSON Schema counts where both are there."""
    return next((name for name in (*_JSON, *_OPENAPI) if name in raw), "")


PARAMETERS = Gemini("gemini-parameters", _OPENAPI, rank=50)
JSON_SCHEMA = Gemini("gemini-json-schema", _JSON, rank=50)
