"""Lowering of arrays: items alike, and items each in a place of its own."""

from __future__ import annotations

from sealegs.jsons import Json
from sealegs.schema.codec import UNCHANGED, Step
from sealegs.schema.encodings.annotating import annotated
from sealegs.schema.encodings.fields import Fields
from sealegs.schema.encodings.lists import Items, Tuple, item_name
from sealegs.schema.encodings.objects import lower_members
from sealegs.schema.encodings.run import NOTHING, Ask, Draft, Lowering, Run, Spot
from sealegs.schema.encodings.scalars import bounded, left_over
from sealegs.schema.encodings.tables import table
from sealegs.schema.encodings.texts import any_text, as_text
from sealegs.schema.encodings.unions import united
from sealegs.schema.rewrites.bounds import Said
from sealegs.schema.rewrites.gathering import Facts
from sealegs.schema.rewrites.members import Members
from sealegs.schema.rewrites.parts import Meet, Part, Place, at

__all__ = ["lower_array"]

_ARRAY = frozenset({"array"})


def lower_array(run: Run, facts: Facts, spot: Spot) -> Lowering:
    """Lower an array."""
    if not run.fits_in(spot):
        return as_text(run, facts, "too deep")
    places, rest = _places(facts)
    shut = any(part.schema is False for part in rest)
    if not places:
        return (yield from _alike(run, facts, rest, shut, spot))
    native = run.rules.takes("prefixItems", [part.schema for part in places[0]])
    if shut and not native:
        return (yield from _as_object(run, facts, places, spot))
    if native:
        return (yield from _in_places(run, facts, places, rest, shut, spot))
    return (yield from _any_of(run, facts, places, rest, spot))


def _places(facts: Facts) -> tuple[list[Meet], Meet]:
    """Give what each of the first items must fit, and what the others must."""
    lists = [part for part in facts.parts if "prefixItems" in part.schema or "items" in part.schema]
    length = max((len(part.schema.get("prefixItems", ())) for part in lists), default=0)
    places: list[Meet] = []
    for index in range(length):
        meet: list[Part] = []
        for part in lists:
            if index < len(part.schema.get("prefixItems", ())):
                meet.append(part.child("prefixItems", str(index)))
            elif "items" in part.schema:
                meet.append(part.child("items"))
        places.append(tuple(meet) or (Part({}, facts.place("prefixItems")),))
    rest = [part.child("items") for part in lists if "items" in part.schema]
    for index, at_index in enumerate(places):
        if any(part.schema is False for part in at_index):
            return places[:index], (at_index[0]._replace(schema=False), *rest)
    return places, tuple(rest)


def _alike(run: Run, facts: Facts, rest: Meet, shut: bool, spot: Spot) -> Lowering:
    told: list[str] = []
    schema: dict[str, Json] = {"type": "array"}
    step: Step = UNCHANGED
    if not shut and (rest or _needs_items(run)):
        draft = yield Ask(rest or (Part({}, at(facts.place("type"), "items")),), spot.below())
        shut = not draft.types and draft.schema != {}
        if not shut:
            schema["items"], item = draft.schema, draft.step
            step = UNCHANGED if item is UNCHANGED else Items((), item)
    if shut:
        said = Said(False, facts.place("items"))
        least = facts.bounds.get("minItems")
        if least is not None and least.value > 0:
            return NOTHING
        if not run.rules.takes("maxItems", 0):
            return annotated(run, table(run, [[]], said), facts.notes)
        run.note("items", said, "rewritten", "schema", "no items")
        if run.rules.shape.items or _needs_items(run):
            schema["items"] = any_text(run).schema
        schema["maxItems"] = 0
    return _bounded(run, facts, schema, step, told, spot)


def _needs_items(run: Run) -> bool:
    return run.rules.shape.items or not run.rules.shape.anything


def _bounded(
    run: Run, facts: Facts, schema: dict[str, Json], step: Step, told: list[str], spot: Spot
) -> Draft:
    kept = bounded(run, facts, ("array",), told, spot)
    schema = {**kept, **schema} if "maxItems" in schema else {**schema, **kept}
    if "type" in schema:
        schema = {"type": schema.pop("type"), **schema}
    if step is not UNCHANGED and kept.get("uniqueItems"):
        run.note(
            "uniqueItems", facts.bounds["uniqueItems"], "runtime-checked", "runtime", "encoded"
        )
    left_over(run, facts, ("array",), told)
    return annotated(run, Draft(schema, step, _ARRAY), facts.notes, told)


def _in_places(
    run: Run, facts: Facts, places: list[Meet], rest: Meet, shut: bool, spot: Spot
) -> Lowering:
    """Lower to `prefixItems`, which the dialect takes."""
    drafts: list[Draft] = []
    for meet in places:
        draft = yield Ask(meet, spot.below())
        drafts.append(draft if draft.types else any_text(run))
    schema: dict[str, Json] = {"type": "array", "prefixItems": [draft.schema for draft in drafts]}
    last: Step = UNCHANGED
    if shut:
        schema["items"] = False
    elif rest or _needs_items(run):
        draft = yield Ask(
            rest or (Part({}, at(facts.place("prefixItems"), "items")),), spot.below()
        )
        schema["items"], last = draft.schema, draft.step
    steps = tuple(draft.step for draft in drafts)
    same = last is UNCHANGED and all(step is UNCHANGED for step in steps)
    return _bounded(run, facts, schema, UNCHANGED if same else Items(steps, last), [], spot)


def _any_of(run: Run, facts: Facts, places: list[Meet], rest: Meet, spot: Spot) -> Lowering:
    """Lower to an array of a union: which item stands where is left to the run-time check."""
    place = facts.place("prefixItems")
    run.note("prefixItems", _said(places, place), "runtime-checked", "runtime", "said of any item")
    meets = [*places, rest or (Part({}, place),)]
    inner = Facts(parts=[Part({}, place)])
    draft = yield from united(run, inner, meets, spot.below(), [])
    schema: dict[str, Json] = {"type": "array", "items": draft.schema}
    step: Step = UNCHANGED if draft.step is UNCHANGED else Items((), draft.step)
    return _bounded(run, facts, schema, step, [], spot)


def _said(places: list[Meet], place: Place) -> Said:
    return Said([[part.schema for part in meet] for meet in places], place)


def _as_object(run: Run, facts: Facts, places: list[Meet], spot: Spot) -> Lowering:
    """Lower to an object with a property for each item, of which there are no more."""
    place = facts.place("prefixItems")
    least, most = facts.bounds.get("minItems"), facts.bounds.get("maxItems")
    told: list[str] = []
    length = len(places)
    if most is not None:
        length = min(length, int(most.value))
    fewest = int(least.value) if least is not None else 0
    if fewest > length:
        return NOTHING
    note = "an object with a property for each item"
    run.note("prefixItems", _said(places, place), "rewritten", "inverse", note)
    unique = facts.bounds.get("uniqueItems")
    if unique is not None and unique.value:
        run.take_out("uniqueItems", unique, told, "not an array")
    left_over(run, facts, ("array",), told)
    found = Members(
        named={item_name(index): places[index] for index in range(length)},
        required=[item_name(index) for index in range(fewest)],
        closed=True,
    )
    draft = yield from lower_members(run, Facts(parts=[Part({}, place)]), found, spot)
    fields = draft.step if isinstance(draft.step, Fields) else Fields({})
    if draft.step not in (fields, UNCHANGED):
        return as_text(run, facts, "cannot be said")
    step = Tuple(fields, length)
    return annotated(run, Draft(draft.schema, step, draft.types), facts.notes, told)
