"""One request of a trial, and what is remembered from one to the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sealegs.memo import Memo
from sealegs.perturbation.requests.answering import Asides
from sealegs.perturbation.requests.offering import Offers
from sealegs.perturbation.requests.recalling import Recalled
from sealegs.perturbation.trial import Active, Injection, Trial

if TYPE_CHECKING:
    from sealegs.calls.saying import ToolLens
    from sealegs.perturbation.operators import Site
    from sealegs.perturbation.saying import TextLens
    from sealegs.wire import Wire

__all__ = ["Memories", "Memory", "Scene"]


@dataclass(slots=True)
class Memory:
    """What is remembered of one trial.

    Attributes:
        made: what became of turns, tools and prompts, by their bytes.
        recalled: what the model itself said, where that has no exact way back.
        asides: what the model was answered without the framework's knowledge.
        offers: tools that it was told of.
        delivered: ids of injections that the trial has been told of.
        skipped: what the trial has been told not to wait for.
        numbers: never the same twice.
    """

    made: Memo = field(default_factory=Memo)
    recalled: Recalled = field(default_factory=Recalled)
    asides: Asides = field(default_factory=Asides)
    offers: Offers = field(default_factory=Offers)
    delivered: dict[str, None] = field(default_factory=dict[str, None])
    skipped: dict[tuple[int, str, str], None] = field(
        default_factory=dict[tuple[int, str, str], None]
    )
    numbers: Iterator[int] = field(default_factory=lambda: count(1))


class Memories:
    """What is remembered of each trial, as long as there is the trial."""

    __slots__ = ("_known", "_lock")

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Trial, Memory] = WeakKeyDictionary()
        self._lock = Lock()

    def of(self, trial: Trial) -> Memory:
        """Give the memory of a trial."""
        with self._lock:
            known = self._known.get(trial)
            if known is None:
                known = self._known[trial] = Memory()
        return known


@dataclass(slots=True)
class Scene:
    """One request on its way.

    Attributes:
        trial: the trial that runs.
        memory: what is remembered of it.
        agent: whose request it is.
        wire: its format.
        texts: where that keeps what is said; ``None``: nobody knows.
        tools: where it keeps tools and calls; likewise.
        carried: the injections that the request carries, by id, in order.
        missed: operators that could not fire here, the site and the reason.
    """

    trial: Trial
    memory: Memory
    agent: str
    wire: Wire
    texts: TextLens | None
    tools: ToolLens | None
    carried: dict[str, Injection] = field(default_factory=dict[str, Injection])
    missed: list[tuple[Active, Site, str]] = field(default_factory=list["tuple[Active, Site, str]"])

    def carries(self, injections: tuple[Injection, ...]) -> None:
        """Take note of injections that the request carries."""
        for one in injections:
            self.carried[one.id] = one

    def skip(self, active: Active, site: Site, reason: str) -> None:
        """Tell the trial, once, why an operator cannot fire at a place."""
        key = (active.index, site.key, reason)
        if key not in self.memory.skipped:
            self.memory.skipped[key] = None
            self.missed.append((active, site, reason))
            self.trial.skipped(active, site, reason)
