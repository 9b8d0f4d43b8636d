"""Places, operators that disturb them, and a script that reaches each once: no agent, no client."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sealegs import Settings
from sealegs.perturbation.drawing import digest
from sealegs.perturbation.edits import (
    Fault,
    Raised,
    Said,
    Spliced,
    ToolCall,
    ToolChange,
    ToolsEdit,
)
from sealegs.perturbation.operators import (
    About,
    FaultOperator,
    Label,
    Operator,
    ResultOperator,
    Sheet,
    Site,
    Surface,
    TextOperator,
    ToolsOperator,
)
from sealegs.perturbation.profiles import Profile, Use
from sealegs.perturbation.trial import Active, Edit, Injection
from sealegs.perturbation.trials.engine import RunningTrial, begin
from sealegs.perturbation.trials.receipts import TrialRecord
from sealegs.schema.definition import ToolDefinition

STAGING = Settings(perturbation={"environment": "staging"})  # type: ignore[arg-type]
TOOLS = (ToolDefinition("search"), ToolDefinition("book_flight"), ToolDefinition("cancel"))


def sheet(
    name: str, surface: Surface, label: Label = "invariant", *, rate: float = 1.0, **more: Any
) -> Sheet:
    """Facts of an operator with one parameter, ``share``, that grows with the severity."""
    return Sheet(
        name=name,
        code="X1",
        surface=surface,
        label=label,
        summary="for tests",
        parameters=({"share": 0.2}, {"share": 0.5}, {"share": 0.9}),
        source="none",
        rate=rate,
        **more,
    )


@dataclass(frozen=True)
class Noise:
    """Replaces characters of a text: draws first, and then looks at its parameter."""

    name: str = "noise"
    surface: Surface = "user_prompt"
    label: Label = "invariant"
    rate: float = 1.0

    @property
    def sheet(self) -> Sheet:
        return sheet(self.name, self.surface, self.label, rate=self.rate)

    def text(self, text: str, about: About) -> str | None:
        share = about.parameters["share"]
        made = [
            "#" if char != " " and about.draw.unit(f"at/{index}") < share else char
            for index, char in enumerate(text)
        ]
        return "".join(made)


@dataclass(frozen=True)
class Renames:
    """Renames tools."""

    name: str = "renames"
    rate: float = 1.0

    @property
    def sheet(self) -> Sheet:
        return sheet(self.name, "tool_info", rate=self.rate)

    def tools(self, tools: Sequence[ToolDefinition], about: About) -> ToolsEdit | None:
        chosen = [
            tool for tool in tools if about.draw.sub(tool.name).unit() < about.parameters["share"]
        ]
        return ToolsEdit({tool.name: ToolChange(name=f"{tool.name}_2") for tool in chosen})


@dataclass(frozen=True)
class Empties:
    """Empties results."""

    name: str = "empties"
    rate: float = 0.5

    @property
    def sheet(self) -> Sheet:
        return sheet(self.name, "tool_response", "recoverable", rate=self.rate)

    def result(self, call: ToolCall, value: Any, about: About) -> tuple[Any] | None:
        return (about.draw.below(1000),)


@dataclass(frozen=True)
class Resets:
    """Resets connections."""

    name: str = "resets"
    rate: float = 0.3

    @property
    def sheet(self) -> Sheet:
        return sheet(self.name, "transport", "recoverable", rate=self.rate)

    def fault(self, about: About) -> Fault | None:
        return Raised("reset", seconds=about.draw.unit())


OPERATORS: Mapping[str, Operator] = {
    one.name: one
    for one in (
        Noise(),
        Noise("prompt-noise", "system_prompt", rate=0.5),
        Renames(),
        Empties(),
        Resets(),
    )
}
PROFILE = Profile(name="all", uses=tuple(Use(operator=name) for name in OPERATORS))


def using(*uses: Use | str, **more: Any) -> Profile:
    made = tuple(Use(operator=one) if isinstance(one, str) else one for one in uses)
    return Profile(name="mine", uses=made, **more)


def start(profile: Profile = PROFILE, **more: Any) -> RunningTrial:
    given: dict[str, Any] = {"catalog": OPERATORS, "settings": STAGING, "case": "case-1", **more}
    return begin(profile, **given)


# ------------------------------------------------------------------ reaching places


def spliced(before: str, after: str) -> tuple[Spliced, ...]:
    return (Spliced(0, len(before), after),) if after != before else ()


def _edit(operator: Any, text: str, about: About) -> tuple[Spliced, ...]:
    return spliced(text, operator.text(text, about) or text)


def say(
    trial: RunningTrial, text: str, surface: Surface = "user_prompt", *, turn: int = 0
) -> list[Injection]:
    """Reach a text, as a model tap does; gives what fires there."""
    site = Site(surface, f"text:{digest(text)}", turn=turn)
    fired: list[Injection] = []
    for active in trial.of(TextOperator, surface):
        found = trial.consider(
            active,
            site,
            partial(_edit, active.operator, text),
            before=digest(text),
            after=lambda edit: digest(str(edit)),
            text=text,
        )
        fired += [found] if found else []
    return fired


def _fires(
    trial: RunningTrial,
    kind: type[Any],
    site: Site,
    ask: Callable[[Any, About], Edit | None],
    before: str = "",
) -> list[Injection]:
    made = [
        trial.consider(active, site, partial(ask, active.operator), before=before)
        for active in trial.of(kind)
    ]
    return [one for one in made if one is not None]


def offer(trial: RunningTrial) -> list[Injection]:
    """Reach a toolset."""
    site = Site("tool_info", "toolset")
    names = digest(",".join(tool.name for tool in TOOLS))
    return _fires(trial, ToolsOperator, site, lambda it, about: it.tools(TOOLS, about), names)


def call(trial: RunningTrial, tool: str, number: int, *, turn: int = 1) -> list[Injection]:
    """Reach a tool's result."""
    site = Site("tool_response", f"tool:{tool}/{digest(str(number))}", turn=turn, tool=tool)
    asked = ToolCall(tool, {"n": number})

    def ask(operator: Any, about: About) -> Edit | None:
        made = operator.result(asked, number, about)
        return None if made is None else Said(made[0])

    return _fires(trial, ResultOperator, site, ask, digest(str(number)))


def send(trial: RunningTrial, number: int) -> list[Injection]:
    """Reach an exchange with a model."""
    site = Site("transport", f"model:abc/{number}", turn=number)
    return _fires(trial, FaultOperator, site, lambda it, about: it.fault(about))


def places() -> list[Callable[[RunningTrial], Any]]:
    """All places that a run of the script reaches, in no order that counts."""
    texts = ("book the cheapest flight", "from AMS to LIS", "thank you")
    return [
        offer,
        *(lambda trial, text=text: say(trial, text) for text in texts),
        *(lambda trial, text=text: say(trial, text, "system_prompt") for text in texts),
        *(lambda trial, n=n: call(trial, "search", n) for n in range(4)),
        *(lambda trial, n=n: send(trial, n) for n in range(4)),
    ]


def run(order: Iterable[Callable[[RunningTrial], Any]], **more: Any) -> TrialRecord:
    """Run a trial that reaches places in an order."""
    with start(**more) as trial:
        for reach in order:
            reach(trial)
    return trial.record()


def injections(record: TrialRecord) -> dict[str, Injection]:
    return {one.injection.id: one.injection for one in record.receipts if one.fired}


def first(trial: RunningTrial, kind: type[Any]) -> Active:
    return trial.of(kind)[0]
