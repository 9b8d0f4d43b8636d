"""Perturbation profiles that tests can name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealegs.specs import hookimpl

if TYPE_CHECKING:
    from sealegs.perturbation.profiles import Profile

__all__ = ["profiles"]


@hookimpl
def profiles() -> tuple[Profile, ...]:
    """Contribute them."""
    return ()
