"""What is known of a wire format, and what of it each fault needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealegs.perturbation.edits import (
    BrokenBody,
    BrokenCalls,
    BrokenResults,
    CutStream,
    EditedStream,
    Fault,
    Refused,
)

if TYPE_CHECKING:
    from sealegs.calls.saying import ToolLens
    from sealegs.perturbation.saying import FaultLens, TextLens
    from sealegs.wire import Framing

__all__ = ["Lenses", "breaks_calls"]

_WORDS = "how its providers word what goes wrong"
_CALLS, _RESULTS = "where it keeps calls", "where it keeps results"


@dataclass(frozen=True, slots=True)
class Lenses:
    """What is known of a wire format; ``None``: nothing.

    Attributes:
        framing: how it streams.
        faults: how its providers word what goes wrong.
        tools: where it keeps calls.
        texts: where it keeps results.
    """

    framing: Framing
    faults: FaultLens | None = None
    tools: ToolLens | None = None
    texts: TextLens | None = None

    def lacks(self, fault: Fault) -> str:
        """Say what a fault needs and is not known; empty: nothing."""
        missing = self._missing(fault)
        return f"of this wire format it is not known {missing}" if missing else ""

    def _missing(self, fault: Fault) -> str:
        match fault:
            case Refused() | EditedStream() | BrokenBody():
                words, calls = True, False
            case CutStream(how=how, within_call=within):
                words, calls = how == "error" or within, False
            case BrokenCalls():
                words, calls = speaks(fault), breaks_calls(fault)
            case BrokenResults():
                return _RESULTS if self.texts is None else ""
            case _:
                return ""
        if words and self.faults is None:
            return _WORDS
        return _CALLS if calls and self.tools is None else ""


def breaks_calls(fault: BrokenCalls) -> bool:
    """Say whether a fault breaks calls."""
    changed = (fault.id, fault.name, fault.arguments)
    return fault.same_id or fault.kept < 1 or any(one is not None for one in changed)


def speaks(fault: BrokenCalls) -> bool:
    """Say whether a fault lets a reply say something else of itself."""
    return fault.stripped or bool(fault.finish or fault.model) or fault.usage != 1
