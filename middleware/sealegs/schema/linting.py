"""What a provider would refuse in a tool, by its dialect's data alone.

A schema is looked at as it would be sent. Nothing here knows how schemas are lowered, so that the
two can be held against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.dialect import Dialect, NameRule, SchemaBounds
from sealegs.schema.limits import DEFAULT, Limits
from sealegs.schema.lintnodes import Violation, at_place, treatment
from sealegs.schema.lintquick import Screen
from sealegs.schema.lintrefs import references
from sealegs.schema.lintvalues import is_named
from sealegs.schema.measuring import Measures, long_enum, measured, measures
from sealegs.schema.places import Place, Places, places
from sealegs.schema.tallying import tally

__all__ = ["Candidate", "Violation", "judged", "lint", "lint_request", "lint_tool", "linted"]


_UNBOUNDED = SchemaBounds()


class Candidate(NamedTuple):
    """A tool as it would be sent.

    Attributes:
        name: its name.
        description: its description; ``None`` or empty where it has none.
        schema: its parameters; ``None`` where nothing is said of them.
        strict: whether strict mode is asked for.
    """

    name: str
    description: str | None
    schema: Json
    strict: bool = False


def lint(schema: Json, dialect: Dialect, limits: Limits = DEFAULT) -> tuple[Violation, ...]:
    """Give all that the provider would refuse in a schema, in the order in which it stands.

    Of several reasons against one keyword at one place, the first is given.

    >>> from sealegs.schema.dialect import Dialect, Shape
    >>> strict = Dialect("strict", "openai-chat", frozenset(), shape=Shape(closed=True))
    >>> lint({"type": "object", "properties": {}}, strict)
    (Violation(pointer='', keyword='additionalProperties', reason='an object must say false here'),)

    Args:
        schema: the schema as it would be sent; any JSON.
        dialect: the rules.
        limits: how far to look; what lies beyond is a violation by itself.
    """
    return () if _cleared(schema, dialect, limits) else linted(schema, dialect, limits)


def judged(schema: Json, dialect: Dialect) -> tuple[tuple[Violation, ...], Measures]:
    """Give the same, and how large the schema is."""
    counts = _cleared(schema, dialect, DEFAULT)
    return ((), counts) if counts else (linted(schema, dialect), measures(schema))


def _cleared(schema: Json, dialect: Dialect, limits: Limits) -> Measures | None:
    """Give how large a schema is of which a quick look says that nothing is refused."""
    found = tally(schema, limits)
    if found is None or not Screen.of(dialect).clears(found.nodes):
        return None
    counts, bounds = found.counts, dialect.bounds
    if bounds == _UNBOUNDED:
        return counts
    wide = bounds.branches is not None and counts.branches > bounds.branches
    long = bounds.long_enum is not None and counts.long_enum > bounds.long_enum
    return None if wide or long or any(_bounds((), counts, bounds)) else counts


def linted(schema: Json, dialect: Dialect, limits: Limits = DEFAULT) -> tuple[Violation, ...]:
    """Do what `lint` does by looking at each place, though a quick look would do."""
    found = places(schema, limits)
    if not is_object(schema):
        return (Violation("", "", "the root must be an object that says what is allowed"),)
    if found.beyond is not None:
        return (Violation(found.beyond, "", "the schema is too deep or too large to be looked at"),)
    seen = _seen(found, dialect)
    said = [one for place in seen for one in at_place(found, place, dialect)]
    said += references(found, seen, dialect)
    if dialect.bounds != _UNBOUNDED:
        said += _bounds(found.every, measured(schema, found), dialect.bounds)
    first: dict[tuple[str, str], Violation] = {}
    for one in said:
        first.setdefault((one.pointer, one.keyword), one)
    return tuple(sorted(first.values(), key=lambda one: found.index[one.pointer]))


def _seen(found: Places, dialect: Dialect) -> list[Place]:
    """Give the places that a provider looks at: not those below a keyword that it does not take."""
    below: set[int] = set()
    seen: list[Place] = []
    for here, place in enumerate(found.every):
        unseen = place.keyword and treatment(place.keyword, dialect) != "kept"
        if unseen or place.parent in below:
            below.add(here)
        else:
            seen.append(place)
    return seen


def _bounds(every: Sequence[Place], counts: Measures, bounds: SchemaBounds) -> Iterator[Violation]:
    whole = (
        ("properties", counts.properties, bounds.properties, "properties"),
        ("", counts.depth, bounds.depth, "levels"),
        ("enum", counts.values, bounds.values, "enum values"),
        ("", counts.characters, bounds.characters, "characters of names and values"),
        ("", counts.size, bounds.size, "characters"),
        ("required", counts.optional, bounds.optional, "optional properties"),
        ("anyOf", counts.unions, bounds.unions, "properties of union types"),
    )
    for keyword, count, bound, what in whole:
        if bound is not None and count > bound:
            yield Violation("", keyword, f"{count} {what}, at most {bound} are taken")
    if bounds.required is not None and counts.required < bounds.required:
        reason = f"{counts.required} required properties, at least {bounds.required} must be"
        yield Violation("", "required", reason)
    for place in every if bounds.branches is not None or bounds.long_enum is not None else ():
        if not is_object(place.node):
            continue
        branches = place.node.get("anyOf")
        if bounds.branches is not None and is_array(branches) and len(branches) > bounds.branches:
            yield Violation(place.pointer, "anyOf", f"more than {bounds.branches} branches")
        if bounds.long_enum is not None and long_enum(place.node) > bounds.long_enum:
            reason = f"more than {bounds.long_enum} characters in a long enum"
            yield Violation(place.pointer, "enum", reason)


def lint_tool(
    name: str, description: str | None, schema: Json, dialect: Dialect
) -> tuple[Violation, ...]:
    """Give all that the provider would refuse in one tool.

    Pointers are those of the definition: ``/name``, ``/description``, and below ``/parameters``.
    """
    said: list[Violation] = []
    if reason := _name(name, dialect.names):
        said.append(Violation("/name", "", reason))
    if dialect.described and description == "":
        said.append(Violation("/description", "", "must not be empty"))
    if schema is None:
        if dialect.parameterless == "object":
            said.append(Violation("/parameters", "", "a tool must have parameters, though empty"))
        return tuple(said)
    if dialect.parameterless == "absent" and is_object(schema) and not schema.get("properties"):
        said.append(Violation("/parameters", "", "a tool without parameters must not have any"))
    below = (("/parameters" + pointer, *rest) for pointer, *rest in lint(schema, dialect))
    return (*said, *(Violation(*parts) for parts in below))


def lint_request(
    tools: Sequence[Candidate], dialect: Dialect, strict: Dialect | None = None
) -> tuple[Violation, ...]:
    """Give all that the provider would refuse in the tools of one request.

    Args:
        tools: the tools.
        dialect: the rules.
        strict: the rules for tools that ask for strict mode; ``None`` where there is none.
    """
    said: list[Violation] = []
    seen: set[str] = set()
    for number, tool in enumerate(tools):
        rules = strict if strict is not None and tool.strict else dialect
        found = lint_tool(tool.name, tool.description, tool.schema, rules)
        said += (one._replace(pointer=f"/{number}{one.pointer}") for one in found)
        if tool.name in seen:
            said.append(Violation(f"/{number}/name", "", "another tool has the same name"))
        seen.add(tool.name)
    said += _budget(tools, dialect, strict)
    return tuple(said)


def _budget(
    tools: Sequence[Candidate], dialect: Dialect, strict: Dialect | None
) -> Iterator[Violation]:
    bounds = [(len(tools), dialect.budget.tools, "tools")]
    if strict is not None:
        budget = strict.budget
        costs = [measures(tool.schema) for tool in tools if tool.strict]
        bounds += [
            (len(costs), budget.strict_tools, "strict tools"),
            (_sum(cost.optional for cost in costs), budget.optional, "optional properties"),
            (_sum(cost.unions for cost in costs), budget.unions, "properties of union types"),
            (_sum(cost.properties for cost in costs), budget.fields, "properties"),
        ]
    for count, bound, what in bounds:
        if bound is not None and count > bound:
            yield Violation("", "", f"{count} {what} in one request, at most {bound} are taken")


def _sum(counts: Iterable[int]) -> int:
    return sum(counts)


def _name(name: str, rule: NameRule) -> str:
    return "" if name and is_named(name, rule) else f"{name!r} is no name that is taken"
