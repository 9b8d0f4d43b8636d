"""Cases that repeat: the difference of two arms, with the cases as the units that are sampled.

A case is the table of its own pairs, and counts once, however often it repeats. The bootstrap draws
whole cases. Alone it is not enough for a gate: where all cases agree it has no width at all, and
where a disturbance breaks one case in ten wholly, it lets a drop of ten points pass with ten of a
hundred sets of 20 cases. Its ends are therefore moved out to those of `case_floor`, the interval of
the paired table at its effective size. Few cases then seldom decide, and rightly: a kind of case
that is a tenth of all does not show among 34 cases with a probability of 2.8 %, so that whoever
passes fewer on no evidence is wrong more often than that.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from statistics import NormalDist

from sealegs.statistics.intervals import Interval, checked_alpha, student_quantile
from sealegs.statistics.paired import PairedTable, guarded_ends

__all__ = ["bootstrap_difference", "case_bootstrap", "case_floor", "case_floor_worth", "pooled"]

_NORMAL = NormalDist()
_TINY = 1e-12


def bootstrap_difference(
    cases: Sequence[PairedTable], alpha: float = 0.05, *, seed: int = 0, draws: int = 2000
) -> Interval:
    """Give an interval for the mean over cases of the second arm's rate minus the first's.

    It is the hull of the bootstrap by case and of the floor, so that data without any spread do not
    pass for certainty. Equal cases, seed and draws give an equal interval, in whatever order the
    cases come.

    Args:
        cases: each case's table of pairs.
        alpha: the two-sided error level.
        seed: the seed of the draws.
        draws: how many resamples are drawn.

    >>> cases = [PairedTable(5, 0, 0, 0)] * 45 + [PairedTable(2, 3, 0, 0)] * 5
    >>> interval = bootstrap_difference(cases)
    >>> round(interval.low, 2), round(interval.high, 2)
    (-0.17, 0.03)
    """
    differences = [case.difference for case in cases]
    drawn = case_bootstrap(differences, alpha, seed=seed, draws=draws)
    return drawn.hull(case_floor(cases, alpha))


def case_bootstrap(
    differences: Sequence[float], alpha: float = 0.05, *, seed: int = 0, draws: int = 2000
) -> Interval:
    """Give the bootstrap interval of a mean: bias-corrected and accelerated.

    Efron, "Better bootstrap confidence intervals", JASA 82 (1987), 171–185. The level is that of
    Student's t, made wider by n / (n - 1), as Hesterberg advises ("What teachers should know about
    the bootstrap", The American Statistician 69 (2015), 371–386), for resamples of few cases
    spread too little. Values without spread give an interval without width.

    >>> case_bootstrap([0.0] * 20)
    Interval(low=0.0, high=0.0)
    """
    if not differences or draws < 1:
        raise ValueError("a bootstrap needs cases and draws")
    checked_alpha(alpha)
    ordered = sorted(differences)  # so that the order of the cases does not matter
    count = len(ordered)
    if ordered[0] == ordered[-1]:
        return Interval(ordered[0], ordered[0])
    draw = random.Random(seed).choices
    means = sorted(math.fsum(draw(ordered, k=count)) / count for _ in range(draws))
    critical = student_quantile(alpha, count - 1) * math.sqrt(count / (count - 1))
    levels = _accelerated(ordered, means, critical)
    return Interval(_quantile(means, levels[0]), _quantile(means, levels[1]))


def case_floor(cases: Sequence[PairedTable], alpha: float = 0.05) -> Interval:
    """Give the guarded interval of the paired table at its effective number of pairs.

    The design effect (Kish 1965; Rao and Scott, Biometrics 48 (1992), 577–585) says how many
    independent pairs the cases are worth: at least one each, at most all pairs. For either end the
    variance between cases is taken with one more case that tells the most against that end,
    because a kind of case that none of few cases shows still has to be reckoned with.

    >>> interval = case_floor([PairedTable(5, 0, 0, 0)] * 50)
    >>> round(interval.low, 3), round(interval.high, 3)
    (-0.092, 0.092)
    """
    if not cases:
        raise ValueError("a floor needs cases")
    critical = student_quantile(alpha, len(cases) - 1)
    table = pooled(cases)
    low = guarded_ends(table.scaled(_worth(cases, table, -1.0)), critical).low
    high = guarded_ends(table.scaled(_worth(cases, table, 1.0)), critical).high
    return Interval(low, high)


def case_floor_worth(cases: Sequence[PairedTable]) -> float:
    """Give how many independent pairs a case is worth, by the more careful of the floor's ends.

    >>> case_floor_worth([PairedTable(5, 0, 0, 0)] * 50)
    1.0
    """
    table = pooled(cases)
    return min(_worth(cases, table, -1.0), _worth(cases, table, 1.0))


def _worth(cases: Sequence[PairedTable], table: PairedTable, unseen: float) -> float:
    """Give the number of independent pairs per case: the inverse of the design effect, scaled."""
    mean = table.difference
    spread = math.fsum((case.difference - mean) ** 2 for case in cases)
    between = (spread + (unseen - mean) ** 2) / len(cases)
    most = math.fsum(case.pairs for case in cases) / len(cases)
    gain = table.variance / between if between > _TINY else 1.0
    return min(max(gain, 1.0), max(most, 1.0))


def pooled(cases: Sequence[PairedTable]) -> PairedTable:
    """Give the table of all cases, each of which counts as one pair.

    >>> pooled([PairedTable(4, 1, 0, 0), PairedTable(0, 0, 0, 2)])
    PairedTable(both=0.8, only_first=0.2, only_second=0.0, neither=1.0)
    """
    return PairedTable(
        math.fsum(case.both / case.pairs for case in cases),
        math.fsum(case.only_first / case.pairs for case in cases),
        math.fsum(case.only_second / case.pairs for case in cases),
        math.fsum(case.neither / case.pairs for case in cases),
    )


def _accelerated(
    ordered: Sequence[float], means: Sequence[float], critical: float
) -> tuple[float, float]:
    """Give the two levels at which the resampled means are read."""
    count, draws = len(ordered), len(means)
    mean = math.fsum(ordered) / count
    second = math.fsum((value - mean) ** 2 for value in ordered) / count
    third = math.fsum((value - mean) ** 3 for value in ordered) / count
    acceleration = third / (6 * math.sqrt(count) * second**1.5)
    # means that equal the estimate, as means of few values often do, count half
    below = bisect_left(means, mean - _TINY)
    share = (below + bisect_right(means, mean + _TINY)) / (2 * draws)
    bias = _NORMAL.inv_cdf(min(max(share, 1 / (2 * draws)), 1 - 1 / (2 * draws)))
    return _level(-critical, bias, acceleration), _level(critical, bias, acceleration)


def _level(critical: float, bias: float, acceleration: float) -> float:
    reach = 1 - acceleration * (bias + critical)
    if reach <= 0.05:  # so skewed that the expansion does not hold: the outermost mean
        return 1.0 if critical > 0 else 0.0
    return _NORMAL.cdf(bias + (bias + critical) / reach)


def _quantile(ordered: Sequence[float], level: float) -> float:
    """Give a quantile, interpolated between neighbours."""
    place = level * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
