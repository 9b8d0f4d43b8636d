"""A tool's definition, whatever form it came in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sealegs.jsons import Json

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NO_PARAMETERS", "ToolDefinition"]

NO_PARAMETERS: Mapping[str, Json] = {"type": "object", "properties": {}}
"""What a tool without parameters is given; the one spelling that every provider found takes."""


@dataclass(frozen=True, slots=True)
class ToolDefinition:
    """One tool as its author defined it.

    Attributes:
        name: the author's own name; may break every provider's rules.
        description: what the model is told; empty where there is none.
        parameters: the JSON Schema of its arguments as it stands in the source, of any draft or
            dialect; never changed in place. `NO_PARAMETERS` where the source has none.
        form: the name of the form that it was read from, such as ``openai-chat`` or ``mcp``.
        strict: what the author said of strict mode; ``None`` where nothing.
        extra: members of the source that mean nothing to us (``cache_control``), by name.
    """

    name: str
    description: str = ""
    parameters: Json = field(default_factory=lambda: dict(NO_PARAMETERS))
    form: str = ""
    strict: bool | None = None
    extra: Mapping[str, Json] = field(default_factory=dict[str, Json])
