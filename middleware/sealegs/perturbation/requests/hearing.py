"""Brings what a model said back into the framework's terms. Knows no wire format."""

from __future__ import annotations

from sealegs.calls.saying import Mended, SaidCall
from sealegs.perturbation.requests.mentions import Pieces
from sealegs.perturbation.requests.recalling import Recalled
from sealegs.perturbation.requests.renaming import Renaming

__all__ = ["Hearer"]


class Hearer:
    """A `sealegs.calls.saying.Mender` for one reply.

    Attributes:
        called: the calls of the reply, as the model made them, in order, each with its choice.
    """

    def __init__(self, renaming: Renaming, recalled: Recalled) -> None:
        self._renaming, self._recalled = renaming, recalled
        self._runs: dict[int, _Run] = {}
        self.called: list[tuple[int, SaidCall]] = []

    @property
    def reads_text(self) -> bool:
        """Whether names may stand in the text."""
        return bool(self._renaming.heard)

    def text(self, choice: int, piece: str, /) -> Mended:
        """Take the next piece of a choice's text."""
        run = self._runs.get(choice)
        if run is None:
            run = self._runs[choice] = _Run(self._renaming.heard.pieces())
        return Mended(run.feed(piece))

    def text_end(self, choice: int, /) -> Mended:
        """Take the end of a run of a choice's text."""
        run = self._runs.pop(choice, None)
        if run is None:
            return Mended("")
        rest = run.close()
        said, given = "".join(run.said), "".join(run.given)
        if self._renaming.said.replaced(given) != said:
            self._recalled.keep_text(given, said)
        return Mended(rest)

    def holds(self, choice: int, name: str, /) -> bool:
        """Say whether a call must be whole before it leaves: only if its arguments change."""
        return self._renaming.holds(name)

    def call(self, choice: int, call: SaidCall, /, *, whole: bool = True) -> SaidCall:
        """Bring one call back."""
        self.called.append((choice, call))
        own = self._renaming.back(call)
        if self._renaming.sent(own) != call:
            self._recalled.keep_call(own, call)
        return own


class _Run:
    """A run of text on its way, as it came and as it leaves."""

    __slots__ = ("_pieces", "given", "said")

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self.said: list[str] = []
        self.given: list[str] = []

    def feed(self, piece: str) -> str:
        new = self._pieces.feed(piece)
        self.said.append(piece)
        self.given.append(new)
        return new

    def close(self) -> str:
        rest = self._pieces.close()
        self.given.append(rest)
        return rest
