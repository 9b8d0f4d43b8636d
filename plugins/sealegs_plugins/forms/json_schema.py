"""A bare JSON Schema of a tool's arguments: its ``title`` is the tool's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.definition import ToolDefinition
from sealegs.schema.forms import Slot

from .envelope import text

__all__ = ["BARE", "JsonSchema"]


@dataclass(frozen=True, slots=True)
class JsonSchema:
    """What pydantic and others write for a model; see `sealegs.schema.forms.ToolForm`."""

    name: str = "json-schema"
    wires: frozenset[str] = frozenset()
    rank: int = 90
    examples: str = ""

    def slots(self, tools: Json, /) -> Sequence[Slot]:
        """Find the schemas in a list."""
        if not is_array(tools):
            return ()
        return [((n,), raw) for n, raw in enumerate(tools) if self.read(raw) is not None]

    def read(self, raw: Json, /) -> ToolDefinition | None:
        """Read one schema of an object, with a title."""
        if not is_object(raw) or not isinstance(raw.get("title"), str):
            return None
        if raw.get("type") != "object" and not is_object(raw.get("properties")):
            return None
        parameters = {k: v for k, v in raw.items() if k not in ("title", "description")}
        description = text(raw.get("description"))
        return ToolDefinition(raw["title"], description, parameters, form=self.name)

    def write(
        self, *, name: str, description: str, parameters: Json, strict: bool | None, base: Json
    ) -> Json:
        """Write one schema; one that is no object (``true``) has no place for a name."""
        if not is_object(parameters):
            return parameters
        lead = {"title": name, **({"description": description} if description else {})}
        return {**lead, **{k: v for k, v in parameters.items() if k not in lead}}

    def collected(self, definitions: Sequence[Json], /) -> Json:
        """Give the list of schemas."""
        return list(definitions)


BARE = JsonSchema()
