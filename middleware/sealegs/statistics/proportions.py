"""Intervals and exact tails for one binomial proportion."""

from __future__ import annotations

import math
from collections.abc import Callable

from sealegs.statistics.intervals import Interval, checked_alpha, normal_quantile

__all__ = ["binomial_at_least", "binomial_at_most", "clopper_pearson", "wilson", "wilson_ends"]

_HALVINGS = 60


def wilson(successes: float, trials: float, alpha: float = 0.05) -> Interval:
    """Give the Wilson score interval (Wilson 1927; no continuity correction).

    Counts may be fractions, as they are where a count stands for an effective number of trials.

    >>> interval = wilson(81, 263)
    >>> round(interval.low, 4), round(interval.high, 4)
    (0.2553, 0.3662)
    """
    return wilson_ends(successes, trials, normal_quantile(alpha))


def wilson_ends(successes: float, trials: float, critical: float) -> Interval:
    """Give the Wilson score interval for a critical value of the caller's own."""
    _check(successes, trials)
    rate = successes / trials
    squared = critical * critical
    scale = 1 + squared / trials
    centre = (rate + squared / (2 * trials)) / scale
    variance = rate * (1 - rate) / trials + squared / (4 * trials * trials)
    half = critical * math.sqrt(variance) / scale
    low = 0.0 if successes == 0 else min(max(centre - half, 0.0), rate)
    high = 1.0 if successes == trials else max(min(centre + half, 1.0), rate)
    return Interval(low, high)


def clopper_pearson(successes: int, trials: int, alpha: float = 0.05) -> Interval:
    """Give the exact interval of Clopper and Pearson (1934).

    >>> interval = clopper_pearson(0, 35)
    >>> interval.low, round(interval.high, 4)
    (0.0, 0.1)
    """
    _check(successes, trials)
    tail = checked_alpha(alpha) / 2
    low = high = None
    if successes > 0:
        low = _root(lambda rate: binomial_at_least(successes, trials, rate) > tail)
    if successes < trials:
        high = _root(lambda rate: binomial_at_most(successes, trials, rate) < tail)
    return Interval(0.0 if low is None else low, 1.0 if high is None else high)


def binomial_at_least(successes: int, trials: int, rate: float) -> float:
    """Give the probability of so many successes or more.

    >>> binomial_at_least(9, 10, 0.5) == 11 / 1024
    True
    """
    return binomial_at_most(trials - successes, trials, 1 - rate)


def binomial_at_most(successes: int, trials: int, rate: float) -> float:
    """Give the probability of so many successes or fewer, summed term by term.

    >>> binomial_at_most(1, 10, 0.5) == 11 / 1024
    True
    """
    if successes < 0 or successes >= trials:
        return 0.0 if successes < 0 else 1.0
    if rate in {0.0, 1.0}:
        return 1.0 - rate
    odds = rate / (1 - rate)
    start = math.log1p(-rate) * trials
    if start > -700:  # beyond, the first term is no float any more
        terms = [math.exp(start)]
        for count in range(successes):
            terms.append(terms[-1] * odds * (trials - count) / (count + 1))
    else:
        terms = [math.exp(_log_term(count, trials, rate)) for count in range(successes + 1)]
    return min(math.fsum(terms), 1.0)


def _log_term(count: int, trials: int, rate: float) -> float:
    ways = math.lgamma(trials + 1) - math.lgamma(count + 1) - math.lgamma(trials - count + 1)
    return ways + count * math.log(rate) + (trials - count) * math.log1p(-rate)


def _root(reached: Callable[[float], bool]) -> float:
    """Give where a condition becomes true on the way from 0 to 1."""
    below, above = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (below + above) / 2
        if reached(middle):
            above = middle
        else:
            below = middle
    return (below + above) / 2


def _check(successes: float, trials: float) -> None:
    if not 0 <= successes <= trials or trials <= 0:
        raise ValueError(f"{successes} of {trials} is no number of successes")
