"""Which trial runs here. Light: every call to a model asks it, in production too."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sealegs.perturbation.trial import Trial

__all__ = ["current_trial", "trial_variable"]

trial_variable: ContextVar[Trial | None] = ContextVar("sealegs_trial", default=None)
"""Set by `sealegs.perturbation.trials.entering` alone."""


def current_trial() -> Trial | None:
    """Give the trial that runs here, if one does."""
    return trial_variable.get()
