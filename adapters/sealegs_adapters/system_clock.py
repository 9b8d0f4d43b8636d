"""The clock of the whole process, shifted by the library time-machine where it is installed.

    with disturbed_world(clock=system_clock.SystemClock()) as world:
        ...

For tools that ask `datetime.now` themselves. Everything in the process sees it, the test too; who
asked cannot be told, so an injection counts as delivered only where `DisturbedWorld.met` or a
tool's result says so. Where tools can be handed a clock, hand them the world's.
"""

from __future__ import annotations

import importlib
import time
from typing import Any

from sealegs.perturbation.worlds.clocks import zone_of

__all__ = ["SystemClock"]


class SystemClock:
    """Shifts what the process takes for the time.

    Raises:
        ModuleNotFoundError: time-machine is not installed.
    """

    def __init__(self) -> None:
        try:
            self._library: Any = importlib.import_module("time_machine")
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                "sealegs_adapters.system_clock needs time-machine: pip install time-machine"
            ) from error
        self._travel: Any = None
        self._seconds = 0.0

    @property
    def asked(self) -> int:
        """Always 0: nobody can tell."""
        return 0

    def shift(self, seconds: float, zone: str, /) -> None:
        """Let it be wrong by some seconds, and in another zone where one is named.

        Raises:
            RefusedError: there is no such zone.
        """
        found = zone_of(zone) if zone else None
        total = self._seconds + seconds
        self.unshift()
        self._seconds = total
        moment: Any = time.time() + total
        if found is not None:
            from datetime import datetime

            moment = datetime.fromtimestamp(moment, found)
        self._travel = self._library.travel(moment, tick=True)
        self._travel.start()

    def unshift(self) -> None:
        """Let it be right again."""
        if self._travel is not None:
            self._travel.stop()
        self._travel, self._seconds = None, 0.0
