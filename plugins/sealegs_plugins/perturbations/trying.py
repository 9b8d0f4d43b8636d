"""What an operator is told, made by hand: for examples, and to see what an operator does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sealegs.jsons import Json
from sealegs.perturbation.drawing import Draw
from sealegs.perturbation.literals import NOTHING, Literals
from sealegs.perturbation.operators import About, Operator, Severity, Site, Surface
from sealegs.perturbation.trials.selecting import Supplies

__all__ = ["about"]

_PLACES: Final[Mapping[Surface, str]] = {
    "tool_info": "toolset",
    "system_prompt": "text:sample",
    "user_prompt": "text:sample",
    "environment": "world",
    "tool_response": "tool:sample/sample",
    "transport": "model:sample/0",
}


def about(
    operator: Operator,
    severity: Severity = 1,
    *,
    seed: int = 0,
    turn: int = 0,
    occurrence: int = 0,
    literals: Literals = NOTHING,
    supplies: Mapping[str, Json] | None = None,
    parameters: Mapping[str, Json] | None = None,
) -> About:
    """Make what an operator is told outside of any trial.

    Args:
        operator: the operator.
        severity: which of its parameters.
        seed: for its draws.
        turn: how many turns the model had had.
        occurrence: how often it was here before.
        literals: what must not be destroyed.
        supplies: what profile and test would give.
        parameters: in the place of the severity's.
    """
    sheet = operator.sheet
    site = Site(sheet.surface, _PLACES[sheet.surface], occurrence=occurrence, turn=turn)
    key = (seed, "sample", 0, sheet.surface, sheet.name)
    return About(
        {**sheet.further, **sheet.parameters[severity - 1], **(parameters or {})},
        Draw.of(*key, site.key),
        site,
        literals,
        Supplies(supplies or {}),
        Draw.of(*key),
    )
