"""Perturbation operators: a package for each surface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealegs.specs import hookimpl

if TYPE_CHECKING:
    from sealegs.perturbation.operators import Operator

__all__ = ["perturbations"]


@hookimpl
def perturbations() -> tuple[Operator, ...]:
    """Contribute the operators."""
    from sealegs_plugins.perturbations import (
        environment,
        system_prompt,
        tool_info,
        tool_response,
        transport,
        user_prompt,
    )

    return (
        *tool_info.OPERATORS,
        *system_prompt.OPERATORS,
        *user_prompt.OPERATORS,
        *environment.OPERATORS,
        *tool_response.OPERATORS,
        *transport.OPERATORS,
    )
