"""Lowering where it stands: keywords that stay, each looked at on its own.

Nothing is encoded here, so that what stands beside each other may go on constraining one value.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias

from sealegs.jsons import Json
from sealegs.schema.codec import UNCHANGED
from sealegs.schema.encodings.annotating import annotated
from sealegs.schema.encodings.openness import SHUT
from sealegs.schema.encodings.quick import quick_of
from sealegs.schema.encodings.run import NOTHING, Ask, Draft, Lowering, Run, Spot
from sealegs.schema.encodings.texts import as_text
from sealegs.schema.keywords import ASSERTIONS, KEYWORDS
from sealegs.schema.rewrites.bounds import Said
from sealegs.schema.rewrites.gathering import gather
from sealegs.schema.rewrites.kinds import ALL
from sealegs.schema.rewrites.parts import Part, at
from sealegs.schema.rewrites.standing import root_stands, stands

__all__ = ["in_place", "stays"]

_ANYTHING = frozenset(ALL)
_EXACT = frozenset({"not", "if", "oneOf", "contains", "unevaluatedItems", "unevaluatedProperties"})
"""Keywords that a wider subschema would make narrower: kept only where nothing below changes."""

_UNEVALUATED = ("unevaluatedItems", "unevaluatedProperties")


def stays(run: Run, schema: dict[str, Json], *, root: bool) -> bool:
    """Say whether a schema keeps its form, so that no part of it need be merged."""
    if root and ("$ref" in schema or not root_stands(schema, run.rules)):
        return False
    return stands(schema, run.rules)


def in_place(run: Run, part: Part, spot: Spot) -> Lowering:
    """Lower keyword by keyword."""
    if not run.affordable():
        return as_text(run, gather((part,), run.defs, follow=False), "written out too often")
    fresh: dict[str, Json] = {}
    told: list[str] = []
    notes: dict[str, Said] = {}
    changed = False
    for keyword, value in part.schema.items():
        said = Said(value, part.place)
        row = KEYWORDS.get(keyword)
        if keyword == "$ref":
            draft = yield Ask((Part({"$ref": value}, part.place),), spot)
            fresh |= draft.schema
        elif row is None or (keyword not in ASSERTIONS and keyword != "format"):
            notes[keyword] = said
        elif keyword == "additionalProperties" and value is False and not run.rules.shape.open:
            fresh[keyword] = False
        elif not run.rules.takes(keyword, value):
            run.take_out(keyword, said, told, "not taken")
            changed = True
        elif row.holds in ("schema", "schemas", "schema-map"):
            below = yield from _below(run, Part(value, at(part.place, keyword)), row.holds, spot)
            if below is not value and keyword in _EXACT:
                run.take_out(keyword, said, told, "cannot be said exactly")
                changed = True
            else:
                fresh[keyword] = below
        else:
            fresh[keyword] = value
    fresh = _consistent(run, part, fresh, told, changed=changed)
    if "array" in _told(fresh) and run.rules.shape.items and "items" not in fresh:
        _say_items(run, part, fresh)
    if not run.rules.shape.open and "object" in _told(fresh):
        _close(run, part, fresh)
    draft = annotated(run, Draft(fresh, UNCHANGED, _types(fresh)), notes, told)
    return draft._replace(schema=part.schema) if draft.schema == part.schema else draft


def _say_items(run: Run, part: Part, fresh: dict[str, Json]) -> None:
    """Say that an array's items may be anything, where something must be said of them."""
    fresh["items"] = {}
    if "unevaluatedItems" in fresh:  # which speaks of those that no `items` speaks of
        said = Said(fresh["unevaluatedItems"], part.place)
        run.note("unevaluatedItems", said, "runtime-checked", "runtime", "items must be said")
    else:
        run.note("items", Said(None, part.place), "rewritten", "schema", "said")


def _close(run: Run, part: Part, fresh: dict[str, Json]) -> None:
    """Say that an object is closed, where the dialect takes it for that."""
    if "additionalProperties" in fresh:
        return
    said = Said(None, part.place)
    if run.rules.shape.maps and run.rules.takes("additionalProperties", {}):
        fresh["additionalProperties"] = {}
        run.note("additionalProperties", said, "rewritten", "schema", "said")
    else:
        fresh["additionalProperties"] = False
        run.note("additionalProperties", said, "narrowed", "schema", SHUT)


def _types(schema: dict[str, Json]) -> frozenset[str]:
    return _told(schema) or _ANYTHING


def _told(schema: dict[str, Json]) -> frozenset[str]:
    kind = schema.get("type", ())
    return frozenset([kind] if isinstance(kind, str) else kind)


_Below: TypeAlias = Generator[Ask, Draft, Json]
"""Work that gives what a keyword is to hold."""


def _below(run: Run, part: Part, holds: str, spot: Spot) -> _Below:
    """Lower the subschemas of one keyword; the very object where nothing changes."""
    inner = spot._replace(split=False, root=False)
    if holds == "schema":
        return (yield from _one(run, part, inner))
    value = part.schema
    if holds == "schemas":
        items: dict[int, Json] = {}
        for index in range(len(value)):
            items[index] = yield from _one(run, part.child(str(index)), inner)
        return value if all(items[i] is value[i] for i in items) else list(items.values())
    named: dict[str, Json] = {}
    for name, child in value.items():
        if quick_of(run, child) is not None:
            named[name] = child
            continue
        named[name] = yield from _one(run, part.child(name), inner)
    return value if all(named[name] is value[name] for name in value) else named


def _one(run: Run, part: Part, spot: Spot) -> _Below:
    if isinstance(part.schema, bool):
        return part.schema
    draft = yield Ask((part,), spot)
    if draft.step is not UNCHANGED or (draft is NOTHING and not run.rules.shape.booleans):
        run.again = True
    return False if draft is NOTHING else draft.schema


def _consistent(
    run: Run, part: Part, fresh: dict[str, Json], told: list[str], *, changed: bool
) -> dict[str, Json]:
    """Take out what rests on keywords beside it that are gone or changed."""
    gone = [word for word in ("if", "then", "else") if word in part.schema and word not in fresh]
    if "if" in gone:
        for word in ("then", "else"):
            if word in fresh:
                run.take_out(word, Said(part.schema[word], part.place), told, "if is not taken")
                del fresh[word]
    for word in _UNEVALUATED:
        if word in fresh and (
            changed
            or any(
                fresh.get(k) is not v
                for k, v in part.schema.items()
                if k in ASSERTIONS and k in KEYWORDS
            )
        ):
            run.take_out(word, Said(part.schema[word], part.place), told, "rests on what changed")
            del fresh[word]
    if part.schema.get("minContains") == 0 and "minContains" not in fresh and "contains" in fresh:
        said = Said(part.schema["contains"], part.place)
        run.take_out("contains", said, told, "minContains is not taken")
        del fresh["contains"]
    if "contains" not in fresh:
        for word in ("minContains", "maxContains"):
            if word in fresh:
                said = Said(part.schema[word], part.place)
                run.take_out(word, said, told, "contains is not taken")
                del fresh[word]
    if "prefixItems" in part.schema and "prefixItems" not in fresh and "items" in fresh:
        run.take_out(
            "items", Said(part.schema["items"], part.place), told, "prefixItems are not taken"
        )
        fresh["items"] = {}
    return fresh
