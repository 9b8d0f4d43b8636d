"""Turns that a provider would refuse where they stand, once others were lost or added.

Two turns of the user's are made one, where the format has a way; elsewhere a short turn of the
other side is put between them. Only what our own edits have put side by side is touched: where the
framework itself says turns in an order that is refused, that is for the test to find.

This comes last: a turn that was joined would not be known again, and nobody disturbs what nobody
said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from sealegs.perturbation.operators import TurnsOperator

if TYPE_CHECKING:
    from sealegs.perturbation.requests.scenes import Scene
    from sealegs.perturbation.saying import Neighbour, TextLens
    from sealegs.wire import Document, Message, Role, Turn, Wire

__all__ = ["in_order"]

_Speaker: TypeAlias = Literal["user", "assistant"]

_BETWEEN: Final[Sequence[Sequence[_Speaker]]] = (
    ("user",),
    ("assistant",),
    ("user", "assistant"),
    ("assistant", "user"),
)
_WORDS: Final[Mapping[_Speaker, str]] = {"user": "Go on.", "assistant": "I see."}
"""What is said between two turns that cannot be one: it asks for nothing and tells nothing."""


def in_order(document: Document, came: Document, scene: Scene) -> Document:
    """Give a request whose turns stand as its providers take them.

    Args:
        document: the request as it would go out.
        came: the request before turns were lost or added.
        scene: the request's scene.
    """
    lens = scene.texts
    if lens is None or not scene.trial.of(TurnsOperator):
        return document
    refused = lens.order(came.model).refused
    if not refused or _origins(document) == _origins(came):
        return document
    known = _neighbours(came.turns)
    start = _start(document.turns)
    row = _Row(document.turns, scene.wire, lens, refused, list(range(start)))
    before: Turn | None = None
    for index, turn in enumerate(document.turns[start:], start):
        row.put(index, ours=_side_by_side(before, turn) not in known)
        before = turn
    if _side_by_side(before, None) not in known:
        row.part("")
    if not row.added and not row.edits:
        return document
    return document.extended(row.added).arranged(row.order).edited(turns=row.edits)


@dataclass(slots=True)
class _Row:
    """Turns in the order in which they are said.

    Attributes:
        turns: those of the document.
        wire: their format.
        lens: where the format keeps what is said.
        refused: roles of which the second may not come behind the first.
        order: the index of each that is said; what is added is counted behind the document's own.
        last: who spoke last.
        added: what is said between them.
        edits: those that were joined, by their place in `order`.
    """

    turns: Sequence[Turn]
    wire: Wire
    lens: TextLens
    refused: frozenset[tuple[Neighbour, Neighbour]]
    order: list[int]
    last: Neighbour = ""
    added: list[Message] = field(default_factory=list["Message"])
    edits: dict[int, Message] = field(default_factory=dict[int, "Message"])

    def put(self, index: int, *, ours: bool) -> None:
        """Say a turn behind the others."""
        role = self._role(self.turns[index])
        if ours and (self.last, role) in self.refused:
            if self.last and self._joins(index):
                return
            self.part(role)
        self.order.append(index)
        self.last = role

    def part(self, after: Neighbour) -> None:
        """Say something behind the last turn, if what comes after it is refused there."""
        before = self.last
        if (before, after) not in self.refused:
            return
        for between in _BETWEEN:
            if self._takes((before, *between, after)):
                for speaker in between:
                    self.order.append(len(self.turns) + len(self.added))
                    self.added.append(self.lens.said(speaker, _WORDS[speaker]))
                return

    def _takes(self, row: Sequence[Neighbour]) -> bool:
        return not any(pair in self.refused for pair in pairwise(row))

    def _role(self, turn: Turn) -> Role:
        """Say who speaks by now: a turn whose results are gone may be the user's alone."""
        if turn.role != "tool" or turn.raw is turn.origin:
            return turn.role
        return self.wire.outline(self.wire.message(turn.raw)).role

    def _joins(self, index: int) -> bool:
        """Make a turn one with the last one; the framework's own is the one that is kept."""
        place, last = len(self.order) - 1, self.order[-1]
        first = self.edits.get(place) or self.wire.message(self.turns[last].raw)
        one = self.lens.joined(first, self.wire.message(self.turns[index].raw))
        if one is None:
            return False
        self.edits[place] = one
        if not self.turns[last].origin:
            self.order[place] = index
        return True


def _origins(document: Document) -> Sequence[bytes]:
    return [turn.origin for turn in document.turns]


def _start(turns: Sequence[Turn]) -> int:
    """Find where the conversation starts, behind what the system says."""
    return next((at for at, one in enumerate(turns) if one.role != "system"), len(turns))


def _neighbours(turns: Sequence[Turn]) -> frozenset[tuple[bytes, bytes]]:
    """Say which of the framework's turns stand side by side."""
    row = [None, *turns[_start(turns) :], None]
    return frozenset(map(_side_by_side, row, row[1:]))


def _side_by_side(first: Turn | None, second: Turn | None) -> tuple[bytes, bytes]:
    """Name a pair by what the framework sent; what was added has no name."""
    return _named(first), _named(second)


def _named(turn: Turn | None) -> bytes:
    return b"end" if turn is None else turn.origin
