"""A11: ids that do not fit together, and results that are not all there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast

from sealegs.perturbation.edits import BrokenCalls, BrokenResults
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.transport.striking import strikes

__all__ = ["CallIds"]

Returned: TypeAlias = Literal["missing", "swapped", "repeated", "reordered"]

_SHEET: Final = Sheet(
    name="call-ids",
    code="A11",
    surface="transport",
    label="recoverable",
    summary="ids of calls are dropped, doubled or changed; one of several results is missing, "
    "swapped, repeated or in another order",
    parameters=(
        {"whats": ["reordered", "repeated"], "burst": 1},
        {"whats": ["missing", "swapped", "changed"], "burst": 1},
        {"whats": ["missing", "swapped", "doubled", "dropped", "changed"], "burst": 3},
    ),
    further={"index": 0, "share": 1.0},
    source="agno#4345, dify-plugins#2352, AstrBot#7225, OmniRoute#13429 (insufficient tool "
    "messages: status 400)",
    needs=frozenset({"parallel_calls"}),
    checked="swapped results tell the agent what is not so: right is what a second look shows",
)
_RETURNED: Final = frozenset({"missing", "swapped", "repeated", "reordered"})


@dataclass(frozen=True, slots=True)
class CallIds:
    """Breaks the ties between calls and their results.

    Parameters: ``whats`` to draw from: of a reply's calls ``dropped``, ``doubled`` (all have the
    first one's) or ``changed``; of a request's newest results ``missing``, ``swapped``,
    ``repeated`` or ``reordered``; ``index`` of the call or result; ``burst`` and ``share``.

    Ids that are dropped or doubled are made good by the pipeline's own mending of calls, which
    stands above, as in production. To see the agent without it, leave out the layer
    ``tools``.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> ids = CallIds()
    >>> ids.fault(about(ids, 1))
    BrokenResults(what='reordered', index=0)
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def fault(self, about: About, /) -> BrokenCalls | BrokenResults | None:
        """Say what does not fit."""
        if not strikes(about):
            return None
        whats: Sequence[str] = about.parameters["whats"]
        index: int = about.parameters.get("index", 0)
        what = about.draw.pick(whats, "what")
        if what in _RETURNED:
            return BrokenResults(cast("Returned", what), index)
        if what == "doubled":
            return BrokenCalls(index, same_id=True)
        number = about.draw.below(10**9, "id")
        return BrokenCalls(index, id="" if what == "dropped" else f"call_{number:09d}")
