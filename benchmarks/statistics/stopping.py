"""The gate while pairs come in: how often it is ever wrong, and when it stops."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Iterable
from typing import Any

import agents
import peers

from sealegs.statistics.gating import Gate
from sealegs.statistics.intervals import normal_quantile
from sealegs.statistics.proportions import wilson
from sealegs.statistics.sequences import BETS

__all__ = ["CANDIDATES", "agentcheck", "peeked"]

Rule = Callable[[list[int], float, float], tuple[str, int]]
"""Takes differences, the margin and alpha; gives the decision and after how many it came."""


def mixture(bets: Iterable[tuple[float, float]]) -> Rule:
    """Gamblers with fixed fractions who share the stake; what `PairedSequence` does, at the margin.

    A mean is given up when their wealth against it reaches 2 / alpha, so that whether the interval
    clears the margin is seen at the margin alone.
    """
    chosen = tuple(bets)

    def rule(values: list[int], margin: float, alpha: float) -> tuple[str, int]:
        needed = 2 / alpha
        rise, fall = 1 - margin, 1 + margin
        better = [
            [share, *(1 + bet * ((1 + value) / rise - 1) for value in (0, 1, -1))]
            for bet, share in chosen
        ]
        worse = [
            [share, *(1 + bet * ((1 - value) / fall - 1) for value in (0, 1, -1))]
            for bet, share in chosen
        ]
        for count, value in enumerate(values, 1):
            up = down = 0.0
            for one in better:
                one[0] *= one[value + 1 if value >= 0 else 3]
                up += one[0]
            for one in worse:
                one[0] *= one[value + 1 if value >= 0 else 3]
                down += one[0]
            if up >= needed:
                return "pass", count
            if down >= needed:
                return "fail", count
        return "inconclusive", len(values)

    return rule


def plug_in(values: list[int], margin: float, alpha: float) -> tuple[str, int]:
    """Bets that follow the variance seen so far (Waudby-Smith and Ramdas, hedged capital)."""
    mean = (1 - margin) / 2
    needed, log = math.log(2 / alpha), 2 * math.log(2 / alpha)
    up = down = 0.0
    total, spread, before = 0.5, 0.25, 0.25
    for count, value in enumerate(values, 1):
        outcome = (1 + value) / 2
        bet = math.sqrt(log / (before * count * math.log(count + 1)))
        up += math.log1p(min(bet, 0.75 / mean) * (outcome - mean))
        down += math.log1p(-min(bet, 0.75 / (1 - mean)) * (outcome - mean))
        if up >= needed or down >= needed:
            return ("pass" if up >= needed else "fail"), count
        total += outcome
        spread += (outcome - total / (count + 1)) ** 2
        before = spread / (count + 1)
    return "inconclusive", len(values)


def bernstein(values: list[int], margin: float, alpha: float) -> tuple[str, int]:
    """The predictable plug-in empirical Bernstein sequence of the same authors."""
    mean = (1 - margin) / 2
    log = math.log(2 / alpha)
    total, spread, before, guess = 0.5, 0.25, 0.25, 0.5
    weights = weighted = cost = 0.0
    for count, value in enumerate(values, 1):
        outcome = (1 + value) / 2
        bet = min(0.5, math.sqrt(2 * log / (before * count * math.log(count + 1))))
        weights += bet
        weighted += bet * outcome
        cost += (outcome - guess) ** 2 * (-math.log1p(-bet) - bet)
        reach = (log + cost) / weights
        if weighted / weights - reach >= mean:
            return "pass", count
        if weighted / weights + reach < mean:
            return "fail", count
        total += outcome
        guess = total / (count + 1)
        spread += (outcome - guess) ** 2
        before = spread / (count + 1)
    return "inconclusive", len(values)


def peeking(values: list[int], margin: float, alpha: float) -> tuple[str, int]:
    """What must not be done: a fixed-size interval of the mean, looked at after every pair."""
    critical = normal_quantile(alpha)
    total = squares = 0
    for count, value in enumerate(values, 1):
        total += value
        squares += value * value
        if count >= 10:
            mean = total / count
            # a variance of at least 1 / count, for equal pairs are no proof of certainty
            variance = max(squares / count - mean * mean, 1 / count)
            reach = critical * math.sqrt(variance / count)
            if mean - reach >= -margin:
                return "pass", count
            if mean + reach < -margin:
                return "fail", count
    return "inconclusive", len(values)


def _even(bets: Iterable[float]) -> tuple[tuple[float, float], ...]:
    chosen = tuple(bets)
    return tuple((bet, 1 / len(chosen)) for bet in chosen)


CANDIDATES: dict[str, Rule] = {
    "ours": mixture(BETS),
    "mixture of 12": mixture(_even(0.02 * 45 ** (step / 11) for step in range(12))),
    "mixture of 6": mixture(_even(0.05 * 18 ** (step / 5) for step in range(6))),
    "hedged plug-in": plug_in,
    "empirical Bernstein": bernstein,
    "interval peeked at": peeking,
}


def peeked(
    name: str,
    model: str,
    first: float,
    second: float,
    gate: Gate,
    most: int,
    times: int,
    seed: str,
) -> dict[str, Any]:
    """Look after every pair, to `most` pairs at the most."""
    chance = random.Random(seed)
    _, lost, won, _ = agents.probabilities(model, first, second)
    ends: list[tuple[str, int]] = []
    rule = CANDIDATES[name]
    for _ in range(times):
        values = [
            -1 if value < lost else int(value < lost + won)
            for value in (chance.random() for _ in range(most))
        ]
        ends.append(rule(values, gate.margin, gate.alpha))
    counts = [count for end, count in ends if end != "inconclusive"]
    median = statistics.median(count if end != "inconclusive" else math.inf for end, count in ends)
    return {
        "rule": name, "model": model, "first": first, "second": second, "times": times,
        "fail": sum(end == "fail" for end, _ in ends) / times,
        "pass": sum(end == "pass" for end, _ in ends) / times,
        "by 200": sum(count <= 200 for count in counts) / times,
        "median": None if math.isinf(median) else median,
    }  # fmt: skip


def agentcheck(rate: float, bar: float, runs: int, alpha: float, times: int, seed: str) -> Any:
    """The peer's early stop of one arm against a bar, beside the sequence for the same question."""
    chance = random.Random(seed)
    passed = ours = 0
    stops, our_stops = [], []
    bets = mixture(BETS)
    for _ in range(times):
        outcomes = [chance.random() < rate for _ in range(runs)]
        end, count = peers.agentcheck(outcomes, bar, alpha)
        passed += end == "pass"
        stops.append(count)
        # outcomes of -1 and 1, whose mean is held against the bar on the same scale
        end, count = bets([1 if one else -1 for one in outcomes], 1 - 2 * bar, alpha)
        ours += end == "pass"
        our_stops.append(count)
    fixed = sum(
        wilson(sum(chance.random() < rate for _ in range(runs)), runs, alpha).low >= bar
        for _ in range(times)
    )
    return {
        "rate": rate, "bar": bar, "runs": runs, "times": times, "agentcheck pass": passed / times,
        "agentcheck median": statistics.median(stops), "sequence pass": ours / times,
        "sequence median": statistics.median(our_stops), "wilson once pass": fixed / times,
    }  # fmt: skip
