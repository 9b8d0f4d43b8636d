"""The gate: does the disturbed arm fall behind the clean one by more than a margin?

One statistic decides. Where each case has one pair it is the paired difference with its guarded
Newcombe interval; where cases repeat it is the bootstrap by case with its floor; with early
stopping it is the confidence sequence, which alone may be looked at while the pairs come in.
Everything else of a `Comparison` is told beside it and decides nothing.

What is stated: where the true difference is the margin exactly, the gate decides wrongly with a
probability of alpha at most, and on either side, FAIL or PASS, nominally of half of it. By complete
enumeration and simulation (``benchmarks/statistics``) both hold within a tenth, but for one kind of
agent: where the disturbance rescues one case in twenty wholly and harms all others alike, 50
cases of five repetitions fail wrongly in 3.3 % of all draws instead of 2.5 %.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sealegs.statistics.clusters import bootstrap_difference, case_floor_worth, pooled
from sealegs.statistics.floor import NoiseFloor, noise_floor
from sealegs.statistics.intervals import Interval, checked_alpha
from sealegs.statistics.needing import observations_needed, pairs_needed
from sealegs.statistics.paired import PairedTable, guarded, mcnemar_exact
from sealegs.statistics.passk import pass_hats
from sealegs.statistics.sequences import BETS, PairedSequence

__all__ = ["Comparison", "Decision", "Gate", "Method", "Pair", "compare", "decide"]


class Decision(StrEnum):
    """What an interval says about a margin."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class Method(StrEnum):
    """How an interval came about."""

    NEWCOMBE = "newcombe"  # guarded by Tango's, for single pairs
    BOOTSTRAP = "bootstrap"  # by case, guarded by the effective size
    SEQUENCE = "sequence"  # a confidence sequence, which may be looked at while pairs come in


@dataclass(frozen=True, slots=True)
class Gate:
    """What must be shown, and how surely.

    Attributes:
        margin: the largest fall of the pass rate that is borne.
        alpha: the two-sided error level; half of it is the chance of either wrong decision.
        early_stop: whether the pairs are looked at while they come in.
        seed: the seed of the bootstrap.
        draws: the resamples of the bootstrap.
    """

    margin: float = 0.10
    alpha: float = 0.05
    early_stop: bool = False
    seed: int = 0
    draws: int = 2000

    def __post_init__(self) -> None:
        checked_alpha(self.alpha)
        if not 0 <= self.margin < 1:
            raise ValueError(f"the margin must lie between 0 and 1, not at {self.margin}")
        if self.draws < 1:
            raise ValueError(f"a bootstrap needs draws, not {self.draws}")

    @classmethod
    def of(cls, given: Gate | float | Mapping[str, Any]) -> Gate:
        """Take a gate, its margin alone, or its attributes.

        >>> Gate.of(0.2) == Gate.of({"margin": 0.2}) == Gate(margin=0.2)
        True

        Raises:
            ValueError: it is none of these, an attribute is unknown, or a value does not fit.
        """
        if isinstance(given, Gate):
            return given
        values = given if isinstance(given, Mapping) else {"margin": given}
        try:
            return cls(**values)
        except TypeError as error:
            reason = f"a gate is a margin, or has margin, alpha, early_stop, seed, draws: {error}"
            raise ValueError(reason) from error


@dataclass(frozen=True, slots=True)
class Pair:
    """One repetition of one case in both arms.

    Attributes:
        case: the case's name.
        repetition: which repetition of it.
        clean: whether it passed undisturbed.
        disturbed: whether it passed disturbed.
    """

    case: str
    repetition: int
    clean: bool
    disturbed: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the pairs say.

    Attributes:
        difference: the disturbed rate minus the clean one; each case counts once.
        interval: its interval, by `method`.
        method: how the interval came about.
        decision: what the interval says about the margin.
        table: all pairs, counted.
        mcnemar: the exact p of McNemar's test, which takes pairs for independent.
        clean_passes: pass^k of the clean arm for k = 1, 2, …
        disturbed_passes: pass^k of the disturbed arm.
        cases: how many cases there are.
        pairs: how many pairs there are.
        floor: how much clean repetitions differ by chance; None where no case repeats.
        needed: about how many pairs in all would decide an inconclusive comparison, at the observed
            rates and as many repetitions of each case; None where it is decided already, or where
            the difference lies too near the margin for any number.
        gate: the gate.
    """

    difference: float
    interval: Interval
    method: Method
    decision: Decision
    table: PairedTable
    mcnemar: float
    clean_passes: tuple[float, ...]
    disturbed_passes: tuple[float, ...]
    cases: int
    pairs: int
    floor: NoiseFloor | None
    needed: int | None
    gate: Gate


def decide(interval: Interval, margin: float) -> Decision:
    """Hold an interval of the difference against a margin.

    >>> decide(Interval(-0.08, 0.02), 0.1), decide(Interval(-0.3, -0.12), 0.1)
    (<Decision.PASS: 'pass'>, <Decision.FAIL: 'fail'>)
    >>> decide(Interval(-0.12, 0.02), 0.1)
    <Decision.INCONCLUSIVE: 'inconclusive'>
    """
    if interval.low >= -margin:
        return Decision.PASS
    if interval.high < -margin:
        return Decision.FAIL
    return Decision.INCONCLUSIVE


def compare(pairs: Sequence[Pair], gate: Gate = Gate()) -> Comparison:
    """Compare two arms and hold their difference against the gate.

    With early stopping, cases are observed in the order in which they first appear, each by the
    mean of its pairs: give them as planned, not as they finish, and a case when all its repetitions
    are there. Without, the order of the pairs does not matter.

    Args:
        pairs: at least one; a repetition of a case at most once.
        gate: the margin, the level, and whether stopping early is allowed.

    Raises:
        ValueError: there are no pairs, or a repetition of a case is given twice.

    >>> steady = [Pair(f"case {number}", 0, True, True) for number in range(100)]
    >>> compare(steady).decision
    <Decision.PASS: 'pass'>
    >>> compare(steady[:20]).decision, compare(steady[:20]).needed
    (<Decision.INCONCLUSIVE: 'inconclusive'>, 46)
    """
    by_case = _by_case(pairs)
    tables = [PairedTable.of((one.clean, one.disturbed) for one in case) for case in by_case]
    table = PairedTable.of((one.clean, one.disturbed) for one in pairs)
    method = _method(gate, cases=len(tables), pairs=len(pairs))
    interval = _interval(method, tables, table, gate)
    decision = decide(interval, gate.margin)
    open_still = decision is Decision.INCONCLUSIVE
    return Comparison(
        difference=math.fsum(case.difference for case in tables) / len(tables),
        interval=interval,
        method=method,
        decision=decision,
        table=table,
        mcnemar=mcnemar_exact(table),
        clean_passes=pass_hats((sum(one.clean for one in case), len(case)) for case in by_case),
        disturbed_passes=pass_hats(
            (sum(one.disturbed for one in case), len(case)) for case in by_case
        ),
        cases=len(tables),
        pairs=len(pairs),
        floor=noise_floor([[one.clean for one in case] for case in by_case], gate.alpha),
        needed=_needed(method, tables, table, gate) if open_still else None,
        gate=gate,
    )


def _by_case(pairs: Sequence[Pair]) -> list[list[Pair]]:
    if not pairs:
        raise ValueError("there are no pairs to compare")
    cases: dict[str, dict[int, Pair]] = {}
    for pair in pairs:
        known = cases.setdefault(pair.case, {})
        if pair.repetition in known:
            raise ValueError(f"repetition {pair.repetition} of {pair.case!r} is given twice")
        known[pair.repetition] = pair
    return [list(case.values()) for case in cases.values()]


def _method(gate: Gate, *, cases: int, pairs: int) -> Method:
    if gate.early_stop:
        return Method.SEQUENCE
    return Method.NEWCOMBE if cases == pairs else Method.BOOTSTRAP


def _interval(
    method: Method, cases: Sequence[PairedTable], table: PairedTable, gate: Gate
) -> Interval:
    if method is Method.NEWCOMBE:
        return guarded(table, gate.alpha)
    if method is Method.BOOTSTRAP:
        return bootstrap_difference(cases, gate.alpha, seed=gate.seed, draws=gate.draws)
    sequence = PairedSequence(gate.alpha)
    for case in cases:
        sequence.observe(case.difference)
    return sequence.interval


def _needed(
    method: Method, cases: Sequence[PairedTable], table: PairedTable, gate: Gate
) -> int | None:
    if method is Method.NEWCOMBE:
        count = pairs_needed(table, gate.margin, gate.alpha)
    elif method is Method.BOOTSTRAP:
        worth = case_floor_worth(cases)
        count = pairs_needed(pooled(cases), gate.margin, gate.alpha)
        count = None if count is None else math.ceil(count / worth)
    else:
        values: dict[float, int] = {}
        for case in cases:
            values[case.difference] = values.get(case.difference, 0) + 1
        count = observations_needed(values, gate.margin, gate.alpha, BETS)
    if count is None:
        return None
    repetitions = table.pairs / len(cases)
    return max(math.ceil(count * repetitions), int(table.pairs) + 1)
