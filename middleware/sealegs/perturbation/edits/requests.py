"""What becomes of what a model is told: tools, texts, turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sealegs.jsons import Json

__all__ = [
    "AddedTool",
    "Inserted",
    "SaidTurn",
    "Spliced",
    "ToolChange",
    "ToolsEdit",
    "TurnsEdit",
]


@dataclass(frozen=True, slots=True)
class ToolChange:
    """What becomes of one definition; ``None``: as it was.

    Attributes:
        name: its new name. Calls, results and mentions follow it, and are translated back.
        description: its new description.
        parameters: its new JSON Schema, with the parameters' new names in it.
        arguments: new name to own name of each renamed parameter at the top level.
        dropped: further arguments that the tool itself does not know; taken off its calls.
    """

    name: str | None = None
    description: str | None = None
    parameters: Json = None
    arguments: Mapping[str, str] = field(default_factory=dict[str, str])
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AddedTool:
    """A tool that the framework does not have.

    Attributes:
        name: its name.
        description: what the model is told.
        parameters: the JSON Schema of its arguments.
        answer: what a call of it is answered with in the tool's place, so that the framework never
            sees it; empty: the call goes through, and the framework says that it has no such tool.
        runs: the framework's own tool that a call of it stands for, where it is a twin of one.
    """

    name: str
    description: str
    parameters: Json
    answer: str = ""
    runs: str = ""


@dataclass(frozen=True, slots=True)
class ToolsEdit:
    """What becomes of a request's tools.

    Attributes:
        changes: by the framework's own name of the tool.
        added: tools that are put behind the others.
        removed: own names of tools that are left out.
        order: own and added names, in the order in which they are said; empty: as they stand. What
            is not named here keeps its place behind.
    """

    changes: Mapping[str, ToolChange] = field(default_factory=dict[str, ToolChange])
    added: tuple[AddedTool, ...] = ()
    removed: tuple[str, ...] = ()
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spliced:
    """A text with a part replaced: characters ``start`` to ``end`` are now ``text``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class SaidTurn:
    """One turn as an operator sees it.

    Attributes:
        role: ``system``, ``user``, ``assistant`` or ``tool``.
        digest: names what it says.
        text: its visible text.
        calls: how many tools it calls.
        results: how many results it holds.
    """

    role: str
    digest: str
    text: str
    calls: int = 0
    results: int = 0


@dataclass(frozen=True, slots=True)
class Inserted:
    """A turn that nobody said.

    Attributes:
        after: the digest of the turn that it comes behind; empty: before the first one.
        role: ``user``, ``assistant`` or ``system``.
        text: what it says.
    """

    after: str
    role: Literal["user", "assistant", "system"]
    text: str


@dataclass(frozen=True, slots=True)
class TurnsEdit:
    """What becomes of a conversation.

    Attributes:
        dropped: digests of turns that are left out. A call and its results go together.
        inserted: turns that are added.
    """

    dropped: tuple[str, ...] = ()
    inserted: tuple[Inserted, ...] = ()
