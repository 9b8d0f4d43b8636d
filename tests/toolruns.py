"""Operators that do one thing to tools, and trials in which tools run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sealegs import Settings
from sealegs.perturbation.edits import Failed, Pretended, Slowed, ToolCall, ToolFault
from sealegs.perturbation.operators import About, Label, Sheet
from sealegs.perturbation.profiles import Profile, Scope, Use
from sealegs.perturbation.trials.engine import RunningTrial, begin
from sealegs.perturbation.trials.receipts import Receipt

STAGING = Settings.model_validate({"perturbation": {"environment": "test"}})


def sheet(name: str, label: Label = "recoverable") -> Sheet:
    """Facts of an operator without parameters."""
    return Sheet(
        name=name,
        code="X1",
        surface="tool_response",
        label=label,
        summary=name,
        parameters=({}, {}, {}),
        source="a test",
    )


@dataclass(frozen=True)
class Ending:
    """Lets something happen in the place of a call."""

    what: ToolFault
    name: str = "ending"
    first: int | None = None

    @property
    def sheet(self) -> Sheet:
        return sheet(self.name)

    def call(self, call: ToolCall, about: About, /) -> ToolFault | None:
        late = self.first is not None and about.site.occurrence >= self.first
        return None if late else self.what


@dataclass(frozen=True)
class Saying:
    """Says a result otherwise."""

    edit: Callable[[Any], Any]
    name: str = "saying"

    @property
    def sheet(self) -> Sheet:
        return sheet(self.name)

    def result(self, call: ToolCall, value: Any, about: About, /) -> tuple[Any] | None:
        return (self.edit(value),)


FAILED = Failed("timeout", "no answer within 30 seconds")
LOST = Failed("connection", "the answer was lost", ran=True)
PRETENDED = Pretended({"status": "success"})
SLOWED = Slowed(0.01)


def trial(*operators: Any, uses: Mapping[str, Any] | None = None, **more: Any) -> RunningTrial:
    """A trial with operators, in their order; ``uses`` says more of one by its name."""
    made = tuple(Use(operator=one.name, **(uses or {}).get(one.name, {})) for one in operators)
    profile = Profile(name="tools", uses=made, **more.pop("profile", {}))
    known = {one.name: one for one in operators}
    return begin(profile, catalog=known, settings=STAGING, **{"case": "case", **more})


def receipts(running: RunningTrial) -> list[Receipt]:
    return list(running.record().receipts)


def became(running: RunningTrial) -> list[tuple[str, bool, str]]:
    """Of each injection its operator, whether it was delivered, and what shows or hinders it."""
    return [
        (one.injection.operator, one.delivered, one.evidence or one.reason)
        for one in receipts(running)
    ]


def tools(*names: str) -> dict[str, Any]:
    """A scope of tools."""
    return {"scope": Scope(tools=names)}
