"""Lowering of schemas that accept several types, or do not tell any."""

from __future__ import annotations

from sealegs.jsons import Json
from sealegs.schema.codec import UNCHANGED
from sealegs.schema.encodings.annotating import annotated
from sealegs.schema.encodings.nullable import nullable
from sealegs.schema.encodings.run import Ask, Draft, Lowering, Run, Spot
from sealegs.schema.encodings.scalars import bounded, left_over, several
from sealegs.schema.encodings.texts import any_text, as_text
from sealegs.schema.encodings.unions import united
from sealegs.schema.rewrites.bounds import Said
from sealegs.schema.rewrites.gathering import Facts
from sealegs.schema.rewrites.kinds import ALL, SCALARS, TYPED
from sealegs.schema.rewrites.parts import Meet, Part

__all__ = ["mixed", "split"]

_ANYTHING = frozenset(ALL)


def split(run: Run, facts: Facts, spot: Spot) -> Lowering:
    """Lower a schema of several types: as a list of them, or as a union."""
    said = Said(list(facts.types), facts.place("type"))
    if SCALARS.issuperset(facts.types):
        draft = several(run, facts, spot)
        if draft is not None:
            return draft
    kinds = [kind for kind in facts.types if kind != "null"]
    run.note("type", said, "rewritten", "schema", "a branch for each type")
    if len(kinds) == 1:
        draft = yield Ask(_of(facts, kinds, said), spot._replace(split=True))
        if draft.types:
            return nullable(run, draft)
        return (yield Ask((Part({"type": "null"}, said.place),), spot))
    meets = [_of(facts, [kind], said, notes=False) for kind in facts.types]
    return (yield from united(run, facts, meets, spot, []))


def _of(facts: Facts, kinds: list[str], said: Said, *, notes: bool = True) -> Meet:
    parts = facts.parts if notes else _unnoted(facts)
    told: Json = kinds[0] if len(kinds) == 1 else kinds
    return (*_without_merged(parts), Part({"type": told}, said.place))


def _without_merged(parts: list[Part]) -> list[Part]:
    return [
        Part({k: v for k, v in part.schema.items() if k not in ("allOf", "$ref")}, part.place)
        if "allOf" in part.schema or "$ref" in part.schema
        else part
        for part in parts
    ]


def _unnoted(facts: Facts) -> list[Part]:
    return [
        Part({k: v for k, v in part.schema.items() if k not in facts.notes}, part.place)
        for part in facts.parts
    ]


def mixed(run: Run, facts: Facts, spot: Spot) -> Lowering:
    """Lower a schema that tells no type."""
    shape = run.rules.shape
    told: list[str] = []
    spoken = _spoken(facts)
    if not spoken:
        if not shape.anything or shape.typed:
            return as_text(run, facts, "any JSON")
        left_over(run, facts, ALL, told)
        loose = bounded(run, facts, ALL, told, spot)
        return annotated(run, Draft(loose, UNCHANGED, _ANYTHING), facts.notes, told)
    containers = "object" in spoken or "array" in spoken
    if not containers and not shape.typed:
        loose = bounded(run, facts, ALL, told, spot)
        if loose or shape.anything:
            left_over(run, facts, ALL, told)
            return annotated(run, Draft(loose, UNCHANGED, _ANYTHING), facts.notes, told)
    if not containers and not run.rules.knows("anyOf"):
        return as_text(run, facts, "any JSON")
    return (yield from _by_type(run, facts, spot, spoken))


def _by_type(run: Run, facts: Facts, spot: Spot, spoken: list[str]) -> Lowering:
    """Lower to a branch for each type that is spoken of, and one for all others."""
    said = Said(None, facts.place("type"))
    run.note("type", said, "rewritten", "inverse", "a branch for each type that is spoken of")
    others = [kind for kind in ALL if kind not in spoken]
    if _listed(run, others):
        meets = [_of(facts, [kind], said, notes=False) for kind in spoken]
        return (yield from united(run, facts, meets, spot, [], _rest(run, others, said)))
    own = [kind for kind in spoken if kind != "string"]
    meets = [_of(facts, [kind], said, notes=False) for kind in own]
    told: list[str] = []
    if "string" in spoken:
        for keyword, bound in facts.bounds.items():
            if TYPED.get(keyword) == "string":
                run.take_out(keyword, bound, told, "written as JSON text")
        others = [*others, "string"]
    text = any_text(run, frozenset(own))
    last: tuple[Meet, Draft] = ((Part({"type": others}, said.place),), text)
    return (yield from united(run, facts, meets, spot, told, last))


def _listed(run: Run, kinds: list[str]) -> bool:
    """Say whether bare types may stand in a list, containers among them."""
    shape = run.rules.shape
    if not shape.anything or shape.typed or not shape.type_lists or shape.null == "nullable":
        return False
    if "object" in kinds and (shape.closed or not shape.open or shape.filled_objects):
        return False
    return shape.list_siblings == "all" or not ("array" in kinds and shape.items)


def _rest(run: Run, kinds: list[str], said: Said) -> tuple[Meet, Draft]:
    schema: dict[str, Json] = {"type": kinds}
    if "array" in kinds and run.rules.shape.items:
        schema["items"] = {}
    return (Part({"type": kinds}, said.place),), Draft(schema, UNCHANGED, frozenset(kinds))


def _spoken(facts: Facts) -> list[str]:
    """Give the types of which some keyword speaks, in order."""
    kinds = {TYPED[word] for part in facts.parts for word in part.schema if word in TYPED}
    return [kind for kind in ALL if kind in kinds]
