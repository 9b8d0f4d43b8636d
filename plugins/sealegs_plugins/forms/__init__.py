"""Forms in which tool definitions come and go: one file for each."""

from __future__ import annotations

from sealegs.schema.forms import ToolForm
from sealegs.specs import hookimpl

__all__ = ["ALL", "tool_forms"]

ALL: tuple[ToolForm, ...] = ()


@hookimpl
def tool_forms() -> tuple[ToolForm, ...]:
    """Contribute the forms."""
    return ALL
