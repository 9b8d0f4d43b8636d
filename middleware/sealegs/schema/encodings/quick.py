"""The commonest subschemas, which need nothing: plain scalars."""

from __future__ import annotations

from sealegs.jsons import Json
from sealegs.schema.codec import UNCHANGED
from sealegs.schema.encodings.run import Draft, Run
from sealegs.schema.rewrites.kinds import TYPED
from sealegs.schema.rewrites.parts import Meet
from sealegs.schema.rewrites.standing import matching

__all__ = ["quick", "quick_of"]

_TYPES = {
    "string": frozenset({"string"}),
    "integer": frozenset({"integer"}),
    "number": frozenset({"number"}),
    "boolean": frozenset({"boolean"}),
}
_FREE = frozenset({"type", "title", "description"})


def _plain(values: Json) -> bool:
    """Say whether values are strings that every dialect takes, each once."""
    for value in values:
        if value.__class__ is not str or not value:
            return False
    return bool(values) and len(set(values)) == len(values)


def quick(run: Run, meet: Meet) -> Draft | None:
    """Give the draft of a plain scalar whose every keyword is taken as it is; else ``None``."""
    return quick_of(run, meet[0].schema) if len(meet) == 1 else None


def quick_of(run: Run, schema: Json) -> Draft | None:
    """Do the same for one subschema."""
    if schema.__class__ is not dict:
        return None
    kind: Json = schema.get("type")
    types = _TYPES.get(kind) if kind.__class__ is str else None
    if types is None or not (run.rules.plain.issuperset(schema) or _taken(run, schema, kind)):
        return None
    return Draft(schema, UNCHANGED, types)


def _taken(run: Run, schema: dict[str, Json], kind: str) -> bool:
    """Say whether every keyword of a scalar is taken as it is."""
    takes = run.rules.takes
    for keyword, value in schema.items():
        if keyword == "enum":
            if kind != "string" or run.caps.values is not None or not _plain(value):
                return False
        elif keyword not in _FREE:
            speaks = TYPED.get(keyword)
            alike = speaks == kind or (speaks == "number" and kind == "integer")
            if not alike and keyword != "format":
                return False
        if not takes(keyword, value):
            return False
    return not run.rules.shape.matching or matching(schema)
