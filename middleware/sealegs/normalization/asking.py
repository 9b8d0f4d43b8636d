"""Asking once more, where a reply holds a call that must not run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from sealegs.calls.saying import Mended, SaidCall
from sealegs.flow import Call
from sealegs.jsons import Json

if TYPE_CHECKING:
    from sealegs.calls.saying import ToolLens

__all__ = ["Complaint", "asked_again"]

_NOT_RUN = (
    "Not run, because another call of the same message was wrong. "
    "Make this call again together with the corrected one."
)


class Complaint(msgspec.Struct, frozen=True):
    """What to tell the model of one call.

    Attributes:
        choice: the choice that the call stands in.
        from_text: whether the model wrote it as text.
        text: what was wrong with it; empty where nothing was.
        id: the call's id, as it is handed on.
    """

    choice: int
    from_text: bool
    text: str
    id: str


def asked_again(
    call: Call, lens: ToolLens, reply: Json, complaints: Sequence[Complaint]
) -> Call | None:
    """Answer a reply's calls in the tools' place: with what was wrong, and that nothing was run.

    Returns:
        The call to send; ``None`` where all calls may run, or cannot be answered.
    """
    if not any(one.text for one in complaints):
        return None
    if any(one.choice for one in complaints):
        return None  # of several choices only one could be answered
    ordered = sorted(complaints, key=lambda one: one.from_text)
    ids = [one.id for one in ordered if not one.from_text]
    # what is answered must have an id, and none that another call has
    named = lens.mended(reply, _Identified(ids))
    messages = lens.answered(named, [one.text or _NOT_RUN for one in ordered])
    if not messages:
        return None
    return replace(call, document=call.document.extended(messages))


class _Identified:
    """A `sealegs.calls.saying.Mender` that gives calls ids, in their order, and nothing else."""

    __slots__ = ("_ids",)

    reads_text = False

    def __init__(self, ids: Iterable[str]) -> None:
        self._ids = iter(ids)

    def text(self, choice: int, piece: str, /) -> Mended:
        """Leave text as it is."""
        return Mended(piece)

    def text_end(self, choice: int, /) -> Mended:
        """Hold nothing."""
        return Mended("")

    def holds(self, choice: int, name: str, /) -> bool:
        """Hold no call."""
        return False

    def call(self, choice: int, call: SaidCall, /, *, whole: bool = True) -> SaidCall:
        """Give a call its id."""
        return SaidCall(call.name, call.arguments, next(self._ids, call.id))
