"""Requests whose newest results go back broken: one missing, two swapped, repeated, reordered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sealegs.perturbation.edits import BrokenResults
from sealegs.perturbation.saying import SaidResult, TextLens
from sealegs.wire import Document, Message, Wire

__all__ = ["with_broken_results"]


_ALONE = "the request has one result only: give the agent a task with several calls in a turn"


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

    Two that are swapped say each what the other one says. Where a format has several results in one
    turn, one that is repeated or comes in another order comes in a turn of its own.
    """
    try:
        return _broken(document, fault, wire, lens)
    except _LeftError as reason:
        return str(reason)


class _LeftError(Exception):
    """Says why a request is left as it is."""


def _broken(document: Document, fault: BrokenResults, wire: Wire, lens: TextLens) -> Document:
    results = _newest(document, wire)
    if not results:
        raise _LeftError("the request answers no call")
    if len(results) < 2 and fault.what != "repeated":
        raise _LeftError(_ALONE)
    one = results[fault.index % len(results)]
    if fault.what == "swapped":
        other = results[(fault.index + 1) % len(results)]
        return _swapped(document, (one, other), wire, lens)
    beside = [result.id for result in results if result.turn == one.turn]
    if beside.count(one.id) > 1:
        raise _LeftError("the results cannot be told apart")
    if fault.what == "missing":
        return _without(document, one, wire, lens)
    if len(beside) > 1:
        return _parted(document, fault, one, frozenset(beside), results, wire, lens)
    if fault.what == "repeated":
        return document.arranged(_twice(document, one))
    return _moved(document, one, results)


def _twice(document: Document, one: _Result) -> list[int]:
    """Give an order in which the turn of a result comes twice."""
    return [*range(one.turn + 1), *range(one.turn, len(document.turns))]


def _parted(
    document: Document,
    fault: BrokenResults,
    one: _Result,
    beside: frozenset[str],
    results: Sequence[_Result],
    wire: Wire,
    lens: TextLens,
) -> Document:
    """Give a result a turn of its own, once more or in the place of where it was."""
    message = _message(document, one.turn, wire)
    single = lens.without_results(message, beside - {one.id})
    rest = lens.without_results(message, frozenset({one.id}))
    if single is None or rest is None or single is message or rest is message:
        raise _LeftError("the results cannot be told apart")
    pair = (single, rest) if one is results[-1] else (rest, single)
    if fault.what == "repeated":
        pair = (message, single)
    twice = document.arranged(_twice(document, one))
    return twice.edited(turns={one.turn: pair[0], one.turn + 1: pair[1]})


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
) -> Document:
    said = [_read(document, result, wire, lens) for result in pair]
    if said[0] is None or said[1] is None or said[0].text == said[1].text:
        raise _LeftError("two results say the same")
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


def _without(document: Document, one: _Result, wire: Wire, lens: TextLens) -> Document:
    message = _message(document, one.turn, wire)
    left = lens.without_results(message, frozenset({one.id}))
    if left is message:
        raise _LeftError("the results cannot be told apart")
    if left is not None:
        return document.edited(turns={one.turn: left})
    return document.arranged([turn for turn in range(len(document.turns)) if turn != one.turn])


def _moved(document: Document, one: _Result, results: Sequence[_Result]) -> Document:
    """Put the turn of a result behind those of the others; the last one before them."""
    first, last = results[0].turn, len(document.turns)
    others = [turn for turn in range(first, last) if turn != one.turn]
    moved = [one.turn, *others] if one is results[-1] else [*others, one.turn]
    return document.arranged([*range(first), *moved])
