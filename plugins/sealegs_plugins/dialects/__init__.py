"""What providers accept in tool schemas: one file for each provider."""

from __future__ import annotations

from sealegs.schema.dialect import Dialect
from sealegs.specs import hookimpl

__all__ = ["ALL", "schema_dialects"]

ALL: tuple[Dialect, ...] = ()


@hookimpl
def schema_dialects() -> tuple[Dialect, ...]:
    """Contribute the dialects."""
    return ALL
