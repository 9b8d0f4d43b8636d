"""E1, E3, E12: what happens in the background, without the agent or because of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from sealegs.errors import NotSuppliedError
from sealegs.jsons import Json, is_array, is_object
from sealegs.perturbation.drawing import Draw
from sealegs.perturbation.operators import About, Sheet
from sealegs.perturbation.world import Change, World

__all__ = ["BackgroundEvents", "DependentFollowup", "Redelivery"]

_MOST_PER_MINUTE: Final = 30.0

_BACKGROUND: Final = Sheet(
    name="background-events",
    code="E1",
    surface="environment",
    label="invariant",
    summary="things that have nothing to do with the task happen while the agent works",
    parameters=tuple(  # type: ignore[arg-type]
        {"per_minute": rate, "seconds_per_step": 6.0, "steps": 60} for rate in (2, 10, 30)
    ),
    source="Gaia2 / ARE, EnvEventsConfig: Poisson, 10 per simulated minute, 360 s; 2 and 30 own",
    needs=frozenset({"world", "events"}),
)

_FOLLOWUP: Final = Sheet(
    name="dependent-followup",
    code="E3",
    surface="environment",
    label="directional",
    summary="something happens because of what the agent did",
    parameters=({"events": 1}, {"events": 2}, {"events": 4}),
    finds="events that say when they happen",
    source="Gaia2 adaptability; agentprobe, DEPENDENT_FOLLOWUP; figures own",
    needs=frozenset({"world", "events"}),
    checked="that the agent took notice of what followed",
)

_REDELIVERY: Final = Sheet(
    name="redelivery",
    code="E12",
    surface="environment",
    label="invariant",
    summary="an event is delivered more than once",
    parameters=({"times": 2, "events": 1}, {"times": 2, "events": 2}, {"times": 3, "events": 4}),
    source="agentproof, DuplicateEvent; figures own",
    needs=frozenset({"world", "events"}),
    checked="that what the event asks for was done exactly once",
)


@dataclass(frozen=True, slots=True)
class BackgroundEvents:
    """Lets the test's events happen at steps that are drawn, each step by itself.

    The events come from ``supplies["events"]``: names with weights, or a list of objects with
    ``event``, ``weight`` and, where it is no callable of the test's, ``changes`` (``{n}`` in a path
    is the event's number); or else from the world.

    Parameters: ``per_minute``, by simulated time; ``seconds_per_step``, how much of it passes from
    one request to the next; ``steps``, for how many.

    >>> from sealegs_plugins.perturbations.environment.sample import SAMPLE
    >>> from sealegs_plugins.perturbations.trying import about
    >>> background = BackgroundEvents()
    >>> few, many = (background.changes(SAMPLE, about(background, level)) for level in (1, 3))
    >>> all(change in many for change in few)
    True
    >>> dict(few[0].values)
    {'event': 'meeting', 'when': {'step': 10}}
    """

    name: str = _BACKGROUND.name
    sheet: Sheet = _BACKGROUND

    def changes(self, world: World, about: About, /) -> Sequence[Change]:
        """Say what happens when."""
        events = _events(world, about)
        rate = float(about.parameters["per_minute"])
        most = max(rate, _MOST_PER_MINUTE)
        mean = most / 60.0 * float(about.parameters["seconds_per_step"])
        found: list[Change] = []
        for step in range(1, int(about.parameters["steps"]) + 1):
            draw = about.draw.sub(step)
            for number in range(_poisson(mean, draw.unit("how many"))):
                one = draw.sub(number)
                if one.unit("kept") < rate / most:
                    event = _weighted(events, one)
                    found.append(_at(event, {"step": step}, f"{step}-{number}"))
        return found


@dataclass(frozen=True, slots=True)
class DependentFollowup:
    """Lets events happen once the agent has read or changed a file.

    ``supplies["events"]`` is a list of objects: ``event``, ``when`` (``{"changed": path}`` or
    ``{"read": path}``), and ``changes`` where it is no callable of the test's.

    Parameters: ``events``, how many of them.

    >>> from sealegs_plugins.perturbations.environment.sample import SAMPLE
    >>> from sealegs_plugins.perturbations.trying import about
    >>> follow, given = DependentFollowup(), {"event": "mail", "when": {"changed": "orders.json"}}
    >>> follow.changes(SAMPLE, about(follow, supplies={"events": [given]}))[0].values["when"]
    {'changed': 'orders.json'}
    """

    name: str = _FOLLOWUP.name
    sheet: Sheet = _FOLLOWUP

    def changes(self, world: World, about: About, /) -> Sequence[Change]:
        """Say what follows what."""
        events = [one for one in _events(world, about) if "when" in one]
        if not events:
            raise NotSuppliedError("events")
        taken = about.draw.sample(events, int(about.parameters["events"]))
        return [_at(one, one["when"], str(number)) for number, one in enumerate(taken)]


@dataclass(frozen=True, slots=True)
class Redelivery:
    """Lets events of the test's happen several times at once, as a queue does that retries.

    Parameters: ``events``, how many of them; ``times``, how often each.

    >>> from sealegs_plugins.perturbations.environment.sample import SAMPLE
    >>> from sealegs_plugins.perturbations.trying import about
    >>> again = Redelivery()
    >>> [change.values["times"] for change in again.changes(SAMPLE, about(again, 2))]
    [2, 2]
    """

    name: str = _REDELIVERY.name
    sheet: Sheet = _REDELIVERY

    def changes(self, world: World, about: About, /) -> Sequence[Change]:
        """Say which events come again."""
        events = [one for one in _events(world, about) if "changes" not in one]
        taken = about.draw.sample(events, int(about.parameters["events"]))
        times = int(about.parameters["times"])
        return [
            Change(
                "event",
                values={
                    "event": one["event"],
                    "when": one.get("when", {"step": 1}),
                    "times": times,
                },
            )
            for one in taken
        ]


def _events(world: World, about: About) -> list[dict[str, Json]]:
    """Give the events of profile and test, each with a name.

    Raises:
        NotSuppliedError: there are none.
    """
    given = about.supplies.get("events") or list(world.events)
    if is_object(given):
        given = [{"event": name, "weight": weight} for name, weight in sorted(given.items())]
    if not is_array(given) or not given:
        raise NotSuppliedError("events")
    return [one if is_object(one) else {"event": str(one)} for one in given]


def _weighted(events: Sequence[dict[str, Json]], draw: Draw) -> dict[str, Json]:
    bounds = list(accumulate(float(one.get("weight", 1.0)) for one in events))
    at = draw.unit("which") * bounds[-1]
    return next(one for one, bound in zip(events, bounds, strict=True) if at < bound)


def _at(event: Mapping[str, Json], when: Json, number: str) -> Change:
    values: dict[str, Json] = {"event": event["event"], "when": when}
    if "changes" in event:
        values["changes"] = [
            {**change, "path": change["path"].replace("{n}", number)} for change in event["changes"]
        ]
    return Change("event", values=values)


def _poisson(mean: float, unit: float) -> int:
    """Give the number that a uniform one stands for, by the distribution turned round."""
    count, share = 0, math.exp(-mean)
    below = share
    while unit >= below and count < 1000:
        count += 1
        share *= mean / count
        below += share
    return count
