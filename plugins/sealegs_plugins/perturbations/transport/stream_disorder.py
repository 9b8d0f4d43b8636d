"""A8: streams that hang, or whose events are not as they should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sealegs.perturbation.edits import BrokenCalls, CutStream, EditedStream, Fault
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.transport.striking import strikes

__all__ = ["StreamDisorder"]

_SHEET: Final = Sheet(
    name="stream-disorder",
    code="A8",
    surface="transport",
    label="recoverable",
    summary="events of a stream come twice or in another order, its end says no or another reason, "
    "or it hangs",
    parameters=(
        {"whats": ["no_done"], "most": 0, "burst": 1},
        {"whats": ["no_done", "duplicate", "reorder", "finish"], "most": 8, "burst": 1}
        | {"finish": "length"},
        {"whats": ["duplicate", "reorder", "finish", "hang"], "most": 8, "burst": 3}
        | {"finish": "stop", "seconds": 10.0},
    ),
    further={"share": 1.0},
    source="vercel/ai#3953: a call twice, with one id; the numbers are our own",
    needs=frozenset({"stream"}),
    checked="that no tool runs twice for one call; pieces of arguments that change places may make "
    "another valid call, which nobody can notice, so report such trials apart",
)


@dataclass(frozen=True, slots=True)
class StreamDisorder:
    """Disorders a stream.

    Parameters: ``whats`` to draw from: ``no_done``, ``duplicate``, ``reorder``, ``finish``,
    ``hang``; ``most`` events with content before it, drawn; ``finish``, the reason that the end
    says; ``seconds`` that a hang takes; ``burst`` and ``share``.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> disorder = StreamDisorder()
    >>> disorder.fault(about(disorder, 1))
    EditedStream(what='no_done', at=0)
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def fault(self, about: About, /) -> Fault | None:
        """Say what comes otherwise."""
        if not strikes(about):
            return None
        parameters = about.parameters
        whats: Sequence[str] = parameters["whats"]
        what = about.draw.pick(whats, "what")
        at = about.draw.below(int(parameters["most"]) + 1, "at")
        if what == "hang":
            return CutStream(at, "hang", seconds=float(parameters["seconds"]))
        if what == "finish":
            finish: Literal["stop", "length", "tool_calls"] = parameters["finish"]
            return BrokenCalls(finish=finish)
        if what == "duplicate":
            return EditedStream("duplicate", at)
        return EditedStream("reorder", at) if what == "reorder" else EditedStream("no_done")
