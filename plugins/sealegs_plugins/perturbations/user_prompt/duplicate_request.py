"""U17: the same request once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.edits import Inserted, SaidTurn, TurnsEdit
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.user_prompt.steps import behind_step, first_request

__all__ = ["DuplicateRequest"]

_SHEET: Final = Sheet(
    name="duplicate-request",
    code="U17",
    surface="user_prompt",
    label="invariant",
    summary="the user's first message comes twice: at once, or when the agent is at work",
    parameters=({"steps": [0]}, {"steps": [1]}, {"steps": [0, 1]}),
    finds="a first message, and as many steps of the agent's behind it as steps says",
    source="agentproof DuplicateUserRequest; when it comes is our own",
    checked="that what was asked for happened once",
)


@dataclass(frozen=True, slots=True)
class DuplicateRequest:
    """Says the user's first message again; a good agent does not do its work twice.

    Parameters: ``steps`` of the agent's (calls and their results) behind which it comes again; with
    0 it does at once.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> duplicate = DuplicateRequest()
    >>> duplicate.turns([SaidTurn("user", "u", "Book a seat.")], about(duplicate)).inserted
    (Inserted(after='u', role='user', text='Book a seat.'),)
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def turns(self, turns: Sequence[SaidTurn], about: About, /) -> TurnsEdit | None:
        """Say the turns that are added."""
        first = first_request(turns)
        if first is None:
            return None
        steps: Sequence[int] = about.parameters["steps"]
        found = [behind_step(turns, step) if step else first for step in steps]
        added = [Inserted(one.digest, "user", first.text) for one in found if one is not None]
        return TurnsEdit(inserted=tuple(added)) if added else None
