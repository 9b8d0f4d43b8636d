"""What tools become, and the way back of their calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from sealegs.calls.arguments import Outcome, Policy, arrange
from sealegs.calls.validating import Validator
from sealegs.errors import SchemaError
from sealegs.jsons import Json
from sealegs.schema.codec import IDENTITY
from sealegs.schema.definition import ToolDefinition
from sealegs.schema.dialect import NameRule
from sealegs.schema.lowering import Lowered
from sealegs.schema.naming import Names
from sealegs.schema.report import Report

if TYPE_CHECKING:
    from sealegs.schema.dialect import Dialect

__all__ = ["ToolPlan", "ToolsPlan"]

_ANY_NAME = NameRule(max_length=1_000_000)


@dataclass(frozen=True)
class ToolPlan:
    """What one tool becomes.

    Attributes:
        definition: the tool as its author defined it.
        dialect: what it was lowered to; that of strict mode, where that is asked for.
        sent: the name that the provider gets.
        description: the description that the provider gets.
        lowered: the schema that the provider gets, and the way back.
        original: the schema that arguments must satisfy in the end.
        strict: what is said of strict mode; ``None``: nothing.
        report: what became of it.
        error: why the schema cannot be read; the tool then goes out as it came, unchecked.
    """

    definition: ToolDefinition
    dialect: Dialect
    sent: str
    description: str
    lowered: Lowered
    original: Json
    strict: bool | None
    report: Report
    error: SchemaError | None = None

    @property
    def parameters(self) -> Json:
        """The schema as it is sent."""
        return self.lowered.schema

    @cached_property
    def validator(self) -> Validator:
        """Checks arguments against the tool's own schema; compiled at its first use."""
        return Validator(self.original)

    @cached_property
    def seen_validator(self) -> Validator:
        """Checks arguments against the schema as the model saw it."""
        if self.lowered.codec.identity and self.lowered.standard == self.original:
            return self.validator
        return Validator(self.lowered.standard)

    def arranged(
        self, arguments: str | Mapping[str, str], policy: Policy, *, whole: bool = True
    ) -> Outcome:
        """Bring what a model called this tool with back to what its own schema promised.

        Args:
            arguments: JSON text, or argument name to bare text.
            policy: which repairs a call may run with.
            whole: false where the reply ended before the call did.
        """
        return arrange(
            arguments,
            seen=self.lowered.standard,
            seen_validator=self.seen_validator,
            codec=self.lowered.codec,
            validator=self.validator,
            tool=self.sent,
            policy=policy,
            whole=whole,
            recases=self.dialect.recases,
        )


@dataclass(frozen=True)
class ToolsPlan:
    """What the tools of one request become.

    Attributes:
        dialect: the provider's dialect.
        names: the names of the tools, both ways.
        tools: one plan for each definition, in order.
        by_sent: by the name that the provider gets.
    """

    dialect: Dialect
    names: Names
    tools: tuple[ToolPlan, ...]
    by_sent: Mapping[str, ToolPlan]

    @property
    def reports(self) -> tuple[Report, ...]:
        """What became of each tool."""
        return tuple(tool.report for tool in self.tools)

    @cached_property
    def seen(self) -> Mapping[str, Json]:
        """The schemas as the model sees them, by the names that it knows."""
        return {name: tool.lowered.standard for name, tool in self.by_sent.items()}

    @cached_property
    def unsent(self) -> ToolsPlan:
        """The plan of calls whose definitions went out as they came, in spite of the plan."""
        tools = tuple(
            replace(
                tool,
                sent=tool.definition.name,
                lowered=Lowered(tool.definition.parameters, tool.original, IDENTITY, ()),
            )
            for tool in self.tools
        )
        by_name = {tool.sent: tool for tool in reversed(tools)}
        return ToolsPlan(self.dialect, Names(_ANY_NAME, {}, {}), tools, by_name)
