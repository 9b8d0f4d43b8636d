"""What the other two jobs are made of: schema dialects, call parsers, perturbations, profiles.

Only what registration needs stands here yet: a name, so that two of a kind cannot clash.
"""

from __future__ import annotations

from typing import Protocol

__all__ = ["Named", "Perturbation", "Profile", "SchemaDialect", "ToolCallParser"]


class Named(Protocol):
    """Has a name of its own within its kind."""

    @property
    def name(self) -> str:
        """The name."""
        ...


class SchemaDialect(Named, Protocol):
    """What a provider accepts in a tool's JSON Schema."""


class ToolCallParser(Named, Protocol):
    """Reads tool calls that a model writes as text."""


class Perturbation(Named, Protocol):
    """One way to disturb one surface."""


class Profile(Named, Protocol):
    """A choice of perturbations with their severities."""
