"""How many pairs would decide, where those at hand do not.

Estimates, at the rates that were observed: these are uncertain themselves, so take them as an order
of magnitude. The interval's form is the gate's own, and the chance of deciding is aimed at 0.8.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist

from sealegs.statistics.paired import PairedTable, guarded

__all__ = ["observations_needed", "pairs_needed"]

_MOST = 1_000_000
"""Beyond, there is no point in saying a number: the difference is the margin, for all one knows."""

_POWER = NormalDist().inv_cdf(0.8)


def pairs_needed(table: PairedTable, margin: float, alpha: float = 0.05) -> int | None:
    """Give how many independent pairs would decide a gate; None if a million would not.

    At the observed rates and with that number of pairs, the interval must clear the margin even
    where the estimate falls short by as much as it does in one of five draws.

    >>> pairs_needed(PairedTable(36, 4, 0, 0), margin=0.1) is None
    True
    >>> pairs_needed(PairedTable(38, 1, 1, 0), margin=0.1)
    77
    """
    if abs(table.difference + margin) < 1e-9:
        return None

    def clear(pairs: int) -> bool:
        interval = guarded(table.scaled(pairs / table.pairs), alpha)
        short = _POWER * math.sqrt(table.variance / pairs)
        return interval.low - short >= -margin or interval.high + short < -margin

    enough = 2
    while not clear(enough):
        enough *= 2
        if enough > _MOST:
            return None
    few = enough // 2
    while enough - few > 1:
        middle = (few + enough) // 2
        if clear(middle):
            enough = middle
        else:
            few = middle
    return enough


def observations_needed(
    values: Mapping[float, int],
    margin: float,
    alpha: float,
    bets: tuple[tuple[float, float], ...],
) -> int | None:
    """Give how many observations the confidence sequence would take; None if a million do not do.

    It is where the wealth of the gambler who gains most, at the observed frequencies, reaches what
    the level demands.

    >>> observations_needed({0.0: 30}, 0.1, 0.05, ((0.7, 1.0),))
    50
    """
    count = sum(values.values())
    mean = math.fsum(value * times for value, times in values.items()) / count
    sign = 1.0 if mean > -margin else -1.0
    room = 1 - sign * margin
    counts: list[float] = []
    for fraction, share in bets:
        growth = math.fsum(
            times * math.log1p(fraction * ((1 + sign * value) / room - 1))
            for value, times in values.items()
        )
        if growth > 0:
            counts.append(math.log(2 / (alpha * share)) * count / growth)
    fewest = min(counts, default=math.inf)
    return math.ceil(fewest) if fewest <= _MOST else None
