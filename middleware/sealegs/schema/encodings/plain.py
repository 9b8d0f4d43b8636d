"""Most tools are plain: objects and arrays of scalars. One pass lowers them for a closed dialect.

What it gives is what the general way gives, sooner; what is not plain within it goes that way.
"""

from __future__ import annotations

from sealegs.jsons import Json, is_object
from sealegs.schema.codec import UNCHANGED, Step
from sealegs.schema.encodings.fields import Absence, Field, Fields
from sealegs.schema.encodings.lists import Items
from sealegs.schema.encodings.nodes import lowered_alone
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
    return draft or lowered_alone(run, Part(schema, place), Spot(depth))


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
        if draft is NOTHING or (optional_null and "null" in draft.types and name not in needed):
            return None
        absence: Absence = "absent"
        if optional_null and name not in needed:
            absence = "null"
            said = Said(name, (below, name))
            run.note("required", said, "rewritten", "inverse", "null where absent")
            draft = nullable(run, draft)
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
