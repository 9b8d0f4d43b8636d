"""The gate after all pairs: how often it is wrong at the margin, and how often it decides."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import agents
import peers

from sealegs.statistics.clusters import case_bootstrap, case_floor
from sealegs.statistics.gating import Decision, Gate, decide
from sealegs.statistics.intervals import Interval
from sealegs.statistics.paired import PairedTable, guarded, newcombe

__all__ = ["clusters", "singles"]

_guarded = cache(guarded)
_newcombe = cache(newcombe)


def singles(
    model: str, pairs: int, first: float, second: float, gate: Gate, times: int, seed: str
) -> dict[str, Any]:
    """One pair for each case: our gate, Newcombe's interval alone, and the unpaired rule."""
    chance = random.Random(seed)
    shares = agents.probabilities(model, first, second)
    counts: dict[str, int] = {}
    for _ in range(times):
        table = agents.table(chance, pairs, shares)
        _count(counts, "gate", _guarded(table, gate.alpha), gate)
        _count(counts, "newcombe", _newcombe(table, gate.alpha), gate)
        _count(counts, "arci", peers.arci(*agents.arms(table), pairs, gate.alpha), gate)
    return {
        "model": model, "cases": pairs, "repetitions": 1, "first": first, "second": second,
        "times": times, **_shares(counts, times, ("gate", "newcombe", "arci")),
    }  # fmt: skip


def clusters(
    model: str,
    cases: int,
    repetitions: int,
    first: float,
    second: float,
    gate: Gate,
    times: int,
    alone: int,
    seed: str,
) -> dict[str, Any]:
    """Cases that repeat: our gate, and in the first `alone` runs the bootstrap without a floor.

    The bootstrap is drawn only where the floor decides, for it can only widen the interval.
    """
    chance = random.Random(seed)
    counts: dict[str, int] = {}
    for number in range(times):
        drawn = agents.clustered(chance, model, cases, repetitions, first, second)
        interval = case_floor(drawn, gate.alpha)
        open_still = decide(interval, gate.margin) is Decision.INCONCLUSIVE
        if not open_still or number < alone:
            bootstrap = _bootstrap(drawn, gate, number)
            interval = interval.hull(bootstrap)
            if number < alone:
                _count(counts, "bootstrap", bootstrap, gate)
        _count(counts, "gate", interval, gate)
    return {
        "model": model, "cases": cases, "repetitions": repetitions, "first": first,
        "second": second, "times": times, **_shares(counts, times, ("gate",)),
        **_shares(counts, alone, ("bootstrap",)),
    }  # fmt: skip


def _bootstrap(cases: list[PairedTable], gate: Gate, seed: int) -> Interval:
    differences = [case.difference for case in cases]
    return case_bootstrap(differences, gate.alpha, seed=seed, draws=gate.draws)


def _count(counts: dict[str, int], name: str, interval: Interval, gate: Gate) -> None:
    key = f"{name} {decide(interval, gate.margin)}"
    counts[key] = counts.get(key, 0) + 1


def _shares(counts: dict[str, int], times: int, names: tuple[str, ...]) -> dict[str, float | None]:
    return {
        f"{name} {side}": counts.get(f"{name} {side}", 0) / times if times else None
        for name in names
        for side in ("fail", "pass")
    }
