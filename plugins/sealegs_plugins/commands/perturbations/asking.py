"""What an operator says of the sample, and what becomes of the sample by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sealegs.jsons import Json
from sealegs.perturbation.edits import SaidTurn, TurnsEdit
from sealegs.perturbation.kinds import write_edit
from sealegs.perturbation.operators import (
    About,
    CallOperator,
    FaultOperator,
    Operator,
    ResultOperator,
    TextOperator,
    ToolsOperator,
    TurnsOperator,
    WorldOperator,
)
from sealegs_plugins.commands.perturbations import samples
from sealegs_plugins.commands.perturbations.equipping import (
    definitions,
    edited_tools,
    spelled_tools,
)
from sealegs_plugins.commands.schema.tables import as_json
from sealegs_plugins.perturbations.environment.sample import SAMPLE

__all__ = ["Answer", "Kind", "kind_of"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operator says of the sample.

    Attributes:
        edit: what it says, as JSON.
        after: the sample after it; nothing where no sample is changed, as for a fault.
    """

    edit: Json
    after: Json = None


@dataclass(frozen=True, slots=True)
class Kind:
    """How an operator is asked about the sample.

    Attributes:
        before: the sample; nothing where there is none.
        ask: asks; nothing: there is nothing to disturb.
        spell: writes the sample for people.
    """

    before: Json
    ask: Callable[[About], Answer | None]
    spell: Callable[[Json], str] = as_json


def kind_of(operator: Operator) -> Kind | None:
    """Find the sample that an operator disturbs; ``None``: there is none of its kind."""
    for protocol, make in _KINDS:
        if isinstance(operator, protocol):
            return make(operator)
    return None


def _tools(operator: ToolsOperator) -> Kind:
    def ask(told: About) -> Answer | None:
        edit = operator.tools(samples.TOOLS, told)
        return None if edit is None else Answer(write_edit(edit), edited_tools(samples.TOOLS, edit))

    return Kind(definitions(samples.TOOLS), ask, spelled_tools)


def _text(operator: TextOperator) -> Kind:
    prompt = operator.sheet.surface == "system_prompt"
    sample = samples.PROMPT if prompt else samples.REQUEST

    def ask(told: About) -> Answer | None:
        new = operator.text(sample, told)
        return None if new is None else Answer({"type": "text", "text": new}, new)

    return Kind(sample, ask, str)


def _turns(operator: TurnsOperator) -> Kind:
    def ask(told: About) -> Answer | None:
        edit = operator.turns(samples.TURNS, told)
        return None if edit is None else Answer(write_edit(edit), _edited_turns(edit))

    return Kind([_turn(turn) for turn in samples.TURNS], ask, "\n".join)


def _edited_turns(edit: TurnsEdit) -> Json:
    new = [f"{one.role}: {one.text}" for one in edit.inserted if not one.after]
    for turn in samples.TURNS:
        if turn.digest not in edit.dropped:
            new.append(_turn(turn))
        new += [f"{one.role}: {one.text}" for one in edit.inserted if one.after == turn.digest]
    return new


def _turn(turn: SaidTurn) -> str:
    return f"{turn.role}: {turn.text or f'({samples.CALL.tool} is called)'}"


def _result(operator: ResultOperator) -> Kind:
    def ask(told: About) -> Answer | None:
        new = operator.result(samples.CALL, samples.RESULT, told)
        return None if new is None else Answer({"type": "said", "value": new[0]}, new[0])

    return Kind(
        samples.RESULT, ask, lambda value: value if isinstance(value, str) else as_json(value)
    )


def _call(operator: CallOperator) -> Kind:
    def ask(told: About) -> Answer | None:
        fault = operator.call(samples.CALL, told)
        return None if fault is None else Answer(write_edit(fault))

    return Kind(None, ask)


def _fault(operator: FaultOperator) -> Kind:
    def ask(told: About) -> Answer | None:
        fault = operator.fault(told)
        return None if fault is None else Answer(write_edit(fault))

    return Kind(None, ask)


def _world(operator: WorldOperator) -> Kind:
    def ask(told: About) -> Answer | None:
        changes = tuple(operator.changes(SAMPLE, told))
        return Answer(write_edit(changes)) if changes else None

    return Kind(None, ask)


_KINDS: Final[tuple[tuple[type[Any], Callable[[Any], Kind]], ...]] = (
    (ToolsOperator, _tools),
    (TextOperator, _text),
    (TurnsOperator, _turns),
    (ResultOperator, _result),
    (CallOperator, _call),
    (FaultOperator, _fault),
    (WorldOperator, _world),
)
