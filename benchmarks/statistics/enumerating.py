"""Every table there is: the exact error of an interval's ends, where each case has one pair."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from agents import PAIRS

from sealegs.statistics.intervals import Interval
from sealegs.statistics.paired import PairedTable, guarded, newcombe, tango

__all__ = ["worst"]

INTERVALS = {"newcombe": newcombe, "tango": tango, "guarded": guarded}
_RATES = 21
_STEPS = 6


def worst(pairs: int, margin: float, alpha: float) -> dict[str, Any]:
    """Give, for each interval, the largest chance of either wrong decision, and where it is.

    Over base rates, and over correlations from the least to the greatest, with a true difference of
    the margin exactly.
    """
    tables = [
        PairedTable(both, lost, won, pairs - both - lost - won)
        for both in range(pairs + 1)
        for lost in range(pairs + 1 - both)
        for won in range(pairs + 1 - both - lost)
    ]
    logs = [math.lgamma(count + 1) for count in range(pairs + 1)]
    ways = [
        logs[pairs] - logs[int(t.both)] - logs[int(t.only_first)] - logs[int(t.only_second)]
        - logs[int(t.neither)]
        for t in tables
    ]  # fmt: skip
    wrong = {}
    for name, interval in INTERVALS.items():
        decided = [
            (t, way, _side(interval(t, alpha), margin)) for t, way in zip(tables, ways, strict=True)
        ]
        for side in ("fail", "pass"):
            wrong[name, side] = [(t, way) for t, way, kind in decided if kind == side]
    found: dict[str, Any] = {"pairs": pairs, "margin": margin, "alpha": alpha}
    for (name, side), chosen in wrong.items():
        most = max(
            ((_chance(chosen, shares), first, won) for first, won, shares in _settings(margin)),
            default=(0.0, 0.0, 0.0),
        )
        found[f"{name} {side}"] = most
    return found


def _side(interval: Interval, margin: float) -> str:
    if interval.high < -margin:
        return "fail"
    return "pass" if interval.low >= -margin else ""


def _settings(margin: float) -> Iterator[tuple[float, float, tuple[float, ...]]]:
    for step in range(_RATES):
        first = margin + (1 - margin) * step / (_RATES - 1)
        second = first - margin
        least, most = (PAIRS[name](first, second) for name in ("coupled", "contrary"))
        for part in range(_STEPS if most > least else 1):
            won = least + (most - least) * part / (_STEPS - 1)
            lost = won + margin
            yield first, won, (second - won, lost, won, 1 - second - lost)


def _chance(tables: list[tuple[PairedTable, float]], shares: tuple[float, ...]) -> float:
    logs = [math.log(share) if share > 1e-12 else -math.inf for share in shares]
    both, lost, won, neither = logs
    total = []
    for t, way in tables:
        log = way
        for count, one in (
            (t.both, both),
            (t.only_first, lost),
            (t.only_second, won),
            (t.neither, neither),
        ):
            if count:
                log += count * one
        if log > -40:
            total.append(math.exp(log))
    return math.fsum(total)
