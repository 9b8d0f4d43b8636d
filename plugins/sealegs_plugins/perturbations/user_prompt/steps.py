"""Where a conversation may be broken into: behind a step of the agent's that is done."""

from __future__ import annotations

from collections.abc import Sequence

from sealegs.perturbation.edits import SaidTurn

__all__ = ["behind_step", "first_request"]


def first_request(turns: Sequence[SaidTurn]) -> SaidTurn | None:
    """Find the user's first turn that says something."""
    spoken = (one for one in turns if one.role == "user" and one.text.strip())
    return next(spoken, None)


def behind_step(turns: Sequence[SaidTurn], number: int) -> SaidTurn | None:
    """Find the turn with which the n-th step of the agent's ends; ``None``: it is not done yet.

    A step is calls and all of their results.

    >>> call = SaidTurn("assistant", "a", "", calls=1)
    >>> behind_step([SaidTurn("user", "u", "Hi"), call], 1)
    >>> behind_step([SaidTurn("user", "u", "Hi"), call, SaidTurn("tool", "t", "", 0, 1)], 1).digest
    't'
    """
    waiting = done = 0
    for turn in turns:
        waiting += turn.calls - turn.results
        if turn.results and waiting <= 0:
            waiting = 0
            done += 1
            if done == number:
                return turn
    return None
