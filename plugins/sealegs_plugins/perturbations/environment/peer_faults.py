"""E13: what another agent hands over is lost or damaged on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from sealegs.jsons import Json, is_array, is_object
from sealegs.perturbation.drawing import Draw
from sealegs.perturbation.edits import ToolCall
from sealegs.perturbation.operators import About, Sheet

__all__ = ["PeerFaults"]

_PEERS: Final = ["transfer_to_*", "*handoff*", "*hand_off*", "delegate*", "ask_*", "*_agent"]

_SHEET: Final = Sheet(
    name="peer-faults",
    code="E13",
    surface="environment",
    label="recoverable",
    summary="what another agent hands over is cut off, garbled or lost; asked again, it is whole",
    parameters=(
        {"tools": _PEERS, "fault": "cut", "kept": 0.7, "times": 1},
        {"tools": _PEERS, "fault": "garbled", "kept": 0.5, "times": 1},
        {"tools": _PEERS, "fault": "dropped", "kept": 0.0, "times": 2},
    ),
    finds='tools whose names its parameter tools, or supplies["peers"], matches',
    source="agentic-chaos, handoff; Gaia2, agents in the place of tools; figures own",
    checked="that the agent asks again, or says what did not arrive",
)


@dataclass(frozen=True, slots=True)
class PeerFaults:
    """Damages what tools give that stand for other agents.

    Parameters: ``tools``, globs of their names; or ``supplies["peers"]``; ``fault``: ``cut`` (the
    share ``kept`` of each text stays), ``garbled`` (of the words, the share ``kept`` stay where
    they are) or ``dropped``; ``times`` that the same call is answered so, 0 for any number: who
    asks again then gets no more, and can only say so.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> peers, call = PeerFaults(), ToolCall("ask_researcher", {})
    >>> [peers.result(call, "The gate is B7.", about(peers, level)) for level in (1, 3)]
    [('The gate i',), ('',)]
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def result(self, call: ToolCall, value: Json, about: About, /) -> tuple[Json] | None:
        """Give what arrives."""
        globs: Sequence[str] = about.supplies.get("peers") or about.parameters["tools"]
        if not any(fnmatchcase(call.tool, glob) for glob in globs):
            return None
        if about.site.occurrence >= int(about.parameters["times"]) > 0:
            return None
        new = _damaged(value, about)
        return (new,) if new != value else None


def _damaged(value: Json, about: About) -> Json:
    """Damage every text at the first two levels; what lies deeper stays."""
    fault, kept = str(about.parameters["fault"]), float(about.parameters["kept"])
    if fault == "dropped":
        return ""
    if isinstance(value, str):
        return _text(value, fault, kept, about.draw)
    if is_object(value):
        return {
            key: _text(one, fault, kept, about.draw.sub(key)) if isinstance(one, str) else one
            for key, one in value.items()
        }
    if is_array(value):
        return value[: int(len(value) * kept)]
    return ""


def _text(text: str, fault: str, kept: float, draw: Draw) -> str:
    if fault == "cut":
        return text[: int(len(text) * kept)]
    words = text.split(" ")
    return " ".join(
        word if draw.unit(f"kept {at}") < kept else word[::-1] for at, word in enumerate(words)
    )
