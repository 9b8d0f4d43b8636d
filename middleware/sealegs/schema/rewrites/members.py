"""What an intersection says of an object: its properties, and what it takes beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from sealegs.jsons import Json
from sealegs.schema.rewrites.gathering import Facts
from sealegs.schema.rewrites.parts import Meet, Part
from sealegs.schema.rewrites.rules import AMBIGUOUS

__all__ = ["Members", "members"]


@dataclass(slots=True)
class Members:
    """An object's properties.

    Attributes:
        named: what each declared property must fit, all parts taken together.
        required: names that must be there, in order.
        closed: whether nothing may stand beside the declared ones.
        told: whether it is said at all what may stand beside them.
        values: alternatives of which each other property must fit at least one.
        patterns: the patterns of ``patternProperties``, in order.
        keyed: the pattern that the names of all others must match, if that is all that is said.
        exact: whether the alternatives say all that is said of other properties.
    """

    named: dict[str, Meet] = field(default_factory=dict[str, Meet])
    required: list[str] = field(default_factory=list[str])
    closed: bool = False
    told: bool = False
    values: list[Meet] = field(default_factory=list[Meet])
    patterns: list[str] = field(default_factory=list[str])
    keyed: str = ""
    exact: bool = True


def members(facts: Facts) -> Members:
    """Merge what the parts say of an object's properties."""
    parts = [part for part in facts.parts if not _SHAPE.isdisjoint(part.schema)]
    found = Members()
    seen: set[str] = set()
    for part in parts:
        for name in part.schema.get("required", ()):
            if name not in seen:
                seen.add(name)
                found.required.append(name)
        for name in part.schema.get("properties", ()):
            found.named.setdefault(name, ())
    if len(parts) == 1 and "patternProperties" not in parts[0].schema:
        schema, place = parts[0]
        below = (place, "properties")
        for name, value in schema.get("properties", {}).items():
            found.named[name] = (Part(value, (below, name)),)
        _others(found, parts)
        return found
    for name in found.named:
        found.named[name] = tuple(said for part in parts for said in _about(part, name))
    _others(found, parts)
    return found


_SHAPE = frozenset({"properties", "patternProperties", "additionalProperties", "required"})


def _about(part: Part, name: str) -> list[Part]:
    """Give what one part says of a property."""
    schema = part.schema
    declared = name in schema.get("properties", ())
    said = [part.child("properties", name)] if declared else []
    patterns = schema.get("patternProperties", ())
    said += [part.child("patternProperties", pattern) for pattern in patterns if _in(pattern, name)]
    if not said and "additionalProperties" in schema:
        said.append(part.child("additionalProperties"))
    return said


def _others(found: Members, parts: list[Part]) -> None:
    """Work out what may stand beside the declared properties."""
    extra: list[Part] = []
    patterned: list[Part] = []
    shut = free = False
    ordered: dict[str, None] = {}
    for part in parts:
        patterns: Json = part.schema.get("patternProperties", {})
        ordered |= dict.fromkeys(patterns)
        patterned += [part.child("patternProperties", pattern) for pattern in patterns]
        if "additionalProperties" not in part.schema:
            free = free or bool(patterns)
            continue
        found.told = True
        shut = shut or part.schema["additionalProperties"] is False
        found.closed = found.closed or (
            part.schema["additionalProperties"] is False and not patterns
        )
        extra.append(part.child("additionalProperties"))
    found.patterns = list(ordered)
    found.told = found.told or bool(patterned)
    if found.closed:
        return
    alone = len(parts) == 1 and len(patterned) == 1 and shut and not found.named
    found.keyed = found.patterns[0] if alone and patterned[0].schema is not False else ""
    found.exact = not patterned or bool(found.keyed)
    found.values = [(part,) for part in patterned if part.schema is not False]
    others = [part for part in extra if part.schema not in (False, True, {})]
    if not shut and (others or free or not patterned):
        found.values.append(tuple(others) if not free else ())
    if shut and not found.values:
        found.closed = True


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    if AMBIGUOUS.search(pattern):
        return None
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return None


def _in(pattern: str, name: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is not None and compiled.search(name) is not None
