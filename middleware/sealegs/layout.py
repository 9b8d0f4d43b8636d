"""Finds the turns and members of a request's JSON, in as few passes as it takes."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from sealegs.jsons import dump
from sealegs.spans import Span, array
from sealegs.wire import Message, Role, Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence, Set

__all__ = ["Layout", "holes", "read_quickly", "read_turns", "starts_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where a wire format keeps what.

    Attributes:
        turns: the member that holds the list of messages or items.
        role: gives the role of one raw item; called once for each item.
        dump: writes a message back; several items of one turn are joined by commas.
        grouped: whether consecutive assistant items make one turn (Responses).
        system: the member that holds a system prompt beside the messages, if the format has one.
        tools: the member that holds the tool definitions.
        model: the member that holds the model's name, or an empty string (then `model_name`).
        stream: the member that asks for a stream, or an empty string.
        streams: whether a stream comes where that member is absent (Ollama).
        asked: members that layers look at in every request. They are read with the others; a look
            at any other member, also one that is not there, takes a pass over the whole request.
    """

    turns: str
    role: Callable[[bytes], Role]
    dump: Callable[[Message], bytes] = dump
    grouped: bool = False
    system: str = ""
    tools: str = "tools"
    model: str = "model"
    stream: str = "stream"
    streams: bool = False
    asked: tuple[str, ...] = ()


def starts_of(body: bytes, turns: Sequence[Turn]) -> Sequence[int] | None:
    """Find turns that stand in a list as most clients write one: evenly, one after the other."""
    raws = [turn.origin for turn in turns]
    found = [
        starts
        for at in (_beginnings(body, b"[" + raws[0][:80]) if raws else ())
        for gap in (2, 1)  # a comma and a space, or a comma alone
        if (starts := _evenly(body, at + 1, gap, raws))
    ]
    return found[0] if len(found) == 1 else None  # twice the same list: it takes a closer look


def _evenly(body: bytes, at: int, gap: int, raws: Sequence[bytes]) -> list[int] | None:
    starts: list[int] = []
    for raw in raws:
        if not body.startswith(raw, at):
            return None
        starts.append(at)
        at += len(raw) + gap
    return starts


def _beginnings(body: bytes, head: bytes) -> Iterator[int]:
    """Find where a short text stands; the search for a long one takes far longer."""
    at = body.find(head)
    while at >= 0:
        yield at
        at = body.find(head, at + 1)


def read_quickly(body: bytes, layout: Layout) -> tuple[dict[str, bytes], tuple[Turn, ...]] | None:
    """Read the turns and the members that a layout names in one pass, without their places.

    Returns:
        The members named by the layout (empty where there is none) and the turns, or ``None`` where
        the text is not of the usual kind.
    """
    decode, names = _decoder(layout)
    try:
        raws, *members = msgspec.structs.astuple(decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    fields = dict(zip(names, map(bytes, members), strict=True))
    role = layout.role
    return fields, tuple([Turn(role(raw), raw, raw) for raw in map(bytes, raws)])


@cache
def _decoder(layout: Layout) -> tuple[Callable[[bytes], Any], Sequence[str]]:
    """Make what reads the turns, then the members that a layout names, and skips all else."""
    named = (layout.system, layout.tools, layout.model, layout.stream, *layout.asked)
    names = tuple(dict.fromkeys(filter(None, named)))
    spelled = {f"member_{n}": name for n, name in enumerate(names)}
    shape = msgspec.defstruct(
        "Request",
        [
            ("turns", list[msgspec.Raw]),
            *((attribute, msgspec.Raw, msgspec.Raw(b"")) for attribute in spelled),
        ],
        rename={"turns": layout.turns, **spelled}.get,
        gc=False,
    )
    return msgspec.json.Decoder(shape).decode, names


def read_turns(body: bytes, at: Span, layout: Layout) -> tuple[tuple[Turn, ...], Sequence[int]]:
    """Read the turns that stand at a place, and say where each one starts."""
    if body[at.start : at.start + 1] == b'"':  # Responses: the input may be one user's text
        raw = body[at.start : at.end]
        return (Turn("user", raw, raw),), (at.start,)
    turns: list[Turn] = []
    starts: list[int] = []
    for start, end in array(body, at):
        raw = body[start:end]
        role = layout.role(raw)
        if layout.grouped and role == "assistant" and turns and turns[-1].role == "assistant":
            raw = body[starts[-1] : end]
            turns[-1] = Turn(role, raw, raw)
            continue
        starts.append(start)
        turns.append(Turn(role, raw, raw))
    return tuple(turns), starts


def holes(body: bytes, spans: Mapping[str, Span], removed: Set[str]) -> list[Span]:
    """Find what goes when members go: their keys, their values and a comma each.

    A member goes with the comma before it; where all before it go too, with the comma after it.
    """
    names = list(spans)
    stays = next((n for n, name in enumerate(names) if name not in removed), len(names))
    start = _key(body, body.index(b"{") + 1)
    if stays == len(names):
        return [Span(start, spans[names[-1]].end)] if names else []
    found = [Span(start, _key(body, spans[names[stays - 1]].end))] if stays else []
    for before, name in itertools.pairwise(names[stays:]):
        if name in removed:
            found.append(Span(spans[before].end, spans[name].end))
    return found


def _key(body: bytes, position: int) -> int:
    """Find where the next key begins, or its place where there is none."""
    found = body.find(b'"', position)
    return found if found >= 0 else position
