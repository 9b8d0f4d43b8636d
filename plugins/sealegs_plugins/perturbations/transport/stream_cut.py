"""A7: streams that end too early."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from sealegs.perturbation.edits import CutStream
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.transport.striking import strikes

__all__ = ["StreamCut"]

How: TypeAlias = Literal["end", "close", "reset", "hang", "error"]

_SHEET: Final = Sheet(
    name="stream-cut",
    code="A7",
    surface="transport",
    label="recoverable",
    summary="a stream ends too early: anywhere, or in the midst of a call's arguments",
    parameters=(
        {"hows": ["close", "reset"], "most": 20, "within_call": False, "burst": 1},
        {"hows": ["end", "close", "reset"], "most": 3, "within_call": True, "burst": 1},
        {"hows": ["end", "close", "error", "hang"], "most": 3, "within_call": True, "burst": 3}
        | {"seconds": 10.0},
    ),
    further={"share": 1.0},
    source="NousResearch/hermes-agent#42314 and #105189: what was cut off was run with {} for its "
    "arguments; the numbers are our own",
    needs=frozenset({"stream"}),
    checked="that no tool runs with arguments that were cut off",
)


@dataclass(frozen=True, slots=True)
class StreamCut:
    """Lets a stream end after a few events.

    Parameters: ``hows`` to draw from, as `sealegs.perturbation.edits.CutStream` has them; ``most``
    events that leave first, drawn; ``within_call``, whether they are counted from a call's first
    piece of arguments, so that nothing is cut where no tool is called; ``seconds`` that a hang
    takes; ``burst`` and ``share``.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> cut = StreamCut()
    >>> cut.fault(about(cut, 2))
    CutStream(after=1, how='reset', within_call=True, seconds=0.0, kind='overloaded')
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def fault(self, about: About, /) -> CutStream | None:
        """Say where it ends, and how."""
        if not strikes(about):
            return None
        hows: Sequence[How] = about.parameters["hows"]
        most: int = about.parameters["most"]
        within: bool = about.parameters["within_call"]
        seconds: float = about.parameters.get("seconds", 0.0)
        after = about.draw.below(most + 1, "after")
        return CutStream(after, about.draw.pick(hows, "how"), within, seconds)
