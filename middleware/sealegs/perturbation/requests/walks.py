"""Conversations as far as they have been gone through, so that only what is new is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sealegs.perturbation.requests.results import Asking
from sealegs.perturbation.trial import Injection

if TYPE_CHECKING:
    from sealegs.wire import Turn

__all__ = ["Walk", "along", "keep"]

_WALKS = 8
"""So many conversations are remembered that differ in what stands before."""


@dataclass(slots=True, eq=False)
class Walk:
    """A conversation as far as it has been gone through.

    An agent sends the same turns again and again with a few more behind them, and to compare them
    is ten times faster than to look each of them up.

    Attributes:
        raws: its turns as they came.
        added: of each whether nobody said it.
        edits: the turns that are said otherwise, by index.
        found: the injections in them, by id.
        asking: its calls and what answers them.
        spoken: how many turns of the model are among them.
    """

    raws: list[bytes] = field(default_factory=list[bytes])
    added: list[bool] = field(default_factory=list[bool])
    edits: dict[int, bytes] = field(default_factory=dict[int, bytes])
    found: dict[str, Injection] = field(default_factory=dict[str, Injection])
    asking: Asking = field(default_factory=Asking)
    spoken: int = 0

    def onward(self) -> Walk:
        """Give one that goes on from here; this one stays as it is."""
        return Walk(
            list(self.raws),
            list(self.added),
            dict(self.edits),
            dict(self.found),
            Asking(self.asking),
            self.spoken,
        )


def along(recent: list[Walk], turns: Sequence[Turn]) -> Walk:
    """Find the longest walk that a conversation goes on from; it is not among the recent then."""
    raws, added = [one.raw for one in turns], [not one.origin for one in turns]
    best: Walk | None = None
    for one in list(recent):
        count = len(one.raws)
        if best is not None and count <= len(best.raws):
            continue
        if count <= len(raws) and raws[:count] == one.raws and added[:count] == one.added:
            best = one
    if best is None:
        return Walk()
    with suppress(ValueError):  # another thread has taken it out
        recent.remove(best)
    return best.onward()


def keep(recent: list[Walk], walk: Walk) -> None:
    """Remember a walk in the place of the oldest one."""
    recent.insert(0, walk)
    del recent[_WALKS:]
