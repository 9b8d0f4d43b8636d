"""What taps tell each other through a trial, and what it hears from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from threading import Lock

from sealegs.jsons import Json
from sealegs.perturbation.trials.baselines import leaves

__all__ = ["Noting"]


class Noting:
    """The part of a trial that takes notes and decides nothing. Safe to use from several threads.

    Args:
        listens: whether to keep what tools are called with.
    """

    def __init__(self, *, listens: bool) -> None:
        self._noting = Lock()
        self._places: Counter[tuple[str, str, str]] = Counter()
        self._tapped: set[str] = set()
        self._watchers: list[Callable[[str, Sequence[str]], None]] = []
        self._heard: set[str] | None = set() if listens else None

    def occurrence(self, kind: str, place: str, agent: str = "") -> int:
        """Count how often a place was reached, from 0."""
        key = (kind, place, agent)
        with self._noting:
            count = self._places[key]
            self._places[key] = count + 1
        return count

    def tapped(self, tool: str, /) -> None:
        """Say that a tool is disturbed where it runs."""
        with self._noting:
            self._tapped.add(tool)

    def is_tapped(self, tool: str, /) -> bool:
        """Say whether it is."""
        return tool in self._tapped

    @property
    def met_tools(self) -> bool:
        """Whether any tapped tool was called."""
        return bool(self._tapped)

    def called(self, arguments: Json, /) -> None:
        """Take note of what a tool was called with, where a clean run is listened to."""
        if self._heard is not None:
            found = leaves(arguments)
            with self._noting:
                self._heard.update(found)

    @property
    def used(self) -> tuple[str, ...]:
        """What was heard of, in order."""
        with self._noting:
            return tuple(sorted(self._heard or ()))

    def watch(self, watcher: Callable[[str, Sequence[str]], None], /) -> Callable[[], None]:
        """Have something called at each request; gives what ends it."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def watched(self, agent: str, texts: Sequence[str]) -> None:
        """Tell those who watch of a request."""
        for watcher in tuple(self._watchers):
            watcher(agent, texts)
