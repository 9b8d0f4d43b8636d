"""A12: replies of another model, and tokens that were not used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.edits import BrokenCalls
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.transport.striking import strikes

__all__ = ["WrongModel"]

_SHEET: Final = Sheet(
    name="wrong-model",
    code="A12",
    surface="transport",
    label="recoverable",
    summary="the reply names another model, or counts many times the tokens",
    parameters=(
        {"model": "another-model", "usage": 1.0, "burst": 0},
        {"model": "", "usage": 10.0, "burst": 0},
        {"model": "another-model", "usage": 100.0, "burst": 0},
    ),
    further={"share": 1.0},
    source="pytest-resilience-agent (wrong_model_returned); the factors are our own",
    checked="that budgets and checks of the model, where the agent has them, take note",
)


@dataclass(frozen=True, slots=True)
class WrongModel:
    """Lets a reply say something else of itself.

    Parameters: ``model`` that it names; ``usage``, what its tokens are multiplied with; ``burst``
    and ``share``.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> wrong = WrongModel()
    >>> wrong.fault(about(wrong, 1)).model
    'another-model'
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def fault(self, about: About, /) -> BrokenCalls | None:
        """Say what the reply says."""
        if not strikes(about):
            return None
        model: str = about.parameters["model"]
        return BrokenCalls(model=model, usage=float(about.parameters["usage"]))
