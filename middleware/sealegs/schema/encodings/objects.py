"""Lowering of objects: fields, maps, and maps beside fields."""

from __future__ import annotations

from sealegs.jsons import Json
from sealegs.schema.codec import UNCHANGED, Step
from sealegs.schema.encodings.absence import said_by_null
from sealegs.schema.encodings.annotating import annotated
from sealegs.schema.encodings.fields import Absence, Field, Fields
from sealegs.schema.encodings.openness import Form, beside, is_shut
from sealegs.schema.encodings.pairs import as_pairs, takes_maps
from sealegs.schema.encodings.quick import quick
from sealegs.schema.encodings.run import NOTHING, Ask, Draft, Lowering, Run, Spot
from sealegs.schema.encodings.scalars import left_over
from sealegs.schema.encodings.tables import table
from sealegs.schema.encodings.texts import as_text
from sealegs.schema.rewrites.bounds import Said
from sealegs.schema.rewrites.gathering import Facts
from sealegs.schema.rewrites.members import Members, members
from sealegs.schema.rewrites.parts import Meet, Part, at

__all__ = ["lower_members", "lower_object"]

_OBJECT = frozenset({"object"})
_SIZES = ("minProperties", "maxProperties")


def lower_object(run: Run, facts: Facts, spot: Spot) -> Lowering:
    """Lower an object."""
    if not run.fits_in(spot):
        return as_text(run, facts, "too deep")
    found = members(facts)
    if not _complete(run, facts, found, spot):
        return NOTHING
    if not found.named and not spot.root:
        if run.rules.shape.filled_objects:
            return (yield from _unfilled(run, facts, found, spot))
        if not found.closed and not takes_maps(run, found) and not _declares(run, facts, found):
            return (yield from as_pairs(run, facts, found, spot))
    return (yield from lower_members(run, facts, found, spot))


def _unfilled(run: Run, facts: Facts, found: Members, spot: Spot) -> Lowering:
    """Lower an object without properties of its own, where that may not be."""
    if found.closed:
        said = Said(False, facts.place("additionalProperties"))
        return annotated(run, table(run, [{}], said), facts.notes)
    return (yield from as_pairs(run, facts, found, spot))


def _declares(run: Run, facts: Facts, found: Members) -> bool:
    """Say whether an object has a list of properties, empty though it is."""
    shape = run.rules.shape
    closes = shape.closed or not shape.open
    return closes and not (found.told or run.rules.opens) and facts.has("properties")


def _complete(run: Run, facts: Facts, found: Members, spot: Spot) -> bool:
    """Declare names that are only required, where they must be; say whether the object can be."""
    shape = run.rules.shape
    place = facts.place("required")
    for name in found.required:
        if name in found.named:
            continue
        if found.closed:
            return False
        if shape.declared or shape.closed or shape.all_required or not shape.open or spot.root:
            found.named[name] = (Part({}, at(place, "required", name)),)
            said = Said(found.required, place)
            run.note("required", said, "rewritten", "schema", f"{name} declared")
            if len(found.values) == 1 and found.values[0]:
                found.named[name] = found.values[0]
    return True


def lower_members(run: Run, facts: Facts, found: Members, spot: Spot) -> Lowering:
    """Lower an object property by property."""
    form = Form()
    required = set(found.required)
    forced = _forced(run, found, spot)
    below = spot.below()
    for name, meet in found.named.items():
        draft = quick(run, meet)
        if draft is None:
            draft = yield Ask(meet, below)
        if draft is NOTHING:
            if name in required:
                return NOTHING
            _shut_out(run, meet, shut=is_shut(run, found, spot))
            continue
        alias = run.rules.key(name, inner=spot.inner)
        absence: Absence = "absent"
        if name in forced and name not in required:
            draft, absence = said_by_null(run, name, meet, draft, spot)
        if alias != name:
            said = Said(name, meet[0].place)
            run.note("properties", said, "rewritten", "inverse", f"named {alias}")
        form.properties[alias] = draft.schema
        form.fields[name] = Field(alias, draft.step, absence)
    if not form.properties and run.rules.shape.filled_objects and not spot.root:
        return (yield from _unfilled(run, facts, found, spot))
    form.required = _ordered(found, form)
    schema: dict[str, Json] = {"type": "object"}
    told: list[str] = []
    closes = run.rules.shape.closed or not run.rules.shape.open
    if form.properties or facts.has("properties") or found.closed or closes:
        schema["properties"] = form.properties
    if form.required:
        schema["required"] = form.required
    slot, others = yield from beside(run, facts, found, form, schema, spot)
    _sizes(run, facts, schema, told, counted=not (form.changes or slot))
    left_over(run, facts, ("object",), told)
    changed = form.changes or slot or others is not UNCHANGED
    step: Step = Fields(form.fields, slot, others) if changed else UNCHANGED
    return annotated(run, Draft(schema, step, _OBJECT), facts.notes, told)


def _forced(run: Run, found: Members, spot: Spot) -> set[str]:
    """Give the optional properties that must be said to be required."""
    required = set(found.required)
    optional = [name for name in found.named if name not in required]
    if run.rules.shape.all_required:
        return {*optional}
    fewest = run.rules.dialect.bounds.required
    forced = run.forced
    if spot.root and fewest is not None:
        forced = max(forced, fewest - len(found.required))
    chosen = optional[: max(forced, 0)]
    run.forced -= min(len(chosen), run.forced)
    return {*chosen}


def _shut_out(run: Run, meet: Meet, *, shut: bool) -> None:
    """Tell that a property that must not be there is left out."""
    part = meet[0]
    value = part.schema
    if shut:
        run.note("properties", Said(value, part.place), "rewritten", "schema", "never there")
    else:
        run.note("properties", Said(value, part.place), "runtime-checked", "runtime", "never there")


def _ordered(found: Members, form: Form) -> list[str]:
    needed = [form.fields[name].alias if name in form.fields else name for name in found.required]
    if all(entry.absence == "absent" for entry in form.fields.values()):
        return needed
    known = set(needed)
    return [
        entry.alias
        for entry in form.fields.values()
        if entry.alias in known or entry.absence != "absent"
    ]


def _sizes(
    run: Run, facts: Facts, schema: dict[str, Json], told: list[str], *, counted: bool
) -> None:
    for keyword in _SIZES:
        said = facts.bounds.get(keyword)
        if said is None:
            continue
        if counted and run.rules.takes(keyword, said.value):
            schema[keyword] = said.value
        else:
            run.take_out(keyword, said, told, "not taken")
