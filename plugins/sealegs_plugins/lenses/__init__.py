"""Where wire formats keep tools and calls: one file for each."""

from __future__ import annotations

from sealegs.calls.saying import ToolLens
from sealegs.specs import hookimpl

__all__ = ["ALL", "tool_lenses"]

ALL: tuple[ToolLens, ...] = ()


@hookimpl
def tool_lenses() -> tuple[ToolLens, ...]:
    """Contribute the lenses."""
    return ALL
