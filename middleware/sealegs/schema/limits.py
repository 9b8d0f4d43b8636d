"""How much work one schema may cause, whoever wrote it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULT", "Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one schema; what lies beyond is a `sealegs.errors.SchemaLimitError`.

    Attributes:
        depth: how deep subschemas may be nested.
        nodes: how many subschemas there may be.
        inlined: how many subschemas may come of references written out; what lies beyond is taken
            as JSON text, so that a small schema never becomes a request of a megabyte.
        values: how many values one ``enum`` may hold.
        size: bytes of the schema as compact JSON.
    """

    depth: int = 128
    nodes: int = 100_000
    inlined: int = 1_000
    values: int = 10_000
    size: int = 1_000_000


DEFAULT = Limits()
