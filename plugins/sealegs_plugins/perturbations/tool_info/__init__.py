"""Operators on the surface ``tool_info``."""

from __future__ import annotations

from sealegs.perturbation.operators import Operator

__all__ = ["OPERATORS"]

OPERATORS: tuple[Operator, ...] = ()
"""All of them, in the order of the catalogue."""
