"""Plans: what each tool of a request becomes, and the way back of its calls.

A plan depends on the definitions and the dialect alone, so equal requests get equal bytes, in any
process. Planning by hand:

    from sealegs.schema.planning import plan_tool

    plan = plan_tool(definition, dialect)
    plan.parameters, plan.report.entries
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from sealegs.errors import SchemaError
from sealegs.schema.canonical import Canonical, canonical
from sealegs.schema.codec import IDENTITY
from sealegs.schema.definition import ToolDefinition
from sealegs.schema.limits import DEFAULT, Limits
from sealegs.schema.linting import judged, lint
from sealegs.schema.lowering import Lowered, lower
from sealegs.schema.measuring import Measures
from sealegs.schema.naming import Names
from sealegs.schema.planned import ToolPlan, ToolsPlan
from sealegs.schema.report import Entry, Report

if TYPE_CHECKING:
    from sealegs.schema.dialect import Budget, Dialect

__all__ = ["StrictPolicy", "ToolPlan", "ToolsPlan", "plan_tool", "plan_tools"]

StrictPolicy: TypeAlias = Literal["asked", "preferred", "always", "never"]
"""Strict mode for the tools whose author asks for it; for all that it can hold without narrowing
what the model can say; for all that it can hold at all; for none."""

_NO_DESCRIPTION = "No description."


def plan_tool(
    definition: ToolDefinition,
    dialect: Dialect,
    *,
    strict: Dialect | None = None,
    policy: StrictPolicy = "asked",
    opens: bool = False,
    limits: Limits = DEFAULT,
) -> ToolPlan:
    """Plan one tool; see `plan_tools`."""
    return plan_tools(
        [definition], dialect, strict=strict, policy=policy, opens=opens, limits=limits
    ).tools[0]


def plan_tools(
    definitions: Sequence[ToolDefinition],
    dialect: Dialect,
    *,
    strict: Dialect | None = None,
    policy: StrictPolicy = "asked",
    opens: bool = False,
    limits: Limits = DEFAULT,
    tolerant: bool = False,
) -> ToolsPlan:
    """Plan the tools of one request.

    Args:
        definitions: in the order in which they are sent.
        dialect: what the provider accepts.
        strict: what its strict mode accepts, if it has one.
        policy: for which tools strict mode is asked for.
        opens: where a dialect closes every object, keep those open that their authors left open
            without a word: what more they hold goes into a list of keys and values.
        limits: bounds on each schema.
        tolerant: let a tool whose schema cannot be read go out as it came.

    Returns:
        The plan. A tool goes strict only where its final schema passes the strict dialect's own
        linter and the request's budget still allows it, and, unless its author asks for it, where
        strict mode does not narrow it; ``report.strict_reason`` says why not.

    Raises:
        SchemaError: a schema cannot be read; names the tool and the place.
    """
    names = Names.of((definition.name for definition in definitions), dialect.names)
    terms = _Terms(names, limits, opens)
    purse = _Purse(strict.budget if strict else dialect.budget)
    tools: list[ToolPlan] = []
    for definition in definitions:
        try:
            tools.append(_decided(definition, dialect, strict, policy, purse, terms))
        except SchemaError as error:
            if not tolerant:
                raise _named(definition.name, error) from error
            tools.append(_untouched(definition, dialect, error))
    names = names.keeping(tool.sent for tool in tools if tool.error is not None)
    return ToolsPlan(dialect, names, tuple(tools), {tool.sent: tool for tool in reversed(tools)})


@dataclass(frozen=True, slots=True)
class _Terms:
    """What holds for all tools of one request."""

    names: Names
    limits: Limits
    opens: bool


def _decided(
    definition: ToolDefinition,
    dialect: Dialect,
    strict: Dialect | None,
    policy: StrictPolicy,
    purse: _Purse,
    terms: _Terms,
) -> ToolPlan:
    """Plan a tool with strict mode or without it."""
    whole = canonical(definition.parameters, limits=terms.limits)
    asked = policy == "always" or (policy != "never" and definition.strict is True)
    if strict is None or not (asked or policy == "preferred"):
        plain = _planned(definition, whole, dialect, terms)
        return _said(plain, strict) if dialect.presumes_strict else plain
    reason = purse.spent()
    lowered = (
        None if reason else lower(whole.schema, strict, limits=terms.limits, opens=terms.opens)
    )
    if lowered is not None:
        reason = _refused(lowered, strict, purse, asked=asked)
    if lowered is None or reason:
        return _planned(definition, whole, dialect, terms, reason)
    return _plan(definition, whole, lowered, strict, terms, _FITS)


_FITS = "fits the dialect and the budget"


def _planned(
    definition: ToolDefinition, whole: Canonical, dialect: Dialect, terms: _Terms, reason: str = ""
) -> ToolPlan:
    """Plan a tool without strict mode."""
    lowered = lower(whole.schema, dialect, limits=terms.limits, opens=terms.opens)
    asked = definition.strict is True
    reason = reason or ("not known to this dialect" if asked else "not asked for")
    return _plan(definition, whole, lowered, dialect, terms, reason)


def _plan(
    definition: ToolDefinition,
    whole: Canonical,
    lowered: Lowered,
    dialect: Dialect,
    terms: _Terms,
    reason: str,
) -> ToolPlan:
    sent = terms.names.name(definition.name)
    description = definition.description
    if dialect.described and not description.strip():
        description = _NO_DESCRIPTION
    strict = reason == _FITS
    entries = (*whole.entries, *lowered.entries)
    return ToolPlan(
        definition,
        dialect,
        sent,
        description,
        lowered,
        whole.validated,
        strict if strict or definition.strict is True else definition.strict,
        Report(definition.name, sent, dialect.name, strict, reason, entries),
    )


def _named(name: str, error: SchemaError) -> SchemaError:
    """Say in an error which tool it speaks of."""
    return type(error)(error.pointer, f"{error.reason} (in the tool {name!r})")


def _untouched(definition: ToolDefinition, dialect: Dialect, error: SchemaError) -> ToolPlan:
    """Plan a tool whose schema cannot be read: it goes out as it came, and nothing checks it."""
    entry = Entry(error.pointer, "", None, "widened", "nobody", error.reason)
    name = definition.name
    return ToolPlan(
        definition,
        dialect,
        name,
        definition.description,
        Lowered(definition.parameters, {}, IDENTITY, (entry,)),
        {},
        definition.strict,
        Report(name, name, dialect.name, definition.strict is True, "", (entry,)),
        error,
    )


def _refused(lowered: Lowered, strict: Dialect, purse: _Purse, *, asked: bool) -> str:
    """Say why a tool cannot go strict; an empty text where it can, and then its costs are paid.

    Who asks for strict mode takes it as it is; where it is only preferred, it must not narrow what
    the model can say.
    """
    found, counts = judged(lowered.schema, strict)
    reason = f"{found[0].pointer or 'the root'}: {found[0].reason}" if found else ""
    reason = reason or ("" if asked else _narrowing(lowered))
    return reason or purse.pays(counts)


def _narrowing(lowered: Lowered) -> str:
    """Say where a schema closes an object that is open; an empty text where it closes none."""
    closed = [
        entry.pointer
        for entry in lowered.entries
        if (entry.change, entry.keyword) == ("narrowed", "additionalProperties")
    ]
    return f"{closed[0] or 'the root'}: an open object would be closed" if closed else ""


def _said(plain: ToolPlan, strict: Dialect | None) -> ToolPlan:
    """Say that strict mode is not wanted, where it would hold and refuse the schema."""
    if strict is None or plain.definition.strict is not None:
        return plain
    if all(one.keyword == "additionalProperties" for one in lint(plain.parameters, strict)):
        return plain  # objects that are open the provider closes itself
    reason = "not asked for, and the schema would be refused in it"
    return replace(plain, strict=False, report=replace(plain.report, strict_reason=reason))


class _Purse:
    """What is left of a request's budget. Tools are served in their order."""

    __slots__ = ("_left",)

    def __init__(self, budget: Budget) -> None:
        self._left = {
            "strict tools": budget.strict_tools,
            "optional properties": budget.optional,
            "properties of union types": budget.unions,
            "properties": budget.fields,
        }

    def spent(self) -> str:
        """Give the reason why no further tool can go strict, if there is one."""
        left = self._left["strict tools"]
        return "" if left is None or left > 0 else self._short("strict tools", left, 1)

    @staticmethod
    def _short(what: str, left: int, cost: int) -> str:
        return f"the request's budget has {left} {what} left, and this tool takes {cost}"

    def pays(self, costs: Measures) -> str:
        """Take a tool's costs out; give the reason where they are not there."""
        wanted = (1, costs.optional, costs.unions, costs.properties)
        left: dict[str, int | None] = {}
        for (what, there), cost in zip(self._left.items(), wanted, strict=True):
            if there is not None and cost > there:
                return self._short(what, there, cost)
            left[what] = None if there is None else there - cost
        self._left = left
        return ""
