"""The same schema, with null as one more value."""

from __future__ import annotations

from sealegs.jsons import Json, is_array
from sealegs.schema.encodings.run import Draft, Run
from sealegs.schema.rewrites.kinds import SCALARS

__all__ = ["nullable"]

_OUTER = ("title", "description")


def nullable(run: Run, draft: Draft) -> Draft:
    """Let null in, in the way in which the dialect says it."""
    if "null" in draft.types:
        return draft
    shape = run.rules.shape
    types = draft.types | {"null"}
    if run.rules.lists_null and run.rules.plain.issuperset(draft.schema):
        kind = draft.schema.get("type")
        if kind.__class__ is str and kind in SCALARS:
            return Draft({**draft.schema, "type": [kind, "null"]}, draft.step, types)
    if shape.null == "nullable":
        return Draft(_nullable_branch(draft.schema), draft.step, types)
    return Draft(_with_null(run, draft.schema), draft.step, types)


def _with_null(run: Run, schema: dict[str, Json]) -> dict[str, Json]:
    """Give a schema that accepts null too, where null is a type."""
    kind = schema.get("type")
    kinds: list[Json] = kind if is_array(kind) else [kind]
    if kind is not None and SCALARS.issuperset(kinds) and _listed(run, schema):
        fresh = {**schema, "type": [*kinds, "null"]}
        if "enum" in schema:
            fresh["enum"] = [*schema["enum"], None]
        return fresh
    null: Json = {"type": "null"}
    if "anyOf" in schema and _room(run, schema):
        return {**schema, "anyOf": [*schema["anyOf"], null]}
    outer: dict[str, Json] = {}
    if run.rules.shape.union_siblings != "none":
        outer = {key: schema[key] for key in _OUTER if key in schema}
    inner = {key: value for key, value in schema.items() if key not in outer}
    return {**outer, "anyOf": [inner, null]}


def _listed(run: Run, schema: dict[str, Json]) -> bool:
    """Say whether null may be one more type in a list."""
    shape = run.rules.shape
    if not shape.type_lists or "const" in schema or "default" in schema:
        return False
    if "enum" in schema and shape.enums in ("alike", "strings"):
        return False
    bare = all(key in ("type", *_OUTER) for key in schema)
    return bare or shape.list_siblings == "all"


def _room(run: Run, schema: dict[str, Json]) -> bool:
    most = run.rules.dialect.bounds.branches
    return most is None or len(schema["anyOf"]) < most


def _nullable_branch(schema: dict[str, Json]) -> dict[str, Json]:
    """Let null into the schema itself, or into the first branch that has a type."""
    kind = schema.get("type")
    if kind is not None:
        fresh = {**schema, "type": [*([kind] if isinstance(kind, str) else kind), "null"]}
        if "enum" in schema:
            fresh["enum"] = [*schema["enum"], None]
        return fresh
    branches = list(schema.get("anyOf", ()))
    for index, branch in enumerate(branches):
        if "type" in branch or "anyOf" in branch:
            branches[index] = _nullable_branch(branch)
            return {**schema, "anyOf": branches}
    return schema
