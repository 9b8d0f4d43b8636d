"""What happens in the background of a trial: at a step, or after the agent did something."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sealegs.errors import PerturbationError
from sealegs.jsons import Json
from sealegs.perturbation.world import Change
from sealegs.perturbation.worlds.evidence import Mark, Watching

__all__ = ["Event", "Pending", "changes_of", "checked"]

Event = Callable[[], object]


@dataclass(slots=True)
class Pending:
    """An event that has not happened yet.

    Attributes:
        values: those of its change: ``event`` is its name; ``when`` is ``{"step": n}`` (the n-th
            request to a model, from 0), ``{"read": path}`` or ``{"changed": path}``; ``changes``
            are what it does, where it is no callable of the test's; ``times`` is how often it
            happens at once.
        mark: by which one tells that the path of its ``when`` was met.
    """

    values: Mapping[str, Json]
    mark: Mark | None = field(default=None)

    @property
    def name(self) -> str:
        """The event's name."""
        return str(self.values.get("event", ""))

    @property
    def path(self) -> str:
        """The path that it waits for; empty: it waits for a step."""
        when = self.values.get("when", {})
        return str(when.get("read") or when.get("changed") or "")

    def due(self, step: int, watching: Watching | None) -> bool:
        """Say whether it happens now."""
        when = self.values.get("when", {})
        if not self.path:
            return step >= int(when.get("step", 0))
        if self.mark is None or watching is None:
            return False
        met = watching.met(self.mark)
        return bool(met) and ("read" in when or "read" not in met)

    def happen(self, events: Mapping[str, Event]) -> None:
        """Let it happen, where the test gave it as a callable.

        Raises:
            PerturbationError: the test knows no such event, or it failed.
        """
        event = events.get(self.name)
        if event is None:
            raise PerturbationError(f"the test gave no event {self.name!r}")
        for _ in range(int(self.values.get("times", 1))):
            try:
                event()
            except Exception as error:
                raise PerturbationError(f"the event {self.name!r} failed: {error!r}") from error


def changes_of(values: Mapping[str, Json]) -> list[Change]:
    """Read the changes that an event makes."""
    return [
        Change(said["what"], said.get("path", ""), said.get("values", {}))
        for said in values.get("changes", ())
    ]


def checked(events: Mapping[str, Event] | None) -> Mapping[str, Event]:
    """Take the events of a test.

    Raises:
        TypeError: one cannot be called, or only awaited.
    """
    import inspect

    for name, event in (events or {}).items():
        if not callable(event) or inspect.iscoroutinefunction(event):
            raise TypeError(f"the event {name!r} must be a plain function, which is called at once")
    return events or {}
