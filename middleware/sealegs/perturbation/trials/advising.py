"""Why an operator did nothing, in words that say what would let it."""

from __future__ import annotations

from sealegs.jsons import Json, dump
from sealegs.perturbation.operators import (
    CallOperator,
    FaultOperator,
    Operator,
    ResultOperator,
    TextOperator,
    ToolsOperator,
    WorldOperator,
)
from sealegs.perturbation.trials.selecting import Choice

__all__ = ["nothing_there", "unreached"]

_UNTAPPED = (
    "no request to a model passed a tap in the trial: enable the client that the agent uses, and "
    "run the agent in the trial's own context"
)
_TOOLS = "no tapped tool was called in the trial: tap the tools where they run"
_NEITHER = (
    "no tapped tool was called, and no request to a model passed a tap: tap the tools or the "
    "client, and run the agent in the trial's own context"
)
_RESULTS = "no tool was called in the trial: give it a task that needs one"
_CALLS = (
    "no HTTP call of a tool passed a tap in the trial: wrap the client with which tools make them"
)
_WORLD = "no disturbed world was entered in the trial: let the agent work within one"
_SYSTEM = "no request had a system prompt"
_USER = "no request had a text of the user's"
_OFFERED = "no request offered a tool"
_OTHERS = "no place was reached where it can fire"


def unreached(choice: Choice, *, requests: int, tapped: bool) -> str:
    """Say why an operator met no place at all.

    Args:
        choice: the operator, as its profile uses it.
        requests: how many requests to models passed a tap.
        tapped: whether a tapped tool was called.
    """
    scope = choice.active.use.scope.model_dump(exclude_defaults=True, exclude={"cases", "share"})
    if scope and (requests or tapped):
        said = ", ".join(f"{name} {_listed(value)}" for name, value in scope.items())
        return f"nothing within its scope was reached: {said}"
    return _without(choice.active.operator, requests=requests, tapped=tapped)


def _listed(value: Json) -> str:
    return value if isinstance(value, str) else dump(value).decode()


def _without(operator: Operator, *, requests: int, tapped: bool) -> str:
    outside = _outside(operator)
    if outside:
        return outside
    if isinstance(operator, ResultOperator):
        return _RESULTS if requests or tapped else _NEITHER
    return _within(operator) if requests else _UNTAPPED


def _outside(operator: Operator) -> str:
    """Say what is missing beside requests to models; empty: they are all that it takes."""
    if isinstance(operator, WorldOperator):
        return _WORLD
    if isinstance(operator, CallOperator):
        return _TOOLS
    calls = isinstance(operator, FaultOperator) and operator.sheet.surface == "environment"
    return _CALLS if calls else ""


def _within(operator: Operator) -> str:
    """Say what no request had."""
    if isinstance(operator, ToolsOperator):
        return _OFFERED
    if isinstance(operator, TextOperator):
        return _SYSTEM if operator.sheet.surface == "system_prompt" else _USER
    return _OTHERS


def nothing_there(choice: Choice) -> str:
    """Say why an operator did nothing at a place that it was asked about."""
    finds, share = choice.active.operator.sheet.finds, choice.parameters.get("share")
    said = "the operator found nothing to disturb"
    if finds:
        said = f"{said}: it looks for {finds}"
    if isinstance(share, int | float) and not isinstance(share, bool) and share < 1:
        said = f"{said}; of what it finds it takes a share of {share:g}"
    return said
