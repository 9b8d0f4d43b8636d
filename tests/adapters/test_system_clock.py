"""The clock of the whole process."""

from __future__ import annotations

import sys
import time
from datetime import datetime

import pytest

from sealegs.perturbation.world import Change
from sealegs.perturbation.worlds.disturbing import disturbed_world
from sealegs_adapters.system_clock import SystemClock
from world_trials import saying, told


def test_the_whole_process_sees_a_shifted_clock_until_the_end_of_the_block() -> None:
    pytest.importorskip("time_machine")
    right = time.time()
    trial = saying(Change("clock", values={"seconds": 86_400}))
    with trial, disturbed_world(clock=SystemClock()) as world:
        assert datetime.now().timestamp() - right == pytest.approx(86_400, abs=60)
        world.met("", "the calendar tool said tomorrow")
    assert time.time() - right == pytest.approx(0, abs=60)
    assert told(trial) == (True, "the calendar tool said tomorrow")


def test_without_the_library_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "time_machine", None)
    with pytest.raises(ModuleNotFoundError, match="pip install time-machine"):
        SystemClock()
