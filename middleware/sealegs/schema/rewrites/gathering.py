"""What several subschemas say together: `allOf`, and what stands beside `$ref`, merged.

Merging is done before anything is closed, and only one level deep: what lies below stays an
intersection of parts, until it is lowered itself.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sealegs.jsons import Json
from sealegs.schema.keywords import ASSERTIONS
from sealegs.schema.rewrites.bounds import TIGHTER, Said, tighter
from sealegs.schema.rewrites.kinds import ALL, fits, kind_of, meet, sameness
from sealegs.schema.rewrites.parts import Meet, Part, Place

__all__ = ["Facts", "Union", "definition_of", "gather", "target"]

_MERGED = frozenset({"allOf", "$ref", "type", "enum", "const", "$defs"})
_SHAPES = frozenset(
    {
        "properties",
        "patternProperties",
        "additionalProperties",
        "required",
        "items",
        "prefixItems",
    }
)
_CONDITIONS = frozenset({"then", "else"})


class Union(NamedTuple):
    """An ``anyOf`` or ``oneOf``: the part that has it, and its branches."""

    keyword: str
    owner: Part
    branches: tuple[Part, ...]

    @property
    def said(self) -> Said:
        """What it says, and where."""
        return Said(self.owner.schema[self.keyword], self.owner.place)


@dataclass(slots=True)
class Facts:
    """What the parts of an intersection say together, one level deep.

    Attributes:
        parts: the schemas that were merged, those of references and ``allOf`` included.
        types: the types that are left; empty: no value fits.
        typed: whether types, or values, were told at all.
        values: the values that are left, where there is an ``enum`` or ``const``.
        constant: whether they come from a ``const`` alone.
        bounds: assertions about numbers, strings, and sizes, each where it stands.
        unions: alternatives that have yet to be intersected.
        rest: what cannot be merged: ``not``, ``if``, ``contains``…
        notes: annotations; the outermost wins.
        merged: whether there was an ``allOf`` or a reference.
        impossible: whether a part is ``false``.
    """

    parts: list[Part] = field(default_factory=list[Part])
    types: list[str] = field(default_factory=lambda: list(ALL))
    typed: bool = False
    values: list[Json] | None = None
    constant: bool = False
    bounds: dict[str, Said] = field(default_factory=dict[str, Said])
    unions: list[Union] = field(default_factory=list[Union])
    rest: list[tuple[str, Said]] = field(default_factory=list["tuple[str, Said]"])
    notes: dict[str, Said] = field(default_factory=dict[str, Said])
    merged: list[tuple[str, Said]] = field(default_factory=list["tuple[str, Said]"])
    impossible: bool = False

    def place(self, keyword: str) -> Place:
        """Give the place of the first part that has a keyword; of the first part, if none has."""
        for part in self.parts:
            if keyword in part.schema:
                return part.place
        return self.parts[0].place if self.parts else ()

    def has(self, *keywords: str) -> bool:
        """Say whether any part has one of these keywords."""
        return any(keyword in part.schema for part in self.parts for keyword in keywords)

    @property
    def nothing(self) -> bool:
        """Whether no value fits."""
        return self.impossible or not self.types or self.values == []


def definition_of(reference: str) -> str:
    """Give the name of the definition that a canonical reference leads to.

    >>> definition_of("#/$defs/a~1b%20c")
    'a/b c'
    """
    name = reference.removeprefix("#/$defs/")
    if "%" in name:
        name = urllib.parse.unquote(name)
    return name.replace("~1", "/").replace("~0", "~") if "~" in name else name


def target(reference: str, defs: Mapping[str, Json]) -> Part | None:
    """Give the definition that a canonical reference leads to."""
    name = definition_of(reference)
    if name not in defs:
        return None
    return Part(defs[name], ((((), "$defs"), name)))


def gather(parts: Meet, defs: Mapping[str, Json], *, follow: bool = True) -> Facts:
    """Merge an intersection.

    Args:
        parts: what to merge.
        defs: the definitions, as they are named in references.
        follow: whether references are merged, or left among the parts' keywords.
    """
    facts = Facts()
    seen: set[str] = set()
    known: set[int] = set()
    todo = list(reversed(parts))
    while todo:
        part = todo.pop()
        schema: Json = part.schema
        place = part.place
        if schema is True:
            schema = {}
            part = Part(schema, place)
        if schema is False or schema.get("not", False) in ({}, True):
            facts.impossible = True
            continue
        if id(schema) in known:
            continue
        known.add(id(schema))
        facts.parts.append(part)
        if "allOf" in schema:
            facts.merged.append(("allOf", Said(schema["allOf"], place)))
            todo += [part.child("allOf", str(i)) for i in reversed(range(len(schema["allOf"])))]
        reference = schema.get("$ref")
        if follow and isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            found = target(reference, defs)
            if found is not None:
                facts.merged.append(("$ref", Said(reference, place)))
                todo.append(found)
        _take(facts, part)
    _narrow_values(facts)
    return facts


def _take(facts: Facts, part: Part) -> None:
    schema, place = part
    if "type" in schema:
        told = schema["type"]
        facts.typed = True
        facts.types = meet(facts.types, [told] if isinstance(told, str) else told)
    if "enum" in schema:
        _take_values(facts, schema["enum"], constant=False)
    if "const" in schema:
        _take_values(facts, [schema["const"]], constant=True)
    for keyword, value in schema.items():
        if keyword in _MERGED or keyword in _SHAPES:
            continue
        if keyword in ("anyOf", "oneOf"):
            branches = tuple(part.child(keyword, str(index)) for index in range(len(value)))
            facts.unions.append(Union(keyword, part, branches))
        elif keyword in TIGHTER:
            _bound(facts, keyword, Said(value, place))
        elif keyword not in ASSERTIONS:
            facts.notes.setdefault(keyword, Said(value, place))
        elif keyword not in _CONDITIONS or "if" in schema:
            facts.rest.append((keyword, Said(value, place)))


def _bound(facts: Facts, keyword: str, said: Said) -> None:
    before = facts.bounds.get(keyword)
    if before is None:
        facts.bounds[keyword] = said
        return
    kept, other = tighter(keyword, before, said)
    facts.bounds[keyword] = kept
    if other is not None:
        facts.rest.append((keyword, other))


def _take_values(facts: Facts, values: list[Json], *, constant: bool) -> None:
    facts.typed = True
    facts.constant = constant if facts.values is None else False
    if facts.values is None:
        seen: dict[bytes, Json] = {}
        for value in values:
            seen.setdefault(sameness(value), value)
        facts.values = list(seen.values())
        return
    allowed = {sameness(value) for value in values}
    facts.values = [value for value in facts.values if sameness(value) in allowed]


def _narrow_values(facts: Facts) -> None:
    """Leave only values of the types, and only types of the values."""
    if facts.values is None:
        return
    if facts.types != list(ALL):
        facts.values = [value for value in facts.values if fits(kind_of(value), facts.types)]
    kinds = {kind_of(value) for value in facts.values}
    facts.types = [
        kind for kind in facts.types if kind in kinds or (kind == "number" and "integer" in kinds)
    ]
