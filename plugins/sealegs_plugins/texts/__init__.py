"""Text lenses: where each wire format keeps what is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealegs.specs import hookimpl

if TYPE_CHECKING:
    from sealegs.perturbation.saying import TextLens

__all__ = ["text_lenses"]


@hookimpl
def text_lenses() -> tuple[TextLens, ...]:
    """Contribute them."""
    return ()
