"""Lowering of maps: objects whose members have names that nobody knows before."""

from __future__ import annotations

from collections.abc import Generator

from sealegs.jsons import Json
from sealegs.schema.codec import UNCHANGED
from sealegs.schema.encodings.annotating import annotated
from sealegs.schema.encodings.fields import KEY, VALUE, Pairs
from sealegs.schema.encodings.run import Ask, Draft, Lowering, Run, Spot
from sealegs.schema.encodings.scalars import left_over
from sealegs.schema.encodings.texts import as_text
from sealegs.schema.encodings.unions import united
from sealegs.schema.rewrites.bounds import Said
from sealegs.schema.rewrites.gathering import Facts
from sealegs.schema.rewrites.members import Members
from sealegs.schema.rewrites.parts import Part

__all__ = ["as_pairs", "takes_maps", "value_of"]


def takes_maps(run: Run, found: Members, *, root: bool = False) -> bool:
    """Say whether an object may have members that it does not declare."""
    shape = run.rules.shape
    if shape.closed:
        return False
    if root or found.named or not shape.filled_objects:
        if not found.told:
            return shape.open or (shape.maps and run.rules.takes("additionalProperties", {}))
        anything = not any(found.values)
        if anything and shape.open:
            return True
        return shape.maps and run.rules.knows("additionalProperties")
    return False


def value_of(run: Run, facts: Facts, found: Members, spot: Spot) -> Generator[Ask, Draft, Draft]:
    """Lower what members beside the declared ones must fit, where a dialect takes maps.

    Returns:
        The keywords that say it, as the draft's schema.
    """
    schema: dict[str, Json] = {}
    if found.patterns:
        _patterns(run, facts)
    anything = any(not value for value in found.values)
    if anything:
        if not run.rules.shape.open:
            schema["additionalProperties"] = {}
            if not found.told:
                said = Said(None, facts.place("properties"))
                run.note("additionalProperties", said, "rewritten", "schema", "said")
        elif facts.has("additionalProperties") and run.rules.takes("additionalProperties", True):
            schema["additionalProperties"] = {}
        return Draft(schema, UNCHANGED, frozenset())
    draft = yield from _value(run, facts, found, spot)
    if run.rules.takes("additionalProperties", draft.schema) and draft.types:
        schema["additionalProperties"] = draft.schema
        return Draft(schema, draft.step, frozenset())
    said = Said(None, facts.place("additionalProperties"))
    run.note("additionalProperties", said, "runtime-checked", "runtime", "not taken")
    return Draft(schema, draft.step, frozenset())


def _patterns(run: Run, facts: Facts) -> None:
    for part in facts.parts:
        if "patternProperties" in part.schema:
            said = Said(part.schema["patternProperties"], part.place)
            run.note("patternProperties", said, "runtime-checked", "runtime", "said of all others")


def _value(run: Run, facts: Facts, found: Members, spot: Spot) -> Lowering:
    """Lower what a value must fit: one alternative, or a union of them."""
    place = facts.place("additionalProperties")
    meets = [value or (Part({}, place),) for value in found.values]
    if len(meets) == 1:
        return (yield Ask(meets[0], spot))
    return (yield from united(run, Facts(parts=[Part({}, place)]), meets, spot, []))


def as_pairs(run: Run, facts: Facts, found: Members, spot: Spot, *, sized: bool = True) -> Lowering:
    """Lower an object's members to a list of ``{"key": …, "value": …}``.

    Args:
        run: what is known.
        facts: what is said of the object.
        found: its members.
        spot: where the list goes.
        sized: whether the list is all of the object, and not only what is beside its properties.
    """
    if not run.fits_in(spot, levels=2):
        return as_text(run, facts, "too deep")
    told: list[str] = []
    draft = yield from _value(run, facts, found, spot.below(2))
    if not draft.types:
        draft = as_text(run, facts, "no value fits")
    key = yield from _key(run, facts, found, spot.below(2), told)
    pair: dict[str, Json] = {
        "type": "object",
        "properties": {KEY: key, VALUE: draft.schema},
        "required": [KEY, VALUE],
    }
    if run.rules.takes("additionalProperties", False) or not run.rules.shape.open:
        pair["additionalProperties"] = False
    keyword = "additionalProperties" if facts.has("additionalProperties") else "type"
    place = facts.place(keyword)
    value = next((part.schema.get(keyword) for part in facts.parts if part.place is place), None)
    said = Said(value, place)
    run.note(keyword, said, "rewritten", "inverse", "a list of keys and values")
    if found.patterns and not found.exact:
        _patterns(run, facts)
    schema: dict[str, Json] = {"type": "array", "items": pair}
    if sized:
        _sizes(run, facts, schema, told)
        left_over(run, facts, ("object",), told)
    told.insert(0, "A list of entries, each key at most once.")
    if not run.rules.takes("description", ""):
        told.clear()
    result = Draft(schema, Pairs(draft.step), frozenset({"array"}))
    return annotated(run, result, facts.notes if sized else {}, told)


def _key(
    run: Run, facts: Facts, found: Members, spot: Spot, told: list[str]
) -> Generator[Ask, Draft, Json]:
    """Give the schema of the keys; what it cannot say is told."""
    schema: dict[str, Json] = {"type": "string"}
    if found.keyed and run.rules.takes("pattern", found.keyed):
        schema["pattern"] = found.keyed
    elif found.keyed:
        said = Said(found.keyed, facts.place("patternProperties"))
        run.take_out("pattern", said, told, "not taken")
        _patterns(run, facts)
    names = [said for keyword, said in facts.rest if keyword == "propertyNames"]
    if len(names) == 1 and "pattern" not in schema:
        part = Part(names[0].value, (names[0].place, "propertyNames"))
        draft = yield Ask((Part({"type": "string"}, part.place), part), spot)
        if draft.step is UNCHANGED and draft.schema.get("type") == "string":
            schema = draft.schema
            facts.rest = [entry for entry in facts.rest if entry[0] != "propertyNames"]
            run.note("propertyNames", names[0], "rewritten", "schema", "said of the keys")
    return schema


def _sizes(run: Run, facts: Facts, schema: dict[str, Json], told: list[str]) -> None:
    for keyword, counted in (("minProperties", "minItems"), ("maxProperties", "maxItems")):
        said = facts.bounds.get(keyword)
        if said is None:
            continue
        if run.rules.takes(counted, said.value):
            schema[counted] = said.value
            run.note(keyword, said, "rewritten", "schema", f"said as {counted}")
        else:
            run.take_out(keyword, said, told, "not taken")
