"""Replies that are built from numbered blocks: Anthropic's, Bedrock's and Cohere's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from sealegs.calls.saying import SaidCall
from sealegs.flow import Event
from sealegs.jsons import Json, is_object
from sealegs.wire import Framing

from .hearing import Ear
from .shared import is_whole

__all__ = ["BlockFormat", "Kind", "Made", "Path", "Seen", "Step", "heard_blocks"]

Path: TypeAlias = tuple[str, ...]
Made: TypeAlias = tuple[str, dict[str, Json]]
"""The name and the data of an event."""

Step: TypeAlias = Literal["start", "delta", "stop", "end"]
Kind: TypeAlias = Literal["text", "call", "other"]


class Seen(NamedTuple):
    """What an event of a block is.

    Attributes:
        step: whether the block starts, grows or stops; ``end``: the reply says why it stopped.
        number: the block's number.
        kind: what the block is; of a piece, what the piece is.
        within: the members that the event's data stands in.
        space: blocks of different spaces are numbered by themselves.
    """

    step: Step
    number: int = 0
    kind: Kind = "other"
    within: Path = ()
    space: str = ""

    def is_of(self, other: Seen) -> bool:
        """Say whether two events are of one block."""
        return self.number == other.number and self.space == other.space


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockFormat(ABC):
    """How one format streams blocks: paths into the data of its events.

    Attributes:
        framing: how its streams are framed.
        index: where a block's number stands.
        text: where text stands in a piece.
        first_text: where text stands as a block starts; empty: nowhere.
        name: where a call's name stands as it starts.
        id: where its id stands then.
        first: where arguments may stand then; empty: nowhere.
        arguments: where arguments stand in a piece.
        reason: where the last event says why the reply stopped.
        parsed: whether a whole reply holds arguments as an object.
        space: how the blocks of calls are numbered.
        cut: the reasons of a reply that was cut short.
        calls: the reason of a reply that calls tools.
        ends: the reasons of a reply that has ended by itself.
    """

    framing: Framing
    index: Path
    text: Path
    first_text: Path = ()
    name: Path
    id: Path
    first: Path = ()
    arguments: Path
    reason: Path
    parsed: bool = True
    space: str = ""
    cut: frozenset[str]
    calls: str
    ends: frozenset[str]

    @abstractmethod
    def seen(self, name: str, data: dict[str, Json], /) -> Seen | None:
        """Say what an event is; ``None``: nothing of a block."""

    @abstractmethod
    def text_piece(self, index: int, text: str, /) -> Made:
        """Make an event that brings text."""

    @abstractmethod
    def call_events(self, index: int, call: SaidCall, /) -> tuple[Made, Made, Made]:
        """Make the events of a call: its start, its arguments, its end."""

    def like(self, event: Event, made: Made, /) -> Made:
        """Give a made event as the stream of another one would have it."""
        name, data = made
        named = is_object(event.data) and event.data.get("type") == event.name
        return (name, data) if named else (event.name, data)

    def is_whole(self, arguments: str) -> bool:
        """Say whether the arguments of the last call of a reply that was cut are whole.

        Where a format holds an object, an empty one may also stand for arguments yet to come.
        """
        return is_whole(arguments) and not (self.parsed and arguments == "{}")

    def reason_of(self, reason: Json) -> Json:
        """Give the reason of a reply in whose text a call was found."""
        return self.calls if reason in self.ends else reason


def heard_blocks(
    blocks: Sequence[Json], ear: Ear, text_of: Callable[[Json], str | None]
) -> list[Json]:
    """Give the blocks of a whole reply with what is left of their text.

    Text goes on from block to block while nothing else stands between; what is held at its end goes
    into the last of them. A block whose text became calls is left out.

    Args:
        blocks: the blocks.
        ear: takes the text.
        text_of: gives a block's text; ``None`` where it is no text.
    """
    out: list[Json] = []
    last: dict[str, Json] = {}
    kept = False

    def end() -> None:
        rest = ear.end(0) if last else ""
        if rest and kept:
            out[-1] = {**out[-1], "text": out[-1]["text"] + rest}
        elif rest:
            out.append({**last, "text": rest})

    for block in blocks:
        piece = text_of(block) if ear.reads else None
        if piece is None:
            end()
            last = {}
            out.append(block)
            continue
        text = ear.text(0, piece) if piece else ""
        last, kept = block, bool(text or not piece or block.get("citations"))
        if kept:
            out.append(block if text == piece else {**block, "text": text})
    end()
    return out
