"""Fault lenses: how the providers behind each wire format word what goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealegs.specs import hookimpl

if TYPE_CHECKING:
    from sealegs.perturbation.saying import FaultLens

__all__ = ["fault_lenses"]


@hookimpl
def fault_lenses() -> tuple[FaultLens, ...]:
    """Contribute them."""
    return ()
