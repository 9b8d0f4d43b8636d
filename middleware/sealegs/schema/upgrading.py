"""One schema object of any draft becomes one of 2020-12, in place; its subschemas stay as they are.

What older drafts, OpenAPI 3.0, Gemini and BFCL say in another way is said in the way of 2020-12.
Subschemas move with the keyword that holds them, and are upgraded in their own turn.
"""

from __future__ import annotations

from sealegs.jsons import Json, is_object
from sealegs.schema.drafts import Draft
from sealegs.schema.fitting import FITS, type_names
from sealegs.schema.keywords import KEYWORDS
from sealegs.schema.noting import Log
from sealegs.schema.nulls import TELLING
from sealegs.schema.placing import Made, conjoin
from sealegs.schema.repairing import repair
from sealegs.schema.respelling import STEPS

__all__ = ["REFERENCES", "read_schema", "upgrade"]

REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
"""The keywords that refer to other schemas."""

_GONE = frozenset(
    (
        *("$schema", "$id", "id", "$anchor", "$comment", "$vocabulary", "$dynamicAnchor"),
        *("$recursiveAnchor", "$defs", "definitions", "components"),
    )
)


def upgrade(node: dict[str, Json], draft: Draft, log: Log) -> Made:
    """Upgrade one schema object in place.

    Args:
        node: a shallow copy; the containers in it are never changed, only replaced.
        draft: the draft by which it is read.
        log: takes what could not be read as it stands.

    Returns:
        The objects below it that were made here.
    """
    odd = [key for key, value in node.items() if not _stays(key, value)]
    if not odd and not draft.named:
        return []
    made: Made = []
    _drop_unknown(node, draft, log)
    for key in odd:
        if key in node:
            _tidy(node, key, log)
    for key in [*(key for key in odd if key != "nullable"), "nullable"]:
        if key in node and key in STEPS:  # each finds the others mended; null comes last
            STEPS[key](node, draft, log, made)
    if draft.hides_contains and "contains" in node:
        _hide_contains(node, made)
    if draft.year <= 4 and "integer" in node.get("type", ""):
        log.remark(f"{draft.name} takes 1.0 for no integer; 2020-12 does")
    return made


def _tidy(node: dict[str, Json], key: str, log: Log) -> None:
    """Take out what is not of the form, and mend what is."""
    if key in _GONE:
        if key not in ("id", "components") or _names_or_defines(key, node[key]):
            del node[key]
    elif key not in STEPS or (node[key] is None and key != "example"):
        repair(node, key, log)


def _names_or_defines(key: str, value: Json) -> bool:
    """Say whether a keyword that vendors may have too is the one that is meant."""
    if key == "id":
        return isinstance(value, str)
    return is_object(value) and is_object(value.get("schemas"))


def _stays(key: str, value: Json) -> bool:
    fits = FITS.get(key)
    if fits is not None:
        return fits(value)
    return key not in _GONE and key not in STEPS


def read_schema(value: Json) -> Json:
    """Read what stands where a schema should: an object or ``False``; ``None`` where it is none.

    >>> read_schema(True), read_schema(False), read_schema("string"), read_schema(3)
    ({}, False, {'type': 'string'}, None)
    """
    if value is True:
        return {}
    if isinstance(value, str) and type_names(value):
        return {"type": value}
    return value if value is False or is_object(value) else None


# ------------------------------------------------------------------------------ whole objects


def _drop_unknown(node: dict[str, Json], draft: Draft, log: Log) -> None:
    if draft.lone_references and isinstance(node.get("$ref"), str):
        for key in [key for key in node if key in KEYWORDS and key not in _KEPT_BESIDE]:
            value = node.pop(key)
            if key not in _GONE:
                log.dropped(node, key, value, f"{draft.name} reads nothing beside $ref")
        return
    for key in [key for key in node if key in draft.unknown]:
        log.dropped(node, key, node.pop(key), f"{draft.name} does not know this keyword")


_KEPT_BESIDE = TELLING | {"$ref"}


def _hide_contains(node: dict[str, Json], made: Made) -> None:
    """Keep ``contains`` from telling ``unevaluatedItems`` anything, as it did not in 2019-09."""
    inner: dict[str, Json] = {"contains": node["contains"]}
    inner |= {key: node.pop(key) for key in ("minContains", "maxContains") if key in node}
    outer: dict[str, Json] = {"not": inner}
    made += [inner, outer]
    conjoin(node, "contains", "not", outer, made)
