"""Trials and small operators, each of which does one thing, for tests of what taps make of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sealegs import Settings
from sealegs.perturbation.drawing import digest
from sealegs.perturbation.edits import SaidTurn, ToolCall, ToolChange, ToolsEdit, TurnsEdit
from sealegs.perturbation.operators import About, Label, Sheet, Surface
from sealegs.perturbation.profiles import Profile, Scope, Use
from sealegs.perturbation.trials.engine import RunningTrial, begin
from sealegs.perturbation.trials.receipts import Receipt, TrialRecord
from sealegs.schema.definition import ToolDefinition

STAGING = Settings.model_validate({"perturbation": {"environment": "test"}})


def sheet(name: str, surface: Surface, label: Label = "invariant") -> Sheet:
    return Sheet(
        name=name,
        code="X1",
        surface=surface,
        label=label,
        summary=name,
        parameters=({}, {}, {}),
        source="a test",
    )


@dataclass
class Named:
    """What the operators have in common."""

    name: str
    surface: Surface = "tool_info"
    asked: int = 0

    @property
    def sheet(self) -> Sheet:
        return sheet(self.name, self.surface)


@dataclass
class Retooling(Named):
    """Says a tools edit that a test gives as a function."""

    edit: Callable[[Sequence[ToolDefinition]], ToolsEdit | None] = lambda tools: None

    def tools(self, tools: Sequence[ToolDefinition], about: About, /) -> ToolsEdit | None:
        self.asked += 1
        return self.edit(tools)


def renaming(names: Mapping[str, str], name: str = "renaming") -> Retooling:
    """Gives tools other names."""
    return Retooling(
        name,
        edit=lambda tools: ToolsEdit({old: ToolChange(name=new) for old, new in names.items()}),
    )


def permuting(name: str = "permuting") -> Retooling:
    """Gives each tool the name of the next one, and each of its parameters likewise."""
    return rotating(1, name)


def rotating(by: int, name: str = "rotating") -> Retooling:
    """Gives each tool the name of one so many further on, and each of its parameters likewise."""

    def edit(tools: Sequence[ToolDefinition]) -> ToolsEdit | None:
        ring = _ring([tool.name for tool in tools], by)
        return ToolsEdit({tool.name: _rotated(tool, ring[tool.name], by) for tool in tools})

    return Retooling(name, edit=edit)


def _ring(names: Sequence[str], by: int) -> dict[str, str]:
    known = list(dict.fromkeys(names))
    at = by % len(known)
    return dict(zip(known, [*known[at:], *known[:at]], strict=True))


def _rotated(tool: ToolDefinition, name: str, by: int) -> ToolChange:
    schema: Any = tool.parameters
    declared = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(declared, dict) or len(declared) < 2:
        return ToolChange(name=name)
    ring = _ring(list(declared), by)
    new = {**schema, "properties": {ring[own]: value for own, value in declared.items()}}
    if isinstance(schema.get("required"), list):
        new["required"] = [ring.get(own, own) for own in schema["required"]]
    arguments = {new_name: own for own, new_name in ring.items()}
    return ToolChange(name=name, parameters=new, arguments=arguments)


@dataclass
class Wording(Named):
    """Edits texts by a function."""

    edit: Callable[[str], str | None] = lambda text: None

    def text(self, text: str, about: About, /) -> str | None:
        self.asked += 1
        return self.edit(text)


def shouting(surface: Surface, name: str = "") -> Wording:
    """Says every text in capitals."""
    return Wording(name or f"shouting-{surface}", surface, edit=str.upper)


@dataclass
class Spoiling(Named):
    """Edits results by a function of the call and the value."""

    surface: Surface = "tool_response"
    edit: Callable[[ToolCall, Any], tuple[Any] | None] = lambda call, value: None
    calls: list[ToolCall] = field(default_factory=list)

    def result(self, call: ToolCall, value: Any, about: About, /) -> tuple[Any] | None:
        self.asked += 1
        self.calls.append(call)
        return self.edit(call, value)


@dataclass
class Failing(Named):
    """Would let tools fail."""

    surface: Surface = "tool_response"

    def call(self, call: ToolCall, about: About, /) -> None:
        self.asked += 1


@dataclass
class Conversing(Named):
    """Says a turns edit by a function of the turns."""

    surface: Surface = "environment"
    edit: Callable[[Sequence[SaidTurn]], TurnsEdit | None] = lambda turns: None

    def turns(self, turns: Sequence[SaidTurn], about: About, /) -> TurnsEdit | None:
        self.asked += 1
        return self.edit(turns)


def trial(*operators: Any, scopes: Mapping[str, Scope] | None = None, **more: Any) -> RunningTrial:
    """A trial with the operators, in their order."""
    scoped = scopes or {}
    uses = tuple(Use(operator=one.name, scope=scoped.get(one.name, Scope())) for one in operators)
    known = {one.name: one for one in operators}
    profile = Profile(name="test", uses=uses, **more.pop("profile", {}))
    return begin(profile, catalog=known, settings=STAGING, case="case", **more)


def receipts(running: RunningTrial) -> Sequence[Receipt]:
    record: TrialRecord = running.record()
    return record.receipts


def delivered(running: RunningTrial) -> dict[str, list[bool]]:
    """Of each operator, whether each of its injections was delivered."""
    found: dict[str, list[bool]] = {}
    for one in receipts(running):
        found.setdefault(one.injection.operator, []).append(one.delivered)
    return found


def place(text: str) -> str:
    """Where a text stands, by the text as the framework sent it."""
    return f"text:{digest(text)}"
