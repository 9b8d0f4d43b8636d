"""E11: parts of the conversation are lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.edits import SaidTurn, TurnsEdit
from sealegs.perturbation.operators import About, Sheet

__all__ = ["HistoryLoss"]

_SHEET: Final = Sheet(
    name="history-loss",
    code="E11",
    surface="environment",
    label="recoverable",
    summary="older turns are lost; a call goes with its results",
    parameters=tuple({"share": share, "keep": 2} for share in (0.1, 0.2, 0.3)),  # type: ignore[arg-type]
    finds="turns that are older than the newest keep ones",
    source="agentgauntlet, Amnesia: 10 to 30 % of the turns",
)


@dataclass(frozen=True, slots=True)
class HistoryLoss:
    """Loses turns, each by a draw of its own: what is lost once is lost ever after.

    Never system turns, the newest turn of the user's, or the newest ``keep`` units, where a call
    and its results are one. A turn is lost when it has grown old, so that the request before may
    still have held it; that is what losing is.

    Parameters: ``share`` of the turns; ``keep``.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> loss = HistoryLoss()
    >>> turns = [SaidTurn("user", "a", "Hi"), SaidTurn("assistant", "b", "", calls=1)]
    >>> turns += [SaidTurn("tool", "c", "7", results=1), SaidTurn("assistant", "d", "It is 7.")]
    >>> turns += [SaidTurn("user", "e", "Thanks"), SaidTurn("assistant", "f", "Bye")]
    >>> loss.turns(turns, about(loss, parameters={"share": 1.0})).dropped
    ('a', 'b', 'c', 'd')
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def turns(self, turns: Sequence[SaidTurn], about: About, /) -> TurnsEdit | None:
        """Say what is lost."""
        newest = max((at for at, turn in enumerate(turns) if turn.role == "user"), default=-1)
        units, keep = _units(turns), int(about.parameters["keep"])
        share = float(about.parameters["share"])
        lost = [
            unit
            for unit in units[: max(0, len(units) - keep)]
            if newest not in unit
            and turns[unit[0]].role != "system"
            and about.draw.sub(turns[unit[0]].digest).unit() < share
        ]
        dropped = _alone(turns, units, lost)
        return TurnsEdit(dropped=dropped) if dropped else None


def _alone(
    turns: Sequence[SaidTurn], units: Sequence[list[int]], lost: Sequence[list[int]]
) -> tuple[str, ...]:
    """Give the digests of what is lost, without those that something which stays has too."""
    while True:
        gone = {unit[0] for unit in lost}
        stays = {turns[at].digest for unit in units if unit[0] not in gone for at in unit}
        clear = [unit for unit in lost if not any(turns[at].digest in stays for at in unit)]
        if len(clear) == len(lost):
            return tuple(dict.fromkeys(turns[at].digest for unit in lost for at in unit))
        lost = clear


def _units(turns: Sequence[SaidTurn]) -> list[list[int]]:
    """Put each call together with the results behind it."""
    units: list[list[int]] = []
    for at, turn in enumerate(turns):
        if turn.results and units and turns[units[-1][0]].calls:
            units[-1].append(at)
        else:
            units.append([at])
    return units
