"""The decision rules of two peers, written anew from what their releases do.

agent-reliability-ci 0.8.0 bounds either arm by Clopper and Pearson with a quarter of alpha on each
side, and the difference by the bounds' differences; which outcomes belong together is not used.
agentcheck-pytest-plugin 0.1.0 looks after every run: it passes or fails at once where the bare rate
can no longer miss or reach the bar, and else holds one arm's Wilson interval against the bar, from
the fifth run on for a failure and from half of the runs on for a pass.
"""

from __future__ import annotations

from functools import cache

from sealegs.statistics.intervals import Interval
from sealegs.statistics.proportions import clopper_pearson, wilson

__all__ = ["agentcheck", "arci"]

_clopper_pearson = cache(clopper_pearson)
_wilson = cache(wilson)


def arci(first: int, second: int, trials: int, alpha: float) -> Interval:
    """Give the bounds of the second rate minus the first."""
    one = _clopper_pearson(first, trials, alpha / 2)
    two = _clopper_pearson(second, trials, alpha / 2)
    return Interval(two.low - one.high, two.high - one.low)


def agentcheck(outcomes: list[bool], bar: float, alpha: float) -> tuple[str, int]:
    """Give the verdict and after how many runs it came."""
    runs, passed = len(outcomes), 0
    for completed, outcome in enumerate(outcomes, 1):
        passed += outcome
        if (passed + runs - completed) / runs < bar:
            return "fail", completed
        if passed / runs >= bar:
            return "pass", completed
        interval = _wilson(passed, completed, alpha)
        if completed >= 5 and interval.high < bar:
            return "fail", completed
        if interval.low >= bar and completed >= max(10, runs // 2):
            return "pass", completed
    return "inconclusive", runs
