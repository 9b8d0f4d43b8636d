"""Whole replies whose calls come broken, that say something else of themselves, or are none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeAlias

from sealegs.calls.saying import Mended, SaidCall
from sealegs.jsons import Json, dump, parse
from sealegs.perturbation.edits import BrokenBody, BrokenCalls
from sealegs.perturbation.exchanges.lensing import Lenses, breaks_calls
from sealegs.perturbation.exchanges.meeting import Met
from sealegs.perturbation.saying import FaultLens

__all__ = ["Breaker", "Edit", "broken_body", "broken_reply", "edits_of"]

_NO_CALL = "no call of the reply would change: it calls no tool, or its format cannot say so"
_PAGE = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    b"<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n"
    b"</body>\r\n</html>\r\n"
)
"""What nginx says where it reaches no server (its default page, without the version)."""


class Breaker:
    """Breaks calls, as a `sealegs.calls.saying.Mender` mends them.

    Attributes:
        broken: whether a call has become another one.
    """

    __slots__ = ("_calls", "_fault", "_first", "_told", "broken")

    reads_text = False

    def __init__(self, fault: BrokenCalls) -> None:
        self._fault, self.broken = fault, False
        self._calls, self._told = Counter[int](), Counter[int]()
        self._first: dict[int, str] = {}

    def text(self, choice: int, piece: str, /) -> Mended:
        """Leave text as it is."""
        return Mended(piece)

    def text_end(self, choice: int, /) -> Mended:
        """Leave text as it is."""
        return Mended("")

    def holds(self, choice: int, name: str, /) -> bool:
        """Say whether a call's arguments are broken, for which they must be whole."""
        index = self._told[choice]
        self._told[choice] += 1
        fault = self._fault
        return index == fault.index and (fault.arguments is not None or fault.kept < 1)

    def call(self, choice: int, call: SaidCall, /, *, whole: bool = True) -> SaidCall:
        """Give a call as it comes broken."""
        index = self._calls[choice]
        self._calls[choice] += 1
        new = self._broken(call) if index == self._fault.index else call
        first = self._first.setdefault(choice, call.id)
        if self._fault.same_id and index:
            new = SaidCall(new.name, new.arguments, first)
        self.broken |= new != call
        return new

    def _broken(self, call: SaidCall) -> SaidCall:
        fault, arguments = self._fault, call.arguments
        if fault.arguments is not None:
            arguments = fault.arguments
        if fault.kept < 1:
            arguments = arguments[: max(1, int(len(arguments) * fault.kept))]
        name = call.name if fault.name is None else fault.name
        return SaidCall(name, arguments, call.id if fault.id is None else fault.id)


def broken_reply(met: Met, fault: BrokenCalls, body: bytes, lenses: Lenses) -> bytes:
    """Give a whole reply's body with its calls broken, or saying something else of itself."""
    try:
        said = parse(body)
    except ValueError:
        met.undelivered("the reply is no JSON")
        return body
    new = said
    if breaks_calls(fault) and lenses.tools is not None:
        new = lenses.tools.mended(new, Breaker(fault))
    for edit in edits_of(fault, lenses.faults):
        edited = edit(new)
        new = new if edited is None else edited
    if new is said or new == said:
        calls = breaks_calls(fault)
        met.undelivered(_NO_CALL if calls else "the reply has nothing that would change")
        return body
    met.delivered("the reply was edited")
    return dump(new)


Edit: TypeAlias = Callable[[Json], Json]
"""Gives a reply, or an event's data, as edited; ``None``: nothing is left of an event."""


def edits_of(fault: BrokenCalls, lens: FaultLens | None) -> Sequence[Edit]:
    """Give the edits of what a reply says of itself, in the order in which they are done."""
    if lens is None:
        return ()
    known, edits = lens, list[Edit]()
    finish, model, usage = fault.finish, fault.model, fault.usage
    if fault.stripped:
        edits.append(known.without_calls)
    if finish:
        edits.append(lambda value: known.finished(value, finish))
    if model:
        edits.append(lambda value: known.modelled(value, model))
    if usage != 1:
        edits.append(lambda value: known.counted(value, usage))
    return edits


def broken_body(fault: BrokenBody, body: bytes) -> bytes:
    """Give the body that comes instead of a whole reply's.

    >>> broken_body(BrokenBody("truncated", kept=0.5), b'{"id": "chatcmpl-1"}')
    b'{"id": "ch'
    """
    if fault.what == "html":
        return _PAGE
    if fault.what == "empty":
        return b""
    if fault.what == "truncated":
        return body[: int(len(body) * fault.kept)]
    return body.rstrip().removesuffix(b"}") + b",}"  # a comma too many: whole, and no JSON
