"""Operators on the surface ``system_prompt``."""

from __future__ import annotations

from sealegs.perturbation.operators import Operator
from sealegs_plugins.perturbations.system_prompt.prompt_format import PromptFormat
from sealegs_plugins.perturbations.system_prompt.rule_order import RuleOrder

__all__ = ["OPERATORS"]

OPERATORS: tuple[Operator, ...] = (PromptFormat(), RuleOrder())
"""All of them, in the order of the catalogue."""
