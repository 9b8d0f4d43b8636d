"""OpenAPI 3.0's ``nullable``, which Gemini has too."""

from __future__ import annotations

from sealegs.jsons import Json
from sealegs.schema.drafts import Draft
from sealegs.schema.keywords import ASSERTIONS
from sealegs.schema.noting import Log
from sealegs.schema.placing import Made

__all__ = ["TELLING", "admit_null"]

TELLING = frozenset(
    ("title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly")
)
"""Annotations that are a whole schema's, whatever it is made of."""

_BLIND_TO_NULL = frozenset(
    (
        "enum",
        "const",
        "not",
        "anyOf",
        "allOf",
        "oneOf",
        "if",
        "then",
        "else",
        "$ref",
        "$dynamicRef",
        "$recursiveRef",
    )
)


def admit_null(node: dict[str, Json], draft: Draft, log: Log, made: Made) -> None:
    """Say by ``type``, ``enum`` or ``anyOf`` that null is accepted too."""
    value = node.pop("nullable")
    if draft.named:
        log.dropped(node, "nullable", value, f"{draft.name} does not know this keyword")
        return
    if value not in (True, "true", "True"):
        return
    blind = [key for key in node if key in _BLIND_TO_NULL]
    if blind in ([], ["enum"]) and "type" in node:
        types = node["type"]
        names: list[Json] = [types] if isinstance(types, str) else list(types)
        node["type"] = names if "null" in names else [*names, "null"]
    if blind == ["enum"]:
        if None not in node["enum"]:
            node["enum"] = [*node["enum"], None]
            log.reread(node, "nullable", value, "null does not stand in the enum beside it")
    elif blind == ["anyOf"] and not _asserting(node, "anyOf"):
        null: dict[str, Json] = {"type": "null"}
        if null not in node["anyOf"]:
            made.append(null)
            node["anyOf"] = [*node["anyOf"], null]
            log.reread(node, "nullable", value, "OpenAPI gives it a meaning only beside type")
    elif blind:
        _or_null(node, value, log, made)


def _asserting(node: dict[str, Json], but: str) -> bool:
    return any(key != but and key in ASSERTIONS for key in node)


def _or_null(node: dict[str, Json], value: Json, log: Log, made: Made) -> None:
    inner = {key: held for key, held in node.items() if key not in TELLING}
    null: dict[str, Json] = {"type": "null"}
    made += [inner, null]
    outer = {key: held for key, held in node.items() if key in TELLING}
    node.clear()
    node.update(outer, anyOf=[inner, null])
    log.reread(node, "nullable", value, "OpenAPI gives it a meaning only beside type")
