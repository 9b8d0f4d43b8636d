"""The wire formats, one module each."""

from __future__ import annotations

from sealegs.specs import hookimpl
from sealegs.wire import Wire

from .openai_chat import OpenAIChat

__all__ = ["ALL", "wires"]

ALL: tuple[Wire, ...] = (OpenAIChat(),)


@hookimpl
def wires() -> tuple[Wire, ...]:
    """Contribute the wire formats."""
    return ALL
