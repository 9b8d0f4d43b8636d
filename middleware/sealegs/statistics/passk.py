"""pass^k: how likely an agent passes a case in all of k attempts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

__all__ = ["mean_pass_hat", "pass_hat", "pass_hats"]


def pass_hat(passed: int, attempts: int, k: int) -> float:
    """Estimate without bias the chance that k attempts all pass: C(passed, k) / C(attempts, k).

    Yao et al., "tau-bench" (arXiv 2406.12045), section 4.

    >>> pass_hat(4, 5, 1), pass_hat(4, 5, 2), pass_hat(4, 5, 5)
    (0.8, 0.6, 0.0)
    """
    if not 0 <= passed <= attempts or not 1 <= k <= attempts:
        raise ValueError(f"{passed} of {attempts} attempts passed says nothing of {k} attempts")
    return math.comb(passed, k) / math.comb(attempts, k)


def mean_pass_hat(cases: Sequence[tuple[int, int]], k: int) -> float:
    """Average the estimate over cases, each given as its passes and its attempts.

    >>> mean_pass_hat([(5, 5), (4, 5)], 2)
    0.8
    """
    if not cases:
        raise ValueError("pass^k needs cases")
    return math.fsum(pass_hat(*case, k) for case in cases) / len(cases)


def pass_hats(cases: Iterable[tuple[int, int]]) -> tuple[float, ...]:
    """Give the average for k = 1, 2, …, as far as every case has so many attempts.

    >>> pass_hats([(2, 2), (1, 3)])
    (0.6666666666666666, 0.5)
    """
    known = list(cases)
    most = min((attempts for _, attempts in known), default=0)
    return tuple(mean_pass_hat(known, k) for k in range(1, most + 1))
