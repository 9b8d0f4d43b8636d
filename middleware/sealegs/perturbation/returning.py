"""Requests whose newest results go back broken: one missing, two swapped, repeated, reordered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sealegs.perturbation.edits import BrokenResults
from sealegs.perturbation.saying import SaidResult, TextLens
from sealegs.wire import Document, Message, Wire

__all__ = ["with_broken_results"]


@dataclass(frozen=True, slots=True)
class _Result:
    """One of the newest results: the turn that it stands in, and its place among that turn's."""

    turn: int
    place: int
    id: str


def with_broken_results(
    document: Document, fault: BrokenResults, wire: Wire, lens: TextLens
) -> Document | str:
    """Give a request with its newest results broken, or say why it cannot be.

    Two that are swapped say each what the other one says. Where several results stand in one turn,
    as Anthropic's do, one that is repeated or comes in another order comes in a turn of its own.
    """
    results = _newest(document, wire)
    if not results:
        return "the request answers no call"
    if len(results) < 2 and fault.what != "repeated":
        return "the request has one result only"
    one = results[fault.index % len(results)]
    other = results[(fault.index + 1) % len(results)]
    if fault.what == "swapped":
        return _swapped(document, (one, other), wire, lens)
    alone = sum(result.turn == one.turn for result in results) == 1
    if fault.what == "missing":
        return _without(document, one, results, wire, lens, alone=alone)
    if fault.what == "repeated":
        return _repeated(document, one, results, wire, lens, alone=alone)
    return _reordered(document, one, results, wire, lens, alone=alone)


def _newest(document: Document, wire: Wire) -> Sequence[_Result]:
    """Find the results that a request brings: those behind all else."""
    found: list[list[_Result]] = []
    for turn in range(len(document.turns) - 1, -1, -1):
        message = _message(document, turn, wire)
        results = wire.outline(message).results
        if not results:
            break
        found.append([_Result(turn, place, str(told[0])) for place, told in enumerate(results)])
    return [result for results in reversed(found) for result in results]


def _message(document: Document, turn: int, wire: Wire) -> Message:
    return wire.message(document.turns[turn].raw)


def _swapped(
    document: Document, pair: tuple[_Result, _Result], wire: Wire, lens: TextLens
) -> Document | str:
    said = [_read(document, result, wire, lens) for result in pair]
    if said[0] is None or said[1] is None or said[0].text == said[1].text:
        return "two results say the same"
    for result, new in zip(pair, reversed(said), strict=True):
        message = _message(document, result.turn, wire)
        edited = lens.with_results(message, _Saying(result.place, new))
        document = document.edited(turns={result.turn: edited})
    return document


class _Saying:
    """Says a result of a turn otherwise, and keeps what it said."""

    def __init__(self, place: int, new: SaidResult | None = None) -> None:
        self._left, self._new = place, new
        self.old: SaidResult | None = None

    def __call__(self, result: SaidResult) -> SaidResult:
        self._left -= 1
        if self._left != -1:
            return result
        self.old = result
        return result if self._new is None else replace(result, text=self._new.text)


def _read(document: Document, result: _Result, wire: Wire, lens: TextLens) -> SaidResult | None:
    saying = _Saying(result.place)
    lens.with_results(_message(document, result.turn, wire), saying)
    return saying.old


def _without(
    document: Document,
    one: _Result,
    results: Sequence[_Result],
    wire: Wire,
    lens: TextLens,
    *,
    alone: bool,
) -> Document | str:
    turns = range(len(document.turns))
    if alone:
        return document.arranged([turn for turn in turns if turn != one.turn])
    message = _message(document, one.turn, wire)
    left = lens.without_results(message, frozenset({one.id}))
    if left is None or left is message:
        return "the results cannot be told apart"
    return document.edited(turns={one.turn: left})


def _repeated(
    document: Document,
    one: _Result,
    results: Sequence[_Result],
    wire: Wire,
    lens: TextLens,
    *,
    alone: bool,
) -> Document | str:
    order = [*range(one.turn + 1), *range(one.turn, len(document.turns))]
    twice = document.arranged(order)
    if alone:
        return twice
    single = _alone(document, one, results, wire, lens)
    if single is None:
        return "the results cannot be told apart"
    return twice.edited(turns={one.turn + 1: single})


def _reordered(
    document: Document,
    one: _Result,
    results: Sequence[_Result],
    wire: Wire,
    lens: TextLens,
    *,
    alone: bool,
) -> Document | str:
    """Put a result behind the others; the last one before them."""
    first, last = results[0].turn, len(document.turns)
    if alone:
        others = [turn for turn in range(first, last) if turn != one.turn]
        moved = [one.turn, *others] if one is results[-1] else [*others, one.turn]
        return document.arranged([*range(first), *moved])
    message = _message(document, one.turn, wire)
    single = _alone(document, one, results, wire, lens)
    rest = lens.without_results(message, frozenset({one.id}))
    if single is None or rest is None or rest is message:
        return "the results cannot be told apart"
    twice = document.arranged([*range(one.turn + 1), *range(one.turn, last)])
    pair = (single, rest) if one is results[-1] else (rest, single)
    return twice.edited(turns={one.turn: pair[0], one.turn + 1: pair[1]})


def _alone(
    document: Document, one: _Result, results: Sequence[_Result], wire: Wire, lens: TextLens
) -> Message | None:
    """Give a turn with nothing but one of its results."""
    others = frozenset(
        result.id for result in results if result.turn == one.turn and result.id != one.id
    )
    message = _message(document, one.turn, wire)
    left = lens.without_results(message, others)
    return None if left is message else left
