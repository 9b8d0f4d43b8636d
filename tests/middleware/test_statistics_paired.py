"""Intervals and exact tests for one table of pairs."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealegs.statistics.intervals import Interval, normal_quantile, student_quantile
from sealegs.statistics.paired import PairedTable, guarded, mcnemar_exact, newcombe, tango
from sealegs.statistics.proportions import (
    binomial_at_least,
    binomial_at_most,
    clopper_pearson,
    wilson,
)

counts = st.integers(0, 60)
tables = st.builds(PairedTable, counts, counts, counts, counts).filter(lambda t: t.pairs > 0)
alphas = st.floats(0.001, 0.4)
intervals = pytest.mark.parametrize("interval", [newcombe, tango, guarded])


def rounded(interval: Interval, digits: int = 4) -> tuple[float, float]:
    return round(interval.low, digits), round(interval.high, digits)


def swapped(table: PairedTable) -> PairedTable:
    return PairedTable(table.both, table.only_second, table.only_first, table.neither)


def enumerated(table: PairedTable, delta: float) -> float:
    """The score statistic, with the nuisance share found by trying."""
    lost, won = table.only_first, table.only_second
    alike = table.pairs - lost - won

    def likelihood(share: float) -> float:
        shares = (share, share + delta, 1 - 2 * share - delta)
        terms = zip((lost, won, alike), shares, strict=True)
        return math.fsum(count * math.log(max(part, 1e-300)) for count, part in terms if count)

    low, high = max(0.0, -delta), (1 - delta) / 2
    for _ in range(200):
        third = (high - low) / 3
        if likelihood(low + third) < likelihood(high - third):
            low += third
        else:
            high -= third
    variance = table.pairs * (2 * low + delta - delta * delta)
    return (won - lost - table.pairs * delta) / math.sqrt(variance)


def test_newcombes_interval_is_that_of_his_paper() -> None:
    """Newcombe 1998, the first example of his tables: 50 pairs, of which none has neither."""
    interval = newcombe(PairedTable(36, 12, 2, 0))
    assert (round(-interval.high, 4), round(-interval.low, 4)) == (0.0569, 0.3404)


def test_an_agreement_of_all_pairs_has_an_interval_with_width() -> None:
    table = PairedTable(20, 0, 0, 0)
    assert rounded(newcombe(table)) == (-0.1611, 0.1611)
    assert guarded(table).width > newcombe(table).width


def test_no_correlation_joins_the_wilson_limits_as_if_unpaired() -> None:
    table = PairedTable(20, 20, 20, 20)
    one = wilson(40, 80)
    reach = math.hypot(0.5 - one.low, one.high - 0.5)
    assert rounded(newcombe(table), 9) == (round(-reach, 9), round(reach, 9))


def test_the_score_statistic_vanishes_beyond_the_ends_of_tangos_interval() -> None:
    table = PairedTable(20, 7, 3, 10)
    interval = tango(table, 0.05)
    z = normal_quantile(0.05)
    assert enumerated(table, interval.low) == pytest.approx(z, abs=1e-5)
    assert enumerated(table, interval.high) == pytest.approx(-z, abs=1e-5)


@given(tables, alphas)
@intervals
def test_an_interval_holds_its_estimate(interval: object, table: PairedTable, alpha: float) -> None:
    assert callable(interval)
    found = interval(table, alpha)
    assert -1 <= found.low <= table.difference + 1e-9
    assert table.difference - 1e-9 <= found.high <= 1


@given(tables, alphas)
@intervals
def test_swapping_the_arms_mirrors_an_interval(
    interval: object, table: PairedTable, alpha: float
) -> None:
    assert callable(interval)
    found, mirrored = interval(table, alpha), interval(swapped(table), alpha)
    assert mirrored.low == pytest.approx(-found.high, abs=1e-9)
    assert mirrored.high == pytest.approx(-found.low, abs=1e-9)


@given(tables, alphas, alphas)
@intervals
def test_a_smaller_alpha_widens_an_interval(
    interval: object, table: PairedTable, one: float, two: float
) -> None:
    assert callable(interval)
    narrow, wide = interval(table, max(one, two)), interval(table, min(one, two))
    assert wide.low <= narrow.low + 1e-9
    assert wide.high >= narrow.high - 1e-9


@given(tables, alphas)
def test_the_guarded_interval_holds_both_others(table: PairedTable, alpha: float) -> None:
    found = guarded(table, alpha)
    for other in (newcombe(table, alpha), tango(table, alpha)):
        assert found.low <= other.low + 1e-9
        assert found.high >= other.high - 1e-9


@pytest.mark.parametrize("pairs", [12, 20])
@pytest.mark.parametrize("first", [1.0, 0.95, 0.75, 0.5, 0.15])
def test_the_guarded_interval_keeps_its_level_in_every_table(pairs: int, first: float) -> None:
    margin, alpha = 0.1, 0.05
    chances = {"fail": 0.0, "pass": 0.0}
    second = first - margin
    won = second * (1 - first)
    shares = (second - won, won + margin, won, 1 - first - won)
    for both in range(pairs + 1):
        for lost in range(pairs + 1 - both):
            for wins in range(pairs + 1 - both - lost):
                table = PairedTable(both, lost, wins, pairs - both - lost - wins)
                interval = guarded(table, alpha)
                side = "fail" if interval.high < -margin else ""
                side = "pass" if interval.low >= -margin else side
                if side:
                    chances[side] += probability(table, shares)
    assert max(chances.values()) <= alpha / 2


def probability(table: PairedTable, shares: tuple[float, ...]) -> float:
    cells = [int(table.both), int(table.only_first), int(table.only_second), int(table.neither)]
    left, chance = sum(cells), 1.0
    for count, share in zip(cells, shares, strict=True):
        chance *= math.comb(left, count) * max(share, 0.0) ** count
        left -= count
    return chance


def test_one_pair_says_nothing() -> None:
    assert guarded(PairedTable(1, 0, 0, 0)) == Interval(-1.0, 1.0)


@pytest.mark.parametrize("table", [PairedTable(0, 0, 0, 0), PairedTable(3, -1, 0, 0)])
@intervals
def test_a_table_without_pairs_is_refused(interval: object, table: PairedTable) -> None:
    assert callable(interval)
    with pytest.raises(ValueError, match="holds no pairs"):
        interval(table)


@pytest.mark.parametrize("alpha", [0.0, -0.1, 0.6, 1.0])
@intervals
def test_a_level_that_is_none_is_refused(interval: object, alpha: float) -> None:
    assert callable(interval)
    with pytest.raises(ValueError, match="alpha must lie"):
        interval(PairedTable(5, 1, 1, 1), alpha)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1))
def test_a_table_counts_its_pairs(pairs: list[tuple[bool, bool]]) -> None:
    table = PairedTable.of(pairs)
    assert table.pairs == len(pairs)
    assert table.first == pytest.approx(sum(one for one, _ in pairs) / len(pairs))
    assert table.second == pytest.approx(sum(two for _, two in pairs) / len(pairs))
    assert table.difference == pytest.approx(table.second - table.first)


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemars_p_is_that_of_a_fair_coin(lost: int, won: int) -> None:
    tosses = lost + won
    tail = sum(math.comb(tosses, heads) for heads in range(min(lost, won) + 1))
    assert mcnemar_exact(PairedTable(9, lost, won, 9)) == min(1.0, 2 * tail / 2**tosses)


def test_mcnemars_p_of_many_pairs_underflows_to_zero_and_never_fails() -> None:
    assert mcnemar_exact(PairedTable(0, 5000, 0, 0)) == 0.0
    assert mcnemar_exact(PairedTable(0, 5000, 4900, 0)) == pytest.approx(0.3196, abs=1e-3)


def test_wilsons_interval_solves_its_equation() -> None:
    interval = wilson(15, 148, 0.05)
    z = normal_quantile(0.05)
    for end in (interval.low, interval.high):
        assert abs(15 / 148 - end) == pytest.approx(z * math.sqrt(end * (1 - end) / 148))


@given(st.integers(0, 60), st.integers(0, 60), alphas)
def test_the_exact_interval_leaves_half_of_alpha_on_either_side(
    passed: int, failed: int, alpha: float
) -> None:
    trials = passed + failed
    if not trials:
        return
    interval = clopper_pearson(passed, trials, alpha)
    if passed:
        assert binomial_at_least(passed, trials, interval.low) == pytest.approx(alpha / 2)
    else:
        assert interval.low == 0.0
    if failed:
        assert binomial_at_most(passed, trials, interval.high) == pytest.approx(alpha / 2)
    else:
        assert interval.high == 1.0


@given(st.integers(-1, 31), st.floats(0, 1))
def test_the_tails_of_a_binomial_are_its_terms_summed(count: int, rate: float) -> None:
    terms = [math.comb(30, n) * rate**n * (1 - rate) ** (30 - n) for n in range(31)]
    assert binomial_at_most(count, 30, rate) == pytest.approx(math.fsum(terms[: count + 1]))
    assert binomial_at_least(count, 30, rate) == pytest.approx(math.fsum(terms[max(count, 0) :]))


def test_a_tail_of_very_many_trials_is_still_a_number() -> None:
    assert binomial_at_most(5000, 10_000, 0.5) == pytest.approx(0.504, abs=1e-3)
    assert binomial_at_most(9000, 10_000, 0.999) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(("passed", "trials"), [(-1, 5), (6, 5), (0, 0)])
def test_successes_that_cannot_be_are_refused(passed: int, trials: int) -> None:
    for interval in (wilson, clopper_pearson):
        with pytest.raises(ValueError, match="no number of successes"):
            interval(passed, trials)


@pytest.mark.parametrize(
    ("freedom", "expected"),
    [(1, 12.7062), (2, 4.3027), (5, 2.5706), (10, 2.2281), (30, 2.0423), (120, 1.9799)],
)
def test_students_quantile_is_that_of_the_tables(freedom: int, expected: float) -> None:
    assert student_quantile(0.05, freedom) == pytest.approx(expected, abs=5e-4)


@given(alphas, st.integers(0, 500))
def test_students_quantile_falls_towards_the_normal_one(alpha: float, freedom: int) -> None:
    assert student_quantile(alpha, freedom) >= student_quantile(alpha, freedom + 1) - 1e-9
    assert student_quantile(alpha, freedom) >= normal_quantile(alpha)


def test_intervals_join_contain_and_clip() -> None:
    interval = Interval(-0.5, 0.25)
    assert (0.25 in interval, 0.3 in interval, interval.width) == (True, False, 0.75)
    assert interval.hull(Interval(0.5, 0.75)) == Interval(-0.5, 0.75)
    assert interval.clipped(-0.25, 0.125) == Interval(-0.25, 0.125)


def test_nothing_touches_the_global_random_numbers() -> None:
    random.seed(4)
    state = random.getstate()
    guarded(PairedTable(10, 3, 1, 2))
    assert random.getstate() == state
