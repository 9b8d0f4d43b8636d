"""R15: results of parallel calls in another order, or twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.edits import BrokenResults, Fault
from sealegs.perturbation.operators import About, Sheet

__all__ = ["ResultOrder"]

_SHEET: Final = Sheet(
    name="result-order",
    code="R15",
    surface="tool_response",
    label="invariant",
    summary="results of parallel calls reach the model in another order than that of the calls",
    parameters=({"places": 2}, {"places": 3}, {"places": 8}),
    source="agentproof-sim (reordered tool results); how many are looked at is our own",
    needs=frozenset({"parallel_calls"}),
)


@dataclass(frozen=True, slots=True)
class ResultOrder:
    """Moves one of a request's newest results behind the others.

    It happens to the exchange with the model, where results go out together.

    Parameters: ``places``: of how many results one is drawn.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> order = ResultOrder()
    >>> order.fault(about(order))
    BrokenResults(what='reordered', index=1)
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def fault(self, about: About, /) -> Fault | None:
        """Say which one moves."""
        return BrokenResults("reordered", about.draw.below(about.parameters["places"], "index"))
