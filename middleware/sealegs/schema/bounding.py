"""Bounds on what is walked, and the way to a place, which only an error needs to spell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sealegs.errors import SchemaLimitError
from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.keywords import KEYWORDS
from sealegs.schema.walking import joined

if TYPE_CHECKING:
    from sealegs.schema.limits import Limits

__all__ = ["Guard", "Path", "too_deep"]

_HELD = frozenset(
    name for name, row in KEYWORDS.items() if row.holds in ("schema", "schemas", "schema-map")
)
_DEEPEST = 250  # the run-time check reads 255 lists and objects in each other


class Path(NamedTuple):
    """The way from where a walk began to a place in the source.

    Attributes:
        above: the way to the schema around it; ``None`` where the walk began.
        step: from there to here.
        depth: how many schemas are around it.
        start: the pointer of where the walk began.
    """

    above: Path | None
    step: tuple[str | int, ...]
    depth: int = 0
    start: str = ""

    def pointer(self) -> str:
        """Spell it as a JSON Pointer."""
        steps: list[tuple[str | int, ...]] = []
        here = self
        while here.above is not None:
            steps.append(here.step)
            here = here.above
        return joined(here.start, *(part for step in reversed(steps) for part in step))


class Guard:
    """Counts what is walked, and stops the walk where it goes too far."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._count = limits, 0

    def look(self, node: dict[str, Json], path: Path, level: int) -> None:
        """Look at one schema.

        Args:
            node: the schema.
            path: the way to it.
            level: how many lists and objects are around it.

        Raises:
            SchemaLimitError: it is one too many, or too deep, or something in it is.
        """
        limits = self._limits
        self._count += 1
        if path.depth > limits.depth:
            raise SchemaLimitError(path.pointer(), f"deeper than {limits.depth} schemas")
        if level > _DEEPEST:
            raise SchemaLimitError(path.pointer(), f"deeper than {_DEEPEST} lists and objects")
        if self._count > limits.nodes:
            raise SchemaLimitError(path.pointer(), f"more than {limits.nodes} schemas")
        for key, value in node.items():
            if key in _HELD or value.__class__ not in (list, dict):
                continue
            if key == "enum" and len(value) > limits.values:
                pointer = joined(path.pointer(), key)
                raise SchemaLimitError(pointer, f"more than {limits.values} values")
            if too_deep(value, min(limits.depth, _DEEPEST - level)):
                raise SchemaLimitError(joined(path.pointer(), key), "data nested too deep")


def too_deep(value: Json, depth: int) -> bool:
    """Say whether data is nested deeper than allowed.

    >>> too_deep([[1]], 2), too_deep([[1]], 1), too_deep("text", 0)
    (False, True, False)
    """
    if not is_array(value) and not is_object(value):
        return False
    level: list[Json] = [value]
    for _ in range(depth):
        level = [
            inner for held in level for inner in _inner(held) if is_array(inner) or is_object(inner)
        ]
        if not level:
            return False
    return True


def _inner(held: Json) -> list[Json]:
    return list(held.values()) if is_object(held) else list(held)
