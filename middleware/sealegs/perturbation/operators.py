"""What an operator is: one way to disturb one surface, stated so that a report can be believed.

An operator draws nothing by itself and changes nothing by itself. Given something to disturb, and a
`Draw`, it says what the edit is, as data (see `sealegs.perturbation.edits`); taps apply it, and a
plan keeps it, so that a replay does the very same whatever the operator has become since.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, runtime_checkable

from sealegs.jsons import Json
from sealegs.perturbation.drawing import Draw

if TYPE_CHECKING:
    from sealegs.perturbation.edits import (
        Fault,
        SaidTurn,
        ToolCall,
        ToolFault,
        ToolsEdit,
        TurnsEdit,
    )
    from sealegs.perturbation.literals import Literals
    from sealegs.perturbation.world import Change, World
    from sealegs.schema.definition import ToolDefinition

__all__ = [
    "About",
    "CallOperator",
    "FaultOperator",
    "Label",
    "Named",
    "Need",
    "Operator",
    "ResultOperator",
    "Severity",
    "Sheet",
    "Site",
    "Supplier",
    "Surface",
    "TextOperator",
    "ToolsOperator",
    "TurnsOperator",
    "WorldOperator",
]

Surface: TypeAlias = Literal[
    "tool_info", "system_prompt", "user_prompt", "environment", "tool_response", "transport"
]
"""What an agent acts on."""

Label: TypeAlias = Literal["invariant", "recoverable", "must_abstain", "directional", "adversarial"]
"""What a good agent does about it.

``invariant``: the same final state and answer. ``recoverable``: the same, with more steps.
``must_abstain``: notices that the task cannot be done any more, and says so without side effects.
``directional``: the right outcome changes, in a way that the test must know. ``adversarial``: does
the task and ignores what is hostile.
"""

Severity: TypeAlias = Literal[1, 2, 3]

Need: TypeAlias = Literal[
    "variants",  # reviewed texts, or a callable that makes them
    "policy",  # which rule of a prompt changes into what
    "tools",  # definitions of tools, such as distractors
    "slots",  # values of the user's message that a test knows
    "payloads",  # hostile texts
    "events",  # what happens in the background
    "world",  # a root with files, databases or a clock that the test gives
    "tool_tap",  # the place where the framework runs its tools
    "parallel_calls",  # several calls in one turn
    "stream",  # a streamed reply
    "transport",  # the client of a tool's own HTTP calls
]
"""What an operator needs that not every test has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The facts of an operator.

    Attributes:
        name: from the literature where there is one, such as ``tool-name-noise``.
        code: its number in the catalogue, such as ``T1``.
        surface: what it disturbs.
        label: what a good agent does about it.
        summary: one line.
        parameters: what severity 1, 2 and 3 stand for; each the same names.
        source: of the operator and of its figures.
        rate: how likely it fires at a place where it can, where the profile says nothing.
        needs: what it needs beside the model's requests.
        checked: what a test must be able to check, for the label to mean anything; empty: the
            end state alone.
        by_turn: whether what it says of the same thing depends on the turn, so that a tap asks it
            anew at each; otherwise what it said once of a thing holds ever after.
        further: parameters that no severity sets, with what each is where the profile says nothing.
        finds: what it looks for at a place, where that need not be there; told where it was not.
    """

    name: str
    code: str
    surface: Surface
    label: Label
    summary: str
    parameters: tuple[Mapping[str, Json], Mapping[str, Json], Mapping[str, Json]]
    source: str
    rate: float = 1.0
    needs: frozenset[Need] = frozenset()
    checked: str = ""
    further: Mapping[str, Json] = field(default_factory=dict[str, Json])
    by_turn: bool = False
    finds: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """One place where an operator may fire. Equal in every run that gets there.

    Attributes:
        surface: which surface it is on.
        agent: the agent, or session, within the trial; empty where there is only one.
        place: what is there: ``toolset``, ``text:DIGEST`` of the text as it came, ``turns``,
            ``tool:NAME/DIGEST`` of a call and its arguments, ``model:DIGEST/TURN`` of a request
            (the first user turn, and how many assistant turns stand in it), ``world``.
        occurrence: the how-manieth among identical ones, from 0: a retry is the next one.
        turn: how many turns the model had had. Told in reports, and not a part of the key.
        tool: the tool's own name, where there is one. Likewise.
    """

    surface: Surface
    place: str
    agent: str = ""
    occurrence: int = 0
    turn: int = field(default=0, compare=False)
    tool: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """The site as it stands in plans."""
        return f"{self.surface}|{self.agent}|{self.place}|{self.occurrence}"


@dataclass(frozen=True, slots=True)
class About:
    """What an operator is told beside the thing that it may disturb.

    Attributes:
        parameters: those of the severity, with what the profile says otherwise.
        draw: for all that is random; keyed by seed, case, repetition, operator and site. It does
            not depend on the severity: draw first, then compare with a parameter.
        site: where this is.
        literals: what must not be destroyed.
        supplies: what profile and test give, by `Need`.
        run: as ``draw``, but the same at all places of a trial: for what a place shares with
            others, such as an outage that lasts. ``None``: nothing is shared.
    """

    parameters: Mapping[str, Json]
    draw: Draw
    site: Site
    literals: Literals
    supplies: Mapping[str, Json] = field(default_factory=dict[str, Json])
    run: Draw | None = None


class Named(Protocol):
    """Has a name of its own within its kind."""

    @property
    def name(self) -> str:
        """The name."""
        ...


@runtime_checkable
class Operator(Named, Protocol):
    """One way to disturb one surface. Also implements at least one of the protocols below."""

    @property
    def sheet(self) -> Sheet:
        """Its facts."""
        ...


@runtime_checkable
class ToolsOperator(Operator, Protocol):
    """Disturbs definitions: names, descriptions, parameters, order, what is there at all."""

    def tools(self, tools: Sequence[ToolDefinition], about: About, /) -> ToolsEdit | None:
        """Say the edit; ``None``: there is nothing to disturb.

        Draws of one tool are keyed by its name (``about.draw.sub(tool.name)``), so that tools which
        come and go leave the others' edits alone.
        """
        ...


@runtime_checkable
class TextOperator(Operator, Protocol):
    """Disturbs one text: of the system prompt, or of a user's message, by its surface."""

    def text(self, text: str, about: About, /) -> str | None:
        """Give the text as disturbed; ``None``: there is nothing to disturb."""
        ...


@runtime_checkable
class TurnsOperator(Operator, Protocol):
    """Disturbs the conversation: turns that are lost, repeated or added."""

    def turns(self, turns: Sequence[SaidTurn], about: About, /) -> TurnsEdit | None:
        """Say the edit; ``None``: there is nothing to disturb.

        Asked at every request, with all its turns. It must say of old turns what it said before,
        so draws are keyed by a turn's digest.
        """
        ...


@runtime_checkable
class ResultOperator(Operator, Protocol):
    """Disturbs what a tool gave, after it ran. Works at every tap."""

    def result(self, call: ToolCall, value: Json, about: About, /) -> tuple[Json] | None:
        """Give the value as disturbed, in a tuple; ``None``: there is nothing to disturb.

        Args:
            call: the call that it answers.
            value: what the tool gave; a text where it is no JSON. A text that holds JSON comes as
                the value that it holds, and goes back as text.
            about: where this is, and how severe.
        """
        ...


@runtime_checkable
class CallOperator(Operator, Protocol):
    """Disturbs the running of a tool: it fails, is slow, or only seems to run."""

    def call(self, call: ToolCall, about: About, /) -> ToolFault | None:
        """Say what happens instead; ``None``: nothing does. Asked before the tool runs."""
        ...


@runtime_checkable
class FaultOperator(Operator, Protocol):
    """Disturbs an exchange with a model's API."""

    def fault(self, about: About, /) -> Fault | None:
        """Say what happens to the exchange; ``None``: nothing does."""
        ...


@runtime_checkable
class WorldOperator(Operator, Protocol):
    """Disturbs what stands outside: files, databases, clocks."""

    def changes(self, world: World, about: About, /) -> Sequence[Change]:
        """Say what to change; nothing where there is nothing to disturb. Changes nothing itself."""
        ...


Supplier: TypeAlias = Callable[[str], Sequence[str]]
"""Makes variants of a text, where a test gives a callable; its results are frozen in the plan."""
