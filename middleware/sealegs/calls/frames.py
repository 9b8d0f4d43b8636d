"""Where a reader stands in a text: the containers that are open, and what was mended so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from sealegs.calls.repairs import Mend, Repair, RepairClass, worse
from sealegs.jsons import Json

__all__ = ["Frame", "Notes", "State", "steps_of", "unclosed"]

_MOST = 64

State: TypeAlias = Literal["open", "named", "valued", "next"]
"""What came last in a container: its opener, a member's name, a value, a comma."""


@dataclass(slots=True)
class Frame:
    """A container that is being read."""

    value: Json
    state: State = "open"
    key: str = ""

    @property
    def is_object(self) -> bool:
        """Whether it is an object, and not an array."""
        return isinstance(self.value, dict)


@dataclass(slots=True)
class Notes:
    """The repairs of one text; of very many only the first are kept, and each that is worse."""

    repairs: list[Repair] = field(default_factory=list[Repair])
    worst: RepairClass = "none"

    def add(self, pointer: str, repair: RepairClass, what: Mend) -> None:
        """Write down a repair."""
        if len(self.repairs) < _MOST or worse(repair, self.worst):
            self.repairs.append(Repair(pointer, repair, what))
        if worse(repair, self.worst):
            self.worst = repair


def unclosed(frame: Frame) -> Mend:
    """Say what a frame is if its closer is missing."""
    return "unclosed object" if frame.is_object else "unclosed array"


def steps_of(stack: list[Frame]) -> list[str | int]:
    """Give the way to the place that is being read."""
    steps: list[str | int] = []
    for frame in stack:
        if not frame.is_object:
            steps.append(len(frame.value) - (frame.state == "valued"))
        elif frame.state in ("named", "valued"):
            steps.append(frame.key)
    return steps
