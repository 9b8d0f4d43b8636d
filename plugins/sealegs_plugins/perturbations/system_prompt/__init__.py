"""Operators on the surface ``system_prompt``."""

from __future__ import annotations

from sealegs.perturbation.operators import Operator
from sealegs_plugins.perturbations.system_prompt.additions import (
    Persona,
    PolicyPadding,
    ScaffoldBoilerplate,
)
from sealegs_plugins.perturbations.system_prompt.override import SystemOverride
from sealegs_plugins.perturbations.system_prompt.policies import (
    ContradictoryInstruction,
    PolicyMutation,
)
from sealegs_plugins.perturbations.system_prompt.prompt_format import PromptFormat
from sealegs_plugins.perturbations.system_prompt.rule_order import RuleOrder
from sealegs_plugins.perturbations.system_prompt.supplied_texts import (
    CallFormat,
    CousinPrompt,
    RuleParaphrase,
)
from sealegs_plugins.perturbations.system_prompt.truncation import PromptTruncation

__all__ = ["OPERATORS"]

OPERATORS: tuple[Operator, ...] = (
    PromptFormat(),
    CallFormat(),
    RuleOrder(),
    RuleParaphrase(),
    Persona(),
    ScaffoldBoilerplate(),
    PolicyPadding(),
    ContradictoryInstruction(),
    PolicyMutation(),
    PromptTruncation(),
    SystemOverride(),
    CousinPrompt(),
)
"""All of them, in the order of the catalogue."""
