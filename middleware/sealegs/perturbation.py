"""What perturbation injection is made of: operators and profiles.

Only what registration needs stands here yet: a name, so that two of a kind cannot clash.
"""

from __future__ import annotations

from typing import Protocol

__all__ = ["Named", "Perturbation", "Profile"]


class Named(Protocol):
    """Has a name of its own within its kind."""

    @property
    def name(self) -> str:
        """The name."""
        ...


class Perturbation(Named, Protocol):
    """One way to disturb one surface."""


class Profile(Named, Protocol):
    """A choice of perturbations with their severities."""
