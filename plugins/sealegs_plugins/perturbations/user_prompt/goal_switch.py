"""U13: the user changes their mind while the agent is at work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sealegs.perturbation.edits import Inserted, SaidTurn, TurnsEdit
from sealegs.perturbation.literals import NOTHING
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.user_prompt.steps import behind_step, first_request
from sealegs_plugins.perturbations.variants import variant

__all__ = ["GoalSwitch"]

_SHEET: Final = Sheet(
    name="goal-switch",
    code="U13",
    surface="user_prompt",
    label="directional",
    summary="after a step of the agent's the user asks for something else",
    parameters=({"step": 1}, {"step": 2}, {"step": 3}),
    finds=(
        'a first message that supplies["variants"] has another wish for, and so many steps of the '
        "agent's behind it"
    ),
    source="ACEBench user_switch and user_adjust, Gaia2 adaptability; the steps are our own",
    needs=frozenset({"variants"}),
    checked="the end state and the answer that the new goal asks for",
)


@dataclass(frozen=True, slots=True)
class GoalSwitch:
    """Adds a turn of the user's in which the goal is another one.

    ``supplies["variants"]``: what the user says, by the first message, or by its digest; a list,
    for any message; or a callable that makes it of the first message.

    Parameters: ``step`` of the agent's (calls and their results) behind which it is said.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> switch = GoalSwitch()
    >>> told = about(switch, supplies={"variants": ["Make it two seats after all."]})
    >>> turns = [
    ...     SaidTurn("user", "u", "Book a seat."),
    ...     SaidTurn("assistant", "a", "", calls=1),
    ...     SaidTurn("tool", "t", "", results=1),
    ... ]
    >>> switch.turns(turns, told).inserted
    (Inserted(after='t', role='user', text='Make it two seats after all.'),)
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def turns(self, turns: Sequence[SaidTurn], about: About, /) -> TurnsEdit | None:
        """Say the turn that is added."""
        about.supplies["variants"]  # whether they are needed does not depend on a step
        first, last = first_request(turns), behind_step(turns, about.parameters["step"])
        if first is None or last is None:
            return None
        told = replace(about, literals=NOTHING, parameters={**about.parameters, "keep": ()})
        text = variant(first.text, told, about.draw.sub(first.digest), key=first.digest)
        return TurnsEdit(inserted=(Inserted(last.digest, "user", text),)) if text else None
