"""Two arms on the same cases: the table of pairs, and intervals for its difference.

The difference is always that of the second arm minus the first.

Newcombe's interval is the customary one, and too narrow where the arms are strongly correlated:
with 20 pairs, a first arm that passes half of its cases and a second that never passes where the
first does not, its lower end lies above the true difference 8 % of the time instead of 2.5 %.
Tango's interval errs on the other side, near certainty. `guarded` is the hull of the two, with
Student's quantile for the normal one and half a pair of continuity correction; complete enumeration
(``benchmarks/statistics``) finds no base rate, correlation, size, margin or level at which an end
of it errs by more than a tenth above its nominal level of alpha / 2.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sealegs.statistics.intervals import Interval, normal_quantile, student_quantile
from sealegs.statistics.proportions import wilson_ends

__all__ = ["PairedTable", "guarded", "guarded_ends", "mcnemar_exact", "newcombe", "tango"]

_HALVINGS = 50
_HALF_A_PAIR = 0.5


@dataclass(frozen=True, slots=True)
class PairedTable:
    """How often both arms passed, one of them alone, and neither.

    Counts may be fractions, where a table stands for an effective number of pairs.

    Attributes:
        both: pairs in which both arms passed.
        only_first: pairs in which the first arm alone passed.
        only_second: pairs in which the second arm alone passed.
        neither: pairs in which neither passed.
    """

    both: float
    only_first: float
    only_second: float
    neither: float

    @classmethod
    def of(cls, pairs: Iterable[tuple[bool, bool]]) -> PairedTable:
        """Count pairs.

        >>> PairedTable.of([(True, True), (True, False), (True, True)])
        PairedTable(both=2, only_first=1, only_second=0, neither=0)
        """
        counts = [0, 0, 0, 0]
        for first, second in pairs:
            counts[2 * (not first) + (not second)] += 1
        return cls(*counts)

    @property
    def pairs(self) -> float:
        """How many there are."""
        return self.both + self.only_first + self.only_second + self.neither

    @property
    def first(self) -> float:
        """The rate at which the first arm passed."""
        return (self.both + self.only_first) / self.pairs

    @property
    def second(self) -> float:
        """The rate at which the second arm passed."""
        return (self.both + self.only_second) / self.pairs

    @property
    def difference(self) -> float:
        """The second rate minus the first."""
        return (self.only_second - self.only_first) / self.pairs

    @property
    def discordance(self) -> float:
        """The share of pairs whose arms disagree."""
        return (self.only_first + self.only_second) / self.pairs

    @property
    def variance(self) -> float:
        """The variance of one pair's difference."""
        return max(self.discordance - self.difference**2, 0.0)

    def scaled(self, factor: float) -> PairedTable:
        """Give the same rates on another number of pairs."""
        return PairedTable(
            self.both * factor,
            self.only_first * factor,
            self.only_second * factor,
            self.neither * factor,
        )


def newcombe(table: PairedTable, alpha: float = 0.05) -> Interval:
    """Give Newcombe's score interval for the paired difference.

    Method 10 of Newcombe, "Improved confidence intervals for the difference between binomial
    proportions based on paired data", Statistics in Medicine 17 (1998), 2635–2650: the Wilson
    limits of both rates, joined by a phi coefficient with continuity correction.

    >>> interval = newcombe(PairedTable(36, 12, 2, 0))
    >>> round(interval.low, 4), round(interval.high, 4)
    (-0.3404, -0.0569)
    """
    return _newcombe(_checked(table), normal_quantile(alpha))


def tango(table: PairedTable, alpha: float = 0.05, *, correction: float = 0.0) -> Interval:
    """Give Tango's score interval for the paired difference.

    Tango, "Equivalence test and confidence interval for the difference in proportions for the
    paired-sample design", Statistics in Medicine 17 (1998), 891–908: all differences that the score
    test does not reject. It depends on the discordant pairs alone.

    Args:
        table: the pairs.
        alpha: the two-sided error level.
        correction: how many discordant pairs the statistic is moved towards the tested value.

    >>> interval = tango(PairedTable(43, 0, 1, 0))
    >>> round(interval.low, 3), round(interval.high, 3)
    (-0.059, 0.118)
    """
    return _tango(_checked(table), normal_quantile(alpha), correction)


def guarded(table: PairedTable, alpha: float = 0.05) -> Interval:
    """Give the interval that a gate can rest on: Newcombe's and Tango's, whichever is wider.

    >>> interval = guarded(PairedTable(143, 47, 7, 3))
    >>> round(interval.low, 3), round(interval.high, 3)
    (-0.272, -0.132)
    """
    checked = _checked(table)
    return guarded_ends(checked, student_quantile(alpha, math.ceil(checked.pairs) - 1))


def guarded_ends(table: PairedTable, critical: float) -> Interval:
    """Give the guarded interval for a critical value of the caller's own."""
    if math.isinf(critical):
        return Interval(-1.0, 1.0)
    return _newcombe(table, critical).hull(_tango(table, critical, _HALF_A_PAIR))


def mcnemar_exact(table: PairedTable) -> float:
    """Give the two-sided exact p of McNemar's test: a fair coin for each discordant pair.

    Counts must be whole. Without discordant pairs it is 1.

    >>> mcnemar_exact(PairedTable(100, 9, 1, 10)) == 2 * 11 / 1024
    True
    """
    fewer, more = sorted((int(table.only_first), int(table.only_second)))
    if fewer == more:
        return 1.0
    term = ways = 1
    for count in range(fewer):
        term = term * (fewer + more - count) // (count + 1)
        ways += term
    # two exact integers: their quotient rounds once, and never overflows on the way
    coin = 1 << (fewer + more)
    return min(2 * ways / coin, 1.0)


def _checked(table: PairedTable) -> PairedTable:
    counts = (table.both, table.only_first, table.only_second, table.neither)
    if min(counts) < 0 or table.pairs <= 0:
        raise ValueError(f"{table} holds no pairs")
    return table


def _newcombe(table: PairedTable, critical: float) -> Interval:
    pairs, first, second = table.pairs, table.first, table.second
    one = wilson_ends(min(table.both + table.only_first, pairs), pairs, critical)
    two = wilson_ends(min(table.both + table.only_second, pairs), pairs, critical)
    phi = _phi(table)
    fall = _joined(second - two.low, one.high - first, phi)
    rise = _joined(two.high - second, first - one.low, phi)
    difference = table.difference
    return Interval(difference - fall, difference + rise).clipped(-1.0, 1.0)


def _joined(one: float, two: float, phi: float) -> float:
    return math.sqrt(max(one * one - 2 * phi * one * two + two * two, 0.0))


def _phi(table: PairedTable) -> float:
    """Give the correlation of the arms, moved towards zero by half the number of pairs."""
    product = (
        (table.both + table.only_first)
        * (table.only_second + table.neither)
        * (table.both + table.only_second)
        * (table.only_first + table.neither)
    )
    if product <= 0:
        return 0.0
    excess = table.both * table.neither - table.only_first * table.only_second
    if excess > 0:
        excess = max(excess - table.pairs / 2, 0.0)
    return excess / math.sqrt(product)


def _tango(table: PairedTable, critical: float, correction: float) -> Interval:
    def too_low(delta: float) -> bool:
        return _score(table, delta, -correction) > critical

    def low_enough(delta: float) -> bool:
        return _score(table, delta, correction) >= -critical

    difference = table.difference
    return Interval(_last(too_low, -1.0, difference), _last(low_enough, difference, 1.0))


def _last(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Give where a condition that holds at first ceases to hold, by bisection."""
    if holds(high):
        return high
    if not holds(low):
        return low
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if holds(middle):
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _score(table: PairedTable, delta: float, shift: float) -> float:
    """Give the score statistic of the hypothesis that the difference is delta.

    The likeliest share of pairs that only the first arm passes, given the difference, is the larger
    root of a quadratic equation; the statistic's variance follows from it.
    """
    pairs, lost, won = table.pairs, table.only_first, table.only_second
    alike = pairs - lost - won
    linear = lost * (1 - 3 * delta) + won * (1 - delta) - 2 * alike * delta
    constant = lost * delta * (1 - delta)
    root = math.sqrt(max(linear * linear + 8 * pairs * constant, 0.0))
    share = min(max((linear + root) / (4 * pairs), 0.0, -delta), (1 - delta) / 2)
    variance = pairs * (2 * share + delta - delta * delta)
    surplus = won - lost - pairs * delta + shift
    if variance <= 1e-12:
        return math.copysign(math.inf, surplus) if abs(surplus) > 1e-9 else 0.0
    return surplus / math.sqrt(variance)
