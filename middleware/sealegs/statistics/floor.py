"""The A/A floor: how much two runs without any disturbance differ by chance alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sealegs.statistics.intervals import Interval, normal_quantile
from sealegs.statistics.proportions import wilson

__all__ = ["NoiseFloor", "noise_floor"]


@dataclass(frozen=True, slots=True)
class NoiseFloor:
    """What repetitions of one arm say of chance.

    Attributes:
        discordance: the chance that two repetitions of a case disagree, averaged over cases.
        interval: its interval.
        difference: where the difference of two such runs of all cases lies, by chance alone, with
            the level's probability. It is reckoned at the upper end of `interval`, so that no
            disagreement seen does not mean none to come.
        cases: how many cases repeat.
    """

    discordance: float
    interval: Interval
    difference: Interval
    cases: int


def noise_floor(repetitions: Sequence[Sequence[bool]], alpha: float = 0.05) -> NoiseFloor | None:
    """Measure how much repetitions of the same cases differ; None where no case repeats.

    Of n repetitions with c passes, 2 c (n - c) / (n (n - 1)) of the pairs disagree, an unbiased
    estimate of one case's chance of it. The interval is Wilson's with the cases as trials; a mean
    of values between 0 and 1 spreads no more than that. Half the chance of disagreement is the
    variance within a case.

    Args:
        repetitions: each case's results; a case with a single result is left out.
        alpha: the two-sided error level.

    >>> floor = noise_floor([[True, True], [True, False], [True, True], [True, True]])
    >>> floor.discordance, round(floor.interval.high, 3), round(floor.difference.high, 3)
    (0.25, 0.699, 0.579)
    """
    repeated = [case for case in repetitions if len(case) > 1]
    if not repeated:
        return None
    count = len(repeated)
    total = math.fsum(_disagreement(case) for case in repeated)
    interval = wilson(min(total, count), count, alpha)
    variance = math.fsum(interval.high / len(case) for case in repeated) / count**2
    reach = min(normal_quantile(alpha) * math.sqrt(variance), 1.0)
    return NoiseFloor(total / count, interval, Interval(-reach, reach), count)


def _disagreement(results: Sequence[bool]) -> float:
    count, passed = len(results), sum(results)
    return 2 * passed * (count - passed) / (count * (count - 1))
