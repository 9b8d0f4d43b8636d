"""What becomes of a tool's call and of its result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from sealegs.jsons import Json

__all__ = [
    "Failed",
    "Pretended",
    "Said",
    "Slowed",
    "ToolCall",
    "ToolFault",
]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool, by the framework's own names."""

    tool: str
    arguments: Json
    id: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """The tool ran, and its result is said otherwise.

    Attributes:
        value: the result as the agent gets it.
        error: whether it is marked as an error; ``None``: as it was.
    """

    value: Json
    error: bool | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The tool raises.

    Attributes:
        kind: ``error``, ``timeout``, ``connection``, ``permission``, ``not_found`` or ``value``:
            the built-in exception that is raised.
        message: its text.
        ran: whether the tool did its work first, so that only the answer is lost.
    """

    kind: Literal["error", "timeout", "connection", "permission", "not_found", "value"]
    message: str
    ran: bool = False


@dataclass(frozen=True, slots=True)
class Pretended:
    """The tool does not run, and its result says that it did."""

    value: Json


@dataclass(frozen=True, slots=True)
class Slowed:
    """The tool runs, later."""

    seconds: float


ToolFault: TypeAlias = Failed | Pretended | Slowed
