"""Lowering of the root: a call's arguments are an object."""

from __future__ import annotations

from sealegs.jsons import Json
from sealegs.schema.codec import UNCHANGED
from sealegs.schema.encodings.fields import WRAP, Boxed
from sealegs.schema.encodings.run import Ask, Draft, Lowering, Run, Spot
from sealegs.schema.encodings.unions import only_requires
from sealegs.schema.rewrites.bounds import Said
from sealegs.schema.rewrites.gathering import Facts, gather
from sealegs.schema.rewrites.kinds import ALL, OBJECT_KEYWORDS, TYPED
from sealegs.schema.rewrites.parts import ROOT, Part
from sealegs.schema.rewrites.standing import root_stands

__all__ = ["lower_root"]


def lower_root(run: Run, schema: Json) -> Lowering:
    """Lower the root, and wrap it where it is no object."""
    part = Part({key: value for key, value in schema.items() if key != "$defs"}, ROOT)
    shape = run.rules.shape
    if not shape.root_object and shape.root_combinators:
        draft = yield Ask((part,), Spot())
        return draft if draft.types else _impossible(run, part)
    facts = gather((part,), run.defs)
    if facts.nothing:
        return _impossible(run, part)
    if not facts.typed and _about_objects(facts):
        reason = "a call's arguments are an object"
        run.note("type", Said(None, ROOT), "narrowed", "schema", reason)
        facts.types, facts.typed = ["object"], True
        part = Part({"type": "object", **part.schema}, ROOT)
    stays = _is_object(run, part, facts)
    draft = yield Ask((part,), Spot(root=True) if stays else Spot(2))
    if not draft.types:
        return _impossible(run, part)
    return draft if stays and draft.schema.get("type") == "object" else _wrapped(run, draft)


def _is_object(run: Run, part: Part, facts: Facts) -> bool:
    """Say whether the root can stay what it is: an object, without alternatives of its own."""
    if facts.types != ["object"] or facts.values is not None:
        return False
    stays = not run.flat and root_stands(part.schema, run.rules)
    return stays or all(only_requires(union) for union in facts.unions)


def _about_objects(facts: Facts) -> bool:
    """Say whether a root that tells no type speaks of objects, or of nothing."""
    if facts.unions or facts.types != list(ALL):
        return False
    words = {word for part in facts.parts for word in part.schema if word in TYPED}
    return not words or any(word in OBJECT_KEYWORDS for word in words)


def _impossible(run: Run, part: Part) -> Draft:
    """Give a root for a schema that no value fits: no call can be made that the check lets pass."""
    for keyword, value in part.schema.items():
        run.note(keyword, Said(value, ROOT), "runtime-checked", "runtime", "no value fits")
    schema: dict[str, Json] = {"type": "object", "properties": {}}
    if run.rules.shape.closed or not run.rules.shape.open:
        schema["additionalProperties"] = False
    return Draft(schema, UNCHANGED, frozenset({"object"}))


def _wrapped(run: Run, draft: Draft) -> Draft:
    run.note("type", Said(None, ROOT), "rewritten", "inverse", f"wrapped in an object: {WRAP}")
    schema: dict[str, Json] = {
        "type": "object",
        "properties": {WRAP: draft.schema},
        "required": [WRAP],
    }
    if run.rules.takes("additionalProperties", False) or not run.rules.shape.open:
        schema["additionalProperties"] = False
    else:
        reason = f"what stands beside {WRAP} is refused when the call comes"
        run.note("type", Said(None, ROOT), "runtime-checked", "runtime", reason)
    return Draft(schema, Boxed(draft.step), frozenset({"object"}))
