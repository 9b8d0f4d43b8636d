"""A confidence sequence: an interval that may be looked at after every pair, and acted upon.

Betting against a supposed mean: whoever bets a fixed fraction on every observation has, if the mean
is as supposed, on average never more than the stake; a mean against which a gambler has multiplied
the stake by 2 / alpha is given up, and by Ville's inequality a true one is ever given up with
probability alpha / 2 at most. Three gamblers with fixed fractions on each side share the stake, so
the order of the observations does not matter to their wealth, and what must be kept is how often
each value came. Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting",
Journal of the Royal Statistical Society B 86 (2024), 1–27, section 4; mixtures of fixed fractions
after Cover's universal portfolio, as in Orabona and Jun, IEEE Transactions on Information Theory 70
(2024), 436–455. Of the forms that ``benchmarks/statistics`` compares (predictable plug-in,
empirical Bernstein, finer mixtures) this one stops soonest where a gate has to decide.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from sealegs.statistics.intervals import Interval, checked_alpha

__all__ = ["BETS", "PairedSequence", "log_wealth"]

BETS: tuple[tuple[float, float], ...] = ((0.06, 0.1), (0.25, 0.45), (0.7, 0.45))
"""The gamblers: the fraction of their wealth that each bets, and their share of the stake.

The boldest suit clear cases and the timid ones long runs. None bets everything, so none is ruined.
"""

_HALVINGS = 40


class PairedSequence:
    """The confidence sequence for the mean of differences between -1 and 1.

    Observations must be independent and alike in distribution, or at least have the same mean given
    all before them. Repetitions of one case do not: observe the mean of a case once it is complete.

    The interval is the intersection of all so far, so what it has once decided stays decided.

    >>> sequence = PairedSequence(alpha=0.05)
    >>> for _ in range(100):
    ...     sequence.observe(0)
    >>> sequence.interval.low > -0.1
    True
    """

    __slots__ = ("_counts", "_high", "_low", "_needed")

    def __init__(self, alpha: float = 0.05) -> None:
        self._needed = math.log(2 / checked_alpha(alpha))
        self._counts: dict[float, int] = {}
        self._low = -1.0
        self._high = 1.0

    @property
    def observed(self) -> int:
        """How many differences were observed."""
        return sum(self._counts.values())

    @property
    def interval(self) -> Interval:
        """What has not been given up."""
        return Interval(self._low, self._high)

    def observe(self, difference: float) -> None:
        """Take one difference, second minus first.

        Raises:
            ValueError: it does not lie between -1 and 1.
        """
        if not -1 <= difference <= 1:
            raise ValueError(f"a difference of rates lies between -1 and 1, not at {difference}")
        self._counts[difference] = self._counts.get(difference, 0) + 1
        # the mirrored observations have the mirrored interval
        mirrored = {-value: count for value, count in self._counts.items()}
        low = self._given_up(self._counts, self._low)
        high = -self._given_up(mirrored, -self._high)
        if low <= high:  # else the data are of no one mean, and the last interval is kept
            self._low, self._high = low, high

    def _given_up(self, counts: Mapping[float, int], low: float) -> float:
        """Give the largest mean up to which all are given up, at least the one known so far."""
        if log_wealth(counts.items(), low) < self._needed:
            return low
        above = 1.0
        for _ in range(_HALVINGS):
            middle = (low + above) / 2
            if log_wealth(counts.items(), middle) >= self._needed:
                low = middle
            else:
                above = middle
        return low


def log_wealth(counts: Iterable[tuple[float, int]], mean: float) -> float:
    """Give the logarithm of what the gamblers have who bet that the mean is larger than this one.

    It falls as the supposed mean grows.

    Args:
        counts: values, and how often each was observed.
        mean: the supposed mean.

    >>> round(log_wealth([(0.0, 10)], 0.0), 6) == 0
    True
    """
    room = 1 + mean
    if room <= 0:  # nothing lies below -1: bets against it win without limit
        return math.inf if any(value > -1 and count for value, count in counts) else 0.0
    seen = list(counts)
    logs = [
        math.log(share)
        + math.fsum(
            count * math.log1p(fraction * ((1 + value) / room - 1)) for value, count in seen
        )
        for fraction, share in BETS
    ]
    most = max(logs)
    return most + math.log(math.fsum(math.exp(log - most) for log in logs))
