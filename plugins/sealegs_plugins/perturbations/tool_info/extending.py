"""A parameter more at the top level of a tool's schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sealegs.jsons import Json, is_array, is_object
from sealegs_plugins.perturbations.tool_info.parameters import whole

__all__ = ["extended", "free_name"]

_CLOSED: Final = ("additionalProperties", "unevaluatedProperties", "maxProperties")


def free_name(schema: Json, names: Sequence[str]) -> str | None:
    """Give the first of several names that a parameter more can have.

    Returns:
        A name; ``None`` where all are in use, or where a branch of the schema would refuse it.
    """
    places = whole(schema)
    if places is None or any(_closes(node) for at, node in places.items() if at):
        return None
    used = {name for node in places.values() for name in _known(node)}
    return next((one for one in names if one not in used), None)


def extended(schema: Json, name: str, told: Mapping[str, Json], *, required: bool) -> Json:
    """Give a schema with a parameter more.

    >>> extended({"properties": {}}, "a", {"type": "string"}, required=True)
    {'properties': {'a': {'type': 'string'}}, 'required': ['a']}
    """
    changed: dict[str, Json] = dict(schema)
    changed["properties"] = {**schema.get("properties", {}), name: dict(told)}
    if required:
        changed["required"] = [*schema.get("required", ()), name]
    most = schema.get("maxProperties")
    if isinstance(most, int) and not isinstance(most, bool):
        changed["maxProperties"] = most + 1
    return changed


def _closes(node: dict[str, Json]) -> bool:
    """Say whether a branch would refuse a parameter more."""
    return any(node.get(keyword, True) is not True for keyword in _CLOSED)


def _known(node: dict[str, Json]) -> list[str]:
    declared, required = node.get("properties"), node.get("required")
    names: list[Json] = [*(declared if is_object(declared) else ())]
    return [*names, *(required if is_array(required) else ())]
