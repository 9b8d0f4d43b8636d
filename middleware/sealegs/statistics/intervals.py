"""An interval, and the quantiles that intervals are made with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

__all__ = ["Interval", "checked_alpha", "normal_quantile", "student_quantile"]

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Interval:
    """A closed interval of plausible values.

    Attributes:
        low: its lower end.
        high: its upper end.
    """

    low: float
    high: float

    @property
    def width(self) -> float:
        """How far its ends lie apart."""
        return self.high - self.low

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def hull(self, other: Interval) -> Interval:
        """Give the smallest interval that holds both.

        >>> Interval(-0.2, 0.0).hull(Interval(-0.1, 0.1))
        Interval(low=-0.2, high=0.1)
        """
        return Interval(min(self.low, other.low), max(self.high, other.high))

    def clipped(self, low: float, high: float) -> Interval:
        """Give the interval with both ends moved into a range."""
        return Interval(min(max(self.low, low), high), min(max(self.high, low), high))


def checked_alpha(alpha: float) -> float:
    """Give the two-sided error level back if it is one.

    Raises:
        ValueError: it does not lie above 0 and at most at 0.5.
    """
    if not 0 < alpha <= 0.5:
        raise ValueError(f"alpha must lie above 0 and at most at 0.5, not at {alpha}")
    return alpha


def normal_quantile(alpha: float) -> float:
    """Give the two-sided critical value of the normal distribution.

    >>> round(normal_quantile(0.05), 4)
    1.96
    """
    return -_NORMAL.inv_cdf(checked_alpha(alpha) / 2)


def student_quantile(alpha: float, freedom: int) -> float:
    """Give the two-sided critical value of Student's t distribution.

    Exact for one and two degrees of freedom, else the Cornish–Fisher expansion about the normal
    quantile (Abramowitz and Stegun, 26.7.5), which for three degrees and alpha 0.05 is 0.003 off
    and soon far less. No degree of freedom gives infinity.

    >>> [round(student_quantile(0.05, freedom), 3) for freedom in (1, 2, 9, 199)]
    [12.706, 4.303, 2.262, 1.972]
    """
    z = normal_quantile(alpha)
    if freedom < 1:
        return math.inf
    if freedom == 1:
        return 1 / math.tan(math.pi * alpha / 2)
    if freedom == 2:
        return (1 - alpha) * math.sqrt(2 / (alpha * (2 - alpha)))
    squared = z * z
    terms = (
        z * (squared + 1) / 4,
        z * ((5 * squared + 16) * squared + 3) / 96,
        z * (((3 * squared + 19) * squared + 17) * squared - 15) / 384,
        z * ((((79 * squared + 776) * squared + 1482) * squared - 1920) * squared - 945) / 92160,
    )
    return z + math.fsum(term / math.pow(freedom, power) for power, term in enumerate(terms, 1))
