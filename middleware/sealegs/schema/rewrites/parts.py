"""A subschema with the place that it came from, and intersections of several."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

from sealegs.jsons import Json, is_array

__all__ = ["ROOT", "Meet", "Part", "Place", "at", "pointer"]

Place: TypeAlias = "tuple[Place, str] | tuple[()]"
"""Where a subschema stands: its parent's place and one more token. Spelled only where needed."""

ROOT: Place = ()


class Part(NamedTuple):
    """One subschema and its place in the canonical schema."""

    schema: Json
    place: Place

    def child(self, *tokens: str) -> Part:
        """Give the subschema below, by its keys or indexes."""
        schema, place = self
        for token in tokens:
            schema = schema[int(token)] if is_array(schema) else schema[token]
            place = (place, token)
        return Part(schema, place)


Meet: TypeAlias = tuple[Part, ...]
"""An intersection: a value must fit every part. Most have one part; merging adds more."""


def at(place: Place, *tokens: str) -> Place:
    """Give a place further down."""
    for token in tokens:
        place = (place, token)
    return place


def pointer(place: Place) -> str:
    """Spell a place as a JSON Pointer.

    >>> pointer(at(ROOT, "properties", "a/b"))
    '/properties/a~1b'
    """
    tokens: list[str] = []
    here: Any = place
    while here:
        here, token = here
        tokens.append(token.replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{token}" for token in reversed(tokens))
