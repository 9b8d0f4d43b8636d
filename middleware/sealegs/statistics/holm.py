"""Many tests at once: Holm's adjustment for gates, Benjamini and Hochberg's for exploration."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["benjamini_hochberg", "holm"]


def holm(values: Sequence[float]) -> tuple[float, ...]:
    """Adjust p values so that all tests together keep one level, whatever their dependence.

    Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6 (1979), 65–70.

    >>> holm([0.01, 0.04, 0.03])
    (0.03, 0.06, 0.06)
    """
    order = _order(values)
    adjusted = [0.0] * len(values)
    largest = 0.0
    for place, index in enumerate(order):
        largest = max(largest, min((len(values) - place) * values[index], 1.0))
        adjusted[index] = largest
    return tuple(adjusted)


def benjamini_hochberg(values: Sequence[float]) -> tuple[float, ...]:
    """Adjust p values so that of all that are called significant a limited share is false.

    Benjamini and Hochberg, "Controlling the false discovery rate", Journal of the Royal Statistical
    Society B 57 (1995), 289–300.

    >>> benjamini_hochberg([0.01, 0.04, 0.03])
    (0.03, 0.04, 0.04)
    """
    order = _order(values)
    adjusted = [0.0] * len(values)
    smallest = 1.0
    for place in range(len(order) - 1, -1, -1):
        index = order[place]
        smallest = min(smallest, values[index] * len(values) / (place + 1))
        adjusted[index] = smallest
    return tuple(adjusted)


def _order(values: Sequence[float]) -> list[int]:
    for value in values:
        if not 0 <= value <= 1:
            raise ValueError(f"{value} is no p value")
    return sorted(range(len(values)), key=values.__getitem__)
