"""Fault lenses: how the providers behind each wire format word what goes wrong."""

from __future__ import annotations

from sealegs.perturbation.saying import FaultLens
from sealegs.specs import hookimpl

from .anthropic import AnthropicFaults
from .chat import ChatFaults

__all__ = ["ALL", "fault_lenses"]

ALL: tuple[FaultLens, ...] = (ChatFaults(), AnthropicFaults())


@hookimpl
def fault_lenses() -> tuple[FaultLens, ...]:
    """Contribute the lenses."""
    return ALL
