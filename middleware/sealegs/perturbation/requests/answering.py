"""Calls of tools that the framework does not have, answered in the tools' place."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sealegs.calls.saying import ToolLens
    from sealegs.jsons import Json
    from sealegs.perturbation.saying import SaidResult, TextLens
    from sealegs.wire import Document, Message, Turn

__all__ = ["Asides", "answered"]

_KEPT = 256
_NOT_RUN = "Not run. Make this call again."


def answered(
    lens: ToolLens, texts: TextLens | None, reply: Json, answers: Sequence[str]
) -> Sequence[Message]:
    """Answer a reply's calls, so that the model goes on.

    Args:
        lens: where calls stand.
        texts: where results stand.
        reply: as the model gave it.
        answers: what each call is answered with, in their order. A call beside one that is answered
            cannot run either, because its result would have to come first: the model is told to
            make it again.

    Returns:
        What the model said, and the answers; nothing where no call is answered, or there is no way
        to say so.
    """
    if not any(answers):
        return ()
    messages = lens.answered(reply, [one or _NOT_RUN for one in answers])
    return [_unmarked(one, texts) for one in messages]


def _unmarked(message: Message, texts: TextLens | None) -> Message:
    """Take the mark off that results would have if they were errors."""
    return message if texts is None else texts.with_results(message, _no_error)


def _no_error(said: SaidResult) -> SaidResult:
    return replace(said, error=False) if said.error else said


class Asides:
    """What a model was answered without the framework's knowledge, by what stood before it.

    It stands in every later request too, so that the model finds the conversation that it had.
    """

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[tuple[int, bytes], tuple[Message, ...]] = {}

    def keep(self, turns: Sequence[Turn], messages: Sequence[Message], *, first: bool) -> None:
        """Keep messages that the framework will not have.

        Args:
            turns: the conversation before them, as the framework sent it.
            messages: the messages.
            first: whether they are the first ones there; what an earlier try left is dropped.
        """
        place = _places(turns, [len(turns)])[0]
        before = () if first else self._known.pop(place, ())
        while len(self._known) >= _KEPT:
            del self._known[next(iter(self._known))]
        self._known[place] = (*before, *messages)

    def restored(self, document: Document, turns: Sequence[Turn]) -> Document:
        """Give a request with the messages in it.

        Args:
            document: the request as it is by now; turns may be gone from it.
            turns: its conversation as the framework sent it.
        """
        if not self._known:
            return document
        counts = sorted({count for count, _ in self._known if count < len(turns)})
        found = {
            place[0]: self._known[place] for place in _places(turns, counts) if place in self._known
        }
        return _with_asides(document, turns, found) if found else document


def _places(turns: Sequence[Turn], counts: Sequence[int]) -> list[tuple[int, bytes]]:
    """Name the conversation up to some counts of turns, which rise."""
    chain = hashlib.blake2b(digest_size=16)
    places: list[tuple[int, bytes]] = []
    at = 0
    for count in counts:
        for turn in turns[at:count]:
            chain.update(len(turn.origin).to_bytes(8, "big") + turn.origin)
        at = count
        places.append((count, chain.digest()))
    return places


def _with_asides(
    document: Document, turns: Sequence[Turn], asides: Mapping[int, Sequence[Message]]
) -> Document:
    """Put messages before the turns of the framework's that they stood before."""
    count, at = len(document.turns), 0
    added: list[Message] = []
    order: list[int] = []
    for index, turn in enumerate(document.turns):
        ahead = at
        while ahead < len(turns) and turns[ahead].origin != turn.origin:
            ahead += 1
        if turn.origin and ahead < len(turns):
            for place in range(at, ahead + 1):
                messages = asides.get(place, ())
                order += range(count + len(added), count + len(added) + len(messages))
                added += messages
            at = ahead + 1
        order.append(index)
    return document.extended(added).arranged(order)
