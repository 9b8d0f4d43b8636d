"""One request of a trial, and what is remembered from one to the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from sealegs.memo import Memo
from sealegs.perturbation.answering import Asides
from sealegs.perturbation.recalling import Recalled
from sealegs.perturbation.trial import Active, Injection, Trial

if TYPE_CHECKING:
    from sealegs.calls.saying import ToolLens
    from sealegs.perturbation.operators import Site
    from sealegs.perturbation.saying import TextLens
    from sealegs.wire import Wire

__all__ = ["Memory", "Scene"]


@dataclass(slots=True)
class Memory:
    """What is remembered of one trial.

    Attributes:
        trial: kept here, so that its identity stays its own.
        made: what became of turns, tools and prompts, by their bytes.
        recalled: what the model itself said, where that has no exact way back.
        asides: what the model was answered without the framework's knowledge.
        delivered: ids of injections that the trial has been told of.
        skipped: what the trial has been told not to wait for.
        numbers: never the same twice.
    """

    trial: Trial
    made: Memo = field(default_factory=Memo)
    recalled: Recalled = field(default_factory=Recalled)
    asides: Asides = field(default_factory=Asides)
    delivered: dict[str, None] = field(default_factory=dict[str, None])
    skipped: dict[tuple[int, str, str], None] = field(
        default_factory=dict[tuple[int, str, str], None]
    )
    numbers: Iterator[int] = field(default_factory=lambda: count(1))


@dataclass(slots=True)
class Scene:
    """One request on its way.

    Attributes:
        memory: of its trial.
        agent: whose request it is.
        wire: its format.
        texts: where that keeps what is said; ``None``: nobody knows.
        tools: where it keeps tools and calls; likewise.
        carried: the injections that the request carries, by id, in order.
        missed: operators that could not fire here, the site and the reason.
    """

    memory: Memory
    agent: str
    wire: Wire
    texts: TextLens | None
    tools: ToolLens | None
    carried: dict[str, Injection] = field(default_factory=dict[str, Injection])
    missed: list[tuple[Active, Site, str]] = field(default_factory=list["tuple[Active, Site, str]"])

    @property
    def trial(self) -> Trial:
        """The trial that runs."""
        return self.memory.trial

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
