"""Most tools are plain: objects and arrays of scalars. One pass lowers them for a closed dialect.

What it gives is what the general way gives, sooner; what is not plain within it goes that way.
"""

from __future__ import annotations

from sealegs.jsons import Json, is_object
from sealegs.schema.codec import UNCHANGED, Step
from sealegs.schema.encodings.absence import said_by_null
from sealegs.schema.encodings.annotating import annotated
from sealegs.schema.encodings.fields import Absence, Field, Fields
from sealegs.schema.encodings.lists import Items
from sealegs.schema.encodings.nodes import in_order, lowered_alone
from sealegs.schema.encodings.nullable import nullable
from sealegs.schema.encodings.openness import SHUT
from sealegs.schema.encodings.quick import quick_of
from sealegs.schema.encodings.run import NOTHING, Draft, Run, Spot
from sealegs.schema.rewrites.bounds import Said
from sealegs.schema.rewrites.parts import ROOT, Part, Place

__all__ = ["plainly"]

_DEEPEST = 12
_OBJECT_WORDS = frozenset(
    {"type", "properties", "required", "additionalProperties", "title", "description"}
)
_ARRAY_WORDS = frozenset(
    {"type", "items", "minItems", "maxItems", "uniqueItems", "title", "description"}
)
_SCALARS = ("string", "integer", "number", "boolean")
_NOTES = frozenset({"title", "description", "default"})
_NUMBERS = _NOTES | {"type", "format", "minimum", "maximum", "multipleOf"}
_SAID = {
    "string": _NOTES | {"type", "format", "minLength", "maxLength", "pattern"},
    "integer": _NUMBERS,
    "number": _NUMBERS,
    "boolean": _NOTES | {"type", "format"},
}
_OBJECT, _ARRAY = frozenset({"object"}), frozenset({"array"})


def plainly(run: Run, schema: Json) -> Draft | None:
    """Lower a plain tool; ``None`` where it is not plain, or the dialect is not of this kind.

    What was written down in the run until then must be forgotten.
    """
    if (
        not (run.rules.plainly and _suits(run))
        or schema.get("type") != "object"
        or "$defs" in schema
    ):
        return None
    return _object(run, schema, ROOT, 1)


def _suits(run: Run) -> bool:
    return run.caps.values is None and not run.caps.forced


def _any(run: Run, schema: Json, place: Place, depth: int) -> Draft:
    """Lower a subschema, plainly where that can be."""
    kind = schema.get("type") if is_object(schema) and depth <= _DEEPEST else None
    draft: Draft | None = None
    if kind == "object":
        draft = _object(run, schema, place, depth)
    elif kind == "array":
        draft = _array(run, schema, place, depth)
    elif kind in _SCALARS:
        draft = _scalar(run, schema, kind, place)
    if draft is not None:
        return draft
    run.aside = True
    return lowered_alone(run, Part(schema, place), Spot(depth))


def _scalar(run: Run, schema: dict[str, Json], kind: str, place: Place) -> Draft | None:
    """Lower a scalar of which some bounds may only be told."""
    if not _SAID[kind].issuperset(schema) or not run.affordable():
        return None
    kept: dict[str, Json] = {"type": kind}
    told: list[str] = []
    notes: dict[str, Said] = {}
    for word, value in schema.items():
        if word in _NOTES:
            notes[word] = Said(value, place)
        elif word == "type" or run.rules.takes(word, value):
            kept[word] = value
        else:
            run.take_out(word, Said(value, place), told, "not taken")
    draft = annotated(run, Draft(kept, UNCHANGED, frozenset({kind})), notes, told)
    return in_order(draft, schema)


def _object(run: Run, schema: dict[str, Json], place: Place, depth: int) -> Draft | None:
    properties: dict[str, Json] = schema.get("properties", {})
    if not _plain_object(run, schema, properties, depth):
        return None
    needed = set(schema.get("required", ()))
    optional_null = run.rules.shape.all_required
    fresh: dict[str, Json] = {}
    fields: dict[str, Field] = {}
    below = (place, "properties")
    changed = False
    for name, value in properties.items():
        draft = quick_of(run, value) or _any(run, value, (below, name), depth + 1)
        if draft is NOTHING:
            return None
        absence: Absence = "absent"
        if optional_null and name not in needed:
            draft, absence = _absent(run, name, Part(value, (below, name)), draft, depth)
        changed = changed or draft.step is not UNCHANGED or absence != "absent"
        fresh[name] = draft.schema
        fields[name] = Field(name, draft.step, absence)
    if "additionalProperties" not in schema:
        where = Said(None, place)
        run.note("additionalProperties", where, "narrowed", "schema", SHUT)
    all_named = optional_null and len(needed) < len(fresh)
    required = list(fresh) if all_named else schema.get("required", [])
    step: Step = Fields(fields) if changed else UNCHANGED
    return Draft(_written(schema, fresh, required), step, _OBJECT)


def _absent(run: Run, name: str, part: Part, draft: Draft, depth: int) -> tuple[Draft, Absence]:
    if "null" in draft.types:
        return said_by_null(run, name, (part,), draft, Spot(depth))
    run.note("required", Said(name, part.place), "rewritten", "inverse", "null where absent")
    return nullable(run, draft), "null"


def _plain_object(
    run: Run, schema: dict[str, Json], properties: dict[str, Json], depth: int
) -> bool:
    if not _OBJECT_WORDS.issuperset(schema) or "properties" not in schema:
        return False
    if "title" in schema and "title" not in run.rules.plain:
        return False
    if schema.get("additionalProperties", False) is not False or not _fits_in(run, depth):
        return False
    if not run.rules.keeps(properties):
        return False
    required: list[str] = schema.get("required", [])
    return len(set(required)) == len(required) and all(name in properties for name in required)


def _fits_in(run: Run, depth: int) -> bool:
    run.deepest = max(run.deepest, depth)
    return run.caps.depth is None or depth <= run.caps.depth


def _written(
    schema: dict[str, Json], properties: dict[str, Json], required: list[str]
) -> dict[str, Json]:
    fresh = dict(schema)
    fresh["properties"] = properties
    if required:
        fresh["required"] = required
    else:
        fresh.pop("required", None)
    fresh["additionalProperties"] = False
    return schema if fresh == schema else fresh


def _array(run: Run, schema: dict[str, Json], place: Place, depth: int) -> Draft | None:
    items = schema.get("items")
    if not (is_object(items) and _ARRAY_WORDS.issuperset(schema) and _fits_in(run, depth)):
        return None
    takes = run.rules.takes
    if not all(takes(word, value) for word, value in schema.items() if word != "items"):
        return None
    draft = quick_of(run, items) or _any(run, items, (place, "items"), depth + 1)
    if draft is NOTHING or (draft.step is not UNCHANGED and schema.get("uniqueItems")):
        return None
    step: Step = UNCHANGED if draft.step is UNCHANGED else Items((), draft.step)
    fresh = schema if draft.schema is items else {**schema, "items": draft.schema}
    return Draft(fresh, step, _ARRAY)
