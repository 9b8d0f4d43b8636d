"""Lowering of `enum` and `const`."""

from __future__ import annotations

from collections.abc import Sequence

from sealegs.jsons import Json
from sealegs.schema.codec import UNCHANGED
from sealegs.schema.encodings.annotating import annotated
from sealegs.schema.encodings.choices import UNEVALUATED, validating
from sealegs.schema.encodings.nullable import nullable
from sealegs.schema.encodings.run import NOTHING, Ask, Draft, Lowering, Run, Spot
from sealegs.schema.encodings.scalars import bounded, left_over
from sealegs.schema.encodings.tables import table
from sealegs.schema.keywords import ASSERTIONS
from sealegs.schema.rewrites.bounds import Said
from sealegs.schema.rewrites.gathering import Facts
from sealegs.schema.rewrites.kinds import kind_of
from sealegs.schema.rewrites.parts import Part

__all__ = ["lower_values"]

_NEVER = frozenset({"enum", "const"})
_HELD = frozenset({"type", "enum", "const", "allOf", "$ref", "anyOf", "oneOf"})


def lower_values(run: Run, facts: Facts, spot: Spot) -> Lowering:
    """Lower a schema that names its values."""
    _narrow(run, facts)
    values = facts.values or []
    if not values:
        return NOTHING
    keyword = "enum" if facts.has("enum") else "const"
    said = Said(values if keyword == "enum" else values[0], facts.place(keyword))
    if _too_many(run, values) or not (run.rules.knows("enum") or _constant(run, facts)):
        return (yield from _told(run, facts, spot, said))
    if set(map(kind_of, values)) == {"boolean"} and len(values) == 2 and _strict(run):
        run.note(keyword, said, "rewritten", "schema", "every value of its type")
        both = Draft({"type": "boolean"}, UNCHANGED, frozenset({"boolean"}))
        return annotated(run, both, facts.notes)
    others = [value for value in values if value is not None]
    if not others:
        run.note(keyword, said, "rewritten", "schema", "null is a type")
        return (yield Ask((Part({"type": "null"}, said.place), *_notes(facts)), spot))
    return (yield from _named(run, facts, spot, said, others))


def _named(run: Run, facts: Facts, spot: Spot, said: Said, others: list[Json]) -> Lowering:
    """Lower a schema that names values other than null."""
    values = facts.values or []
    groups = _groups(others)
    told: list[str] = []
    if not _fits(run, others, groups):
        if run.rules.shape.enums == "alike" and _scalar(others) and run.rules.knows("anyOf"):
            return (yield from _apart(run, facts, spot, groups, values))
        draft = table(run, values, said)
        _unsaid(run, facts, told)
        return annotated(run, draft, facts.notes, told)
    kinds = list(groups)
    typed = run.rules.shape.typed_values or (facts.has("type") and _scalar(others))
    if typed and len(kinds) > 1 and not run.rules.shape.type_lists:
        return (yield from _apart(run, facts, spot, groups, values))
    schema = _spelled(run, facts, others, kinds if typed else [])
    if _scalar(others):
        schema |= bounded(run, facts, kinds, told, spot._replace(split=True))
    _unsaid(run, facts, told)
    draft = annotated(
        run, Draft(schema, UNCHANGED, frozenset(map(kind_of, others))), facts.notes, told
    )
    return draft if len(others) == len(values) else nullable(run, draft)


def _narrow(run: Run, facts: Facts) -> None:
    """Leave out values that do not fit what else is said; then nothing else need be said."""
    others = [
        (word, Said(part.schema[word], part.place))
        for part in facts.parts
        for word in part.schema
        if word in ASSERTIONS and word not in _HELD
    ]
    if not others:
        return
    schemas = [
        {word: value for word, value in part.schema.items() if word not in UNEVALUATED}
        for part in facts.parts
    ]
    test = validating({"allOf": schemas, "$defs": dict(run.defs)})
    facts.values = [value for value in facts.values or () if test(value)]
    for word, said in others:
        if word in UNEVALUATED:
            run.note(word, said, "runtime-checked", "runtime", "cannot be said")
        else:
            run.note(word, said, "rewritten", "schema", "only values that fit are left")
    facts.rest = []
    facts.bounds = {word: said for word, said in facts.bounds.items() if word == "format"}


def _too_many(run: Run, values: Sequence[Json]) -> bool:
    return run.caps.values is not None and len(values) > run.caps.values


def _constant(run: Run, facts: Facts) -> bool:
    return facts.constant and run.rules.knows("const")


def _strict(run: Run) -> bool:
    return run.rules.shape.enums in ("strings", "alike")


def _scalar(values: Sequence[Json]) -> bool:
    return not any(isinstance(value, (dict, list)) for value in values)


def _groups(values: Sequence[Json]) -> dict[str, list[Json]]:
    """Sort values by their type; whole numbers go with the others, where there are others."""
    kinds = [kind_of(value) for value in values]
    mixed = "number" in kinds
    groups: dict[str, list[Json]] = {}
    for kind, value in zip(kinds, values, strict=True):
        groups.setdefault("number" if mixed and kind == "integer" else kind, []).append(value)
    return groups


def _fits(run: Run, values: Sequence[Json], groups: dict[str, list[Json]]) -> bool:
    rule = run.rules.shape.enums
    if not _scalar(values) and (rule != "any" or run.rules.shape.typed_values):
        return False
    if rule == "strings" and not all(isinstance(value, str) and value for value in values):
        return False
    return rule != "alike" or len(groups) == 1


def _spelled(
    run: Run, facts: Facts, values: Sequence[Json], kinds: Sequence[str]
) -> dict[str, Json]:
    schema: dict[str, Json] = {}
    if kinds:
        schema["type"] = kinds[0] if len(kinds) == 1 else list(kinds)
    place = facts.place("const" if facts.constant else "enum")
    if facts.constant and run.rules.takes("const", values[0]):
        schema["const"] = values[0]
        return schema
    if facts.constant:
        run.note("const", Said(values[0], place), "rewritten", "schema", "said as enum")
    schema["enum"] = list(values)
    return schema


def _apart(
    run: Run, facts: Facts, spot: Spot, groups: dict[str, list[Json]], values: Sequence[Json]
) -> Lowering:
    """Lower values of several types to a union, a branch for each type."""
    place = facts.place("enum")
    run.note("enum", Said(list(values), place), "rewritten", "schema", "a branch for each type")
    branches: list[Json] = [{"type": kind, "enum": group} for kind, group in groups.items()]
    if len(values) > sum(map(len, groups.values())):
        branches.append({"type": "null"})
    rest = [
        Part({key: value for key, value in part.schema.items() if key not in _NEVER}, part.place)
        for part in facts.parts
    ]
    return (yield Ask((*rest, Part({"anyOf": branches}, place)), spot))


def _notes(facts: Facts) -> list[Part]:
    return [Part({key: said.value}, said.place) for key, said in facts.notes.items()]


def _told(run: Run, facts: Facts, spot: Spot, said: Said) -> Lowering:
    """Lower a schema whose values cannot be named: they are told, and checked."""
    told: list[str] = []
    run.take_out("enum" if facts.has("enum") else "const", said, told, "values are not taken")
    rest = [
        Part({key: value for key, value in part.schema.items() if key not in _NEVER}, part.place)
        for part in facts.parts
    ]
    kinds = list(dict.fromkeys(kind_of(value) for value in facts.values or ()))
    typed = Part({"type": kinds}, said.place)
    draft = yield Ask((*rest, typed), spot)
    return annotated(run, draft, {}, told) if told and "$ref" not in draft.schema else draft


def _unsaid(run: Run, facts: Facts, told: list[str]) -> None:
    left_over(run, facts, list(dict.fromkeys(map(kind_of, facts.values or ()))), told)
