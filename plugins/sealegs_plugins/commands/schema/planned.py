"""What sealegs makes of the definitions, and what the provider would still refuse of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealegs.jsons import Json
from sealegs.schema.choice import Choice
from sealegs.schema.linting import Candidate, Violation, lint_request
from sealegs_plugins.commands.schema.inputs import Source

if TYPE_CHECKING:
    from sealegs.schema.planning import ToolPlan
    from sealegs.schema.report import Entry

__all__ = ["Linted", "Planned", "Plans", "entries_json", "given", "planned", "violations_json"]


@dataclass(frozen=True, slots=True)
class Linted:
    """What would be refused.

    Attributes:
        each: of each tool, in order.
        together: of all of them together.
    """

    each: Sequence[tuple[Violation, ...]]
    together: tuple[Violation, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """One tool.

    Attributes:
        source: the definition, and where it stands.
        plan: what becomes of it.
        violations: what would be refused.
    """

    source: Source
    plan: ToolPlan
    violations: tuple[Violation, ...]


@dataclass(frozen=True, slots=True)
class Plans:
    """The tools of one request.

    Attributes:
        tools: each of them, in order.
        violations: what would be refused of them all together.
    """

    tools: tuple[Planned, ...]
    violations: tuple[Violation, ...]

    @property
    def refused(self) -> list[Planned]:
        """The tools that would be refused, or cannot even be read."""
        return [tool for tool in self.tools if tool.violations or tool.plan.error]


def planned(sources: Sequence[Source], choice: Choice) -> Plans:
    """Plan all definitions as the tools of one request, and lint what comes of it."""
    from sealegs.schema.planning import plan_tools  # help and lists do not wait for validators

    plan = plan_tools(
        [source.found.definition for source in sources],
        choice.dialect,
        strict=choice.strict,
        policy=choice.policy,
        tolerant=True,
    )
    candidates = [
        Candidate(tool.sent, tool.description, tool.parameters, tool.report.strict)
        for tool in plan.tools
    ]
    linted = _linted(candidates, choice)
    return Plans(tuple(map(Planned, sources, plan.tools, linted.each)), linted.together)


def given(sources: Sequence[Source], choice: Choice) -> Linted:
    """Lint the definitions as they were given, as the tools of one request."""
    candidates: list[Candidate] = []
    for source in sources:
        one = source.found.definition
        strict = choice.policy == "always" or one.strict is True
        candidates.append(Candidate(one.name, one.description, one.parameters, strict))
    return _linted(candidates, choice)


def _linted(candidates: Sequence[Candidate], choice: Choice) -> Linted:
    """Give what would be refused of each tool, and of all together."""
    each: list[list[Violation]] = [[] for _ in candidates]
    rest: list[Violation] = []
    for one in lint_request(candidates, choice.dialect, choice.strict):
        number, slash, below = one.pointer.removeprefix("/").partition("/")
        if number.isdecimal():
            each[int(number)].append(one._replace(pointer=slash + below))
        else:
            rest.append(one)
    return Linted([tuple(found) for found in each], tuple(rest))


def entries_json(entries: Sequence[Entry]) -> list[Json]:
    """Give a report's entries for machines."""
    return [
        {
            "pointer": one.pointer,
            "keyword": one.keyword,
            "value": one.value,
            "change": one.change,
            "enforced_by": one.enforced_by,
            "reason": one.reason,
        }
        for one in entries
    ]


def violations_json(violations: Sequence[Violation]) -> list[Json]:
    """Give violations for machines."""
    return [one._asdict() for one in violations]
