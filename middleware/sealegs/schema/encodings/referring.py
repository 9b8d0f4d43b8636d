"""Lowering of references: kept, or written out as often as a dialect needs and limits allow."""

from __future__ import annotations

from collections.abc import Mapping

from sealegs.jsons import Json
from sealegs.schema.codec import UNCHANGED, Step
from sealegs.schema.encodings.annotating import annotated
from sealegs.schema.encodings.links import Link
from sealegs.schema.encodings.run import NOTHING, Ask, Draft, Lowering, Run, Spot
from sealegs.schema.encodings.texts import as_text
from sealegs.schema.rewrites.bounds import Said
from sealegs.schema.rewrites.gathering import Facts, definition_of, gather, target
from sealegs.schema.rewrites.kinds import OBJECT_KEYWORDS
from sealegs.schema.rewrites.parts import Part
from sealegs.schema.rewrites.references import referring
from sealegs.schema.walking import fragment, joined

__all__ = ["link", "spent"]


def link(run: Run, part: Part, spot: Spot) -> Lowering:
    """Lower a reference beside which nothing constrains."""
    name = referring(part.schema)
    found = target(part.schema["$ref"], run.defs)
    if name is None or found is None:
        return as_text(run, gather((part,), run.defs), "leads nowhere")
    notes = {key: value for key, value in part.schema.items() if key not in ("$ref", "$defs")}
    if name in run.unkept:
        return (yield from _written_out(run, part, found, notes, spot))
    if name not in run.out:
        run.out[name] = None
        run.out[name] = done = yield Ask((found,), Spot(spot.depth, inner=True))
        run.steps[name] = done.step
    known = run.out[name]
    if known is NOTHING:
        return NOTHING
    types = _predicted(run, found) if known is None else known.types
    new = run.rules.definition(name)
    if new != name:
        run.note("$ref", Said(part.schema["$ref"], part.place), "rewritten", "schema", "renamed")
    kept = part.schema["$ref"] if new == name else fragment(joined("/$defs", new))
    schema: dict[str, Json] = {"$ref": kept}
    run.names[kept] = name
    told = {key: Said(value, part.place) for key, value in notes.items()}
    return annotated(run, Draft(schema, _step(run, name), types), told)


def _step(run: Run, name: str) -> Step:
    """Give what maps a definition's values; one that is not done yet is taken to change nothing."""
    known = run.out[name]
    if known is None:
        run.assumed.add(name)
        return Link(run.steps, name) if name in run.changing else UNCHANGED
    return UNCHANGED if known.step is UNCHANGED else Link(run.steps, name)


def _written_out(
    run: Run, part: Part, found: Part, notes: Mapping[str, Json], spot: Spot
) -> Lowering:
    name = found.place[1] if found.place else ""
    said = Said(part.schema["$ref"], part.place)
    told = Part(dict(notes), part.place)
    if spot.trail.count(name) >= _rounds(run, name):
        run.note("$ref", said, "runtime-checked", "runtime", "written out as often as allowed")
        facts = gather((told, found), run.defs, follow=False)
        return as_text(run, facts, "written out as often as allowed")
    run.note("$ref", said, "rewritten", "schema", "written out")
    below = spot._replace(trail=(*spot.trail, name))
    return (yield Ask((told, found) if notes else (found,), below))


def _rounds(run: Run, name: str) -> int:
    """Give how often a definition may be written out within itself."""
    if name not in run.circular:
        return len(run.defs) + 1
    return max(run.rules.dialect.references.unroll, 1) if name in run.unkept else 1


def spent(run: Run, facts: Facts, spot: Spot) -> tuple[tuple[str, ...], bool]:
    """Give the trail behind references that were merged, and whether one was merged too often."""
    trail, over = spot.trail, False
    for keyword, said in facts.merged:
        if keyword == "$ref":
            name = definition_of(said.value)
            over = over or trail.count(name) >= _rounds(run, name)
            trail = (*trail, name)
    return trail, over


def _predicted(run: Run, found: Part) -> frozenset[str]:
    """Give the types that a definition's lowered form will accept, while it is not done."""
    facts = gather((found,), run.defs)
    types = set(facts.types)
    if "object" in types and not facts.has("properties") and facts.has(*OBJECT_KEYWORDS):
        types |= {"array", "string"}
    return frozenset(types)
