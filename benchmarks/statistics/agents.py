"""Simulated agents: pairs of outcomes whose true difference is known."""

from __future__ import annotations

import random
from collections.abc import Callable

from sealegs.statistics.paired import PairedTable

__all__ = ["CASES", "PAIRS", "arms", "clustered", "probabilities", "table"]

INTRACLASS = 0.3
"""How alike repetitions of one case are, where cases differ in difficulty."""

RESCUED = 0.05
"""The share of cases that fail undisturbed and pass disturbed, where there are such."""


def independent(first: float, second: float) -> float:
    """Both arms pass or fail on their own."""
    return second * (1 - first)


def coupled(first: float, second: float) -> float:
    """The worse arm never passes where the better one does not."""
    return max(second - first, 0.0)


def contrary(first: float, second: float) -> float:
    """The arms disagree as often as they can."""
    return min(second, 1 - first)


PAIRS: dict[str, Callable[[float, float], float]] = {
    "independent": independent,
    "coupled": coupled,
    "contrary": contrary,
}
"""How likely the second arm alone passes, where each case has one pair."""


def probabilities(model: str, first: float, second: float) -> tuple[float, float, float, float]:
    """Give the chances of a pair: both, only the first, only the second, neither."""
    won = PAIRS[model](first, second)
    lost = first - second + won
    both = max(second - won, 0.0)
    return both, max(lost, 0.0), won, max(1 - both - lost - won, 0.0)


def table(chance: random.Random, pairs: int, shares: tuple[float, ...]) -> PairedTable:
    """Draw so many pairs."""
    one, two = shares[0], shares[0] + shares[1]
    three = two + shares[2]
    counts = [0, 0, 0, 0]
    draw = chance.random
    for _ in range(pairs):
        value = draw()
        counts[(value >= one) + (value >= two) + (value >= three)] += 1
    return PairedTable(*counts)


def _even(chance: random.Random, first: float, second: float) -> tuple[float, float]:
    return first, second


def _difficulty(chance: random.Random, first: float, second: float) -> tuple[float, float]:
    if first in {0.0, 1.0}:
        return first, second
    weight = 1 / INTRACLASS - 1
    rate = chance.betavariate(first * weight, (1 - first) * weight)
    return rate, rate * second / first


def _broken(chance: random.Random, first: float, second: float) -> tuple[float, float]:
    return first, first if chance.random() < second / first else 0.0


def _rescued(chance: random.Random, first: float, second: float) -> tuple[float, float]:
    if chance.random() < RESCUED:
        return 0.0, 1.0
    base = first / (1 - RESCUED)
    return base, (second - RESCUED) / (1 - RESCUED)


def _certain(chance: random.Random, first: float, second: float) -> tuple[float, float]:
    return float(chance.random() < first), float(chance.random() < second)


CASES: dict[str, Callable[[random.Random, float, float], tuple[float, float]]] = {
    "even": _even,
    "difficulty": _difficulty,
    "broken": _broken,
    "rescued": _rescued,
    "certain": _certain,
}
"""Each case's own rates in both arms, with the given rates as their means.

All cases alike; cases of different difficulty; a disturbance that breaks some cases wholly and
leaves the others; one that rescues some; cases that always end alike.
"""


def clustered(
    chance: random.Random, model: str, cases: int, repetitions: int, first: float, second: float
) -> list[PairedTable]:
    """Draw each case's table of pairs."""
    draw = chance.random
    drawn = []
    for _ in range(cases):
        one, two = CASES[model](chance, first, second)
        counts = [0, 0, 0, 0]
        for _ in range(repetitions):
            counts[2 * (draw() >= one) + (draw() >= two)] += 1
        drawn.append(PairedTable(*counts))
    return drawn


def arms(one: PairedTable) -> tuple[int, int]:
    """Give both arms' passes."""
    return int(one.both + one.only_first), int(one.both + one.only_second)
