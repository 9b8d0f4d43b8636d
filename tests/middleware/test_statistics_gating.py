"""The gate: which statistic decides, and what is told beside it."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealegs.statistics.clusters import (
    bootstrap_difference,
    case_bootstrap,
    case_floor,
    case_floor_worth,
)
from sealegs.statistics.floor import noise_floor
from sealegs.statistics.gating import Decision, Gate, Method, Pair, compare, decide
from sealegs.statistics.holm import benjamini_hochberg, holm
from sealegs.statistics.intervals import Interval
from sealegs.statistics.needing import observations_needed, pairs_needed
from sealegs.statistics.paired import PairedTable, guarded, mcnemar_exact
from sealegs.statistics.passk import mean_pass_hat, pass_hat, pass_hats
from sealegs.statistics.sequences import BETS, PairedSequence, log_wealth


def drawn(seed: str, cases: int, repetitions: int, clean: float, disturbed: float) -> list[Pair]:
    chance = random.Random(seed)
    return [
        Pair(f"case {case}", repetition, chance.random() < clean, chance.random() < disturbed)
        for case in range(cases)
        for repetition in range(repetitions)
    ]


def tables(pairs: list[Pair]) -> list[PairedTable]:
    names = dict.fromkeys(pair.case for pair in pairs)
    return [
        PairedTable.of((one.clean, one.disturbed) for one in pairs if one.case == name)
        for name in names
    ]


@pytest.mark.parametrize(
    ("interval", "decision"),
    [
        (Interval(-0.1, 0.3), Decision.PASS),
        (Interval(-0.2, -0.11), Decision.FAIL),
        (Interval(-0.2, -0.1), Decision.INCONCLUSIVE),
        (Interval(-0.11, 0.5), Decision.INCONCLUSIVE),
    ],
)
def test_an_interval_decides_where_it_lies_on_one_side(
    interval: Interval, decision: Decision
) -> None:
    assert decide(interval, 0.1) is decision


def test_single_pairs_are_judged_by_newcombes_interval() -> None:
    pairs = drawn("one", 200, 1, 0.95, 0.7)
    table = PairedTable.of((pair.clean, pair.disturbed) for pair in pairs)
    found = compare(pairs)
    assert found.method is Method.NEWCOMBE
    assert found.interval == guarded(table)
    assert found.decision is Decision.FAIL
    assert (found.difference, found.table) == (table.difference, table)
    assert found.mcnemar == mcnemar_exact(table)
    assert found.clean_passes == (table.first,)
    assert found.disturbed_passes == (table.second,)
    assert (found.cases, found.pairs, found.floor, found.needed) == (200, 200, None, None)


def test_repeating_cases_are_judged_by_the_bootstrap_by_case() -> None:
    pairs = drawn("five", 60, 5, 0.9, 0.6)
    found = compare(pairs)
    assert found.method is Method.BOOTSTRAP
    assert found.interval == bootstrap_difference(tables(pairs))
    assert found.decision is Decision.FAIL
    assert (found.cases, found.pairs) == (60, 300)
    assert len(found.clean_passes) == len(found.disturbed_passes) == 5
    assert list(found.clean_passes) == sorted(found.clean_passes, reverse=True)
    assert found.floor is not None
    assert found.floor.cases == 60


def test_one_case_that_repeats_makes_the_cases_the_units() -> None:
    pairs = [*drawn("one", 40, 1, 0.9, 0.9), Pair("case 0", 1, clean=True, disturbed=True)]
    assert compare(pairs).method is Method.BOOTSTRAP


def test_with_early_stopping_the_sequence_alone_decides() -> None:
    for repetitions in (1, 3):
        pairs = drawn("stop", 120, repetitions, 0.95, 0.4)
        sequence = PairedSequence(0.05)
        for table in tables(pairs):
            sequence.observe(table.difference)
        found = compare(pairs, Gate(early_stop=True))
        assert found.method is Method.SEQUENCE
        assert found.interval == sequence.interval
        assert found.decision is Decision.FAIL


def test_a_decision_of_the_sequence_stays() -> None:
    gate = Gate(early_stop=True)
    pairs = drawn("stays", 60, 1, 1.0, 0.3) + [
        Pair(f"later {number}", 0, clean=False, disturbed=True) for number in range(60)
    ]
    decisions = [compare(pairs[:count], gate).decision for count in range(1, 121)]
    assert decisions[-1] is Decision.FAIL
    assert [one for one, two in pairwise(decisions) if one is not two] == [Decision.INCONCLUSIVE]


@given(st.randoms(use_true_random=False))
def test_the_order_of_pairs_does_not_matter_without_early_stopping(chance: random.Random) -> None:
    pairs = drawn("order", 12, 3, 0.8, 0.6)
    shuffled = list(pairs)
    chance.shuffle(shuffled)
    gate = Gate(draws=50)
    assert compare(shuffled, gate) == compare(pairs, gate)


def test_equal_pairs_and_seed_give_an_equal_comparison() -> None:
    pairs = drawn("equal", 30, 4, 0.8, 0.6)
    state = random.getstate()
    assert compare(pairs, Gate(seed=3)) == compare(pairs, Gate(seed=3))
    assert random.getstate() == state
    assert compare(pairs, Gate(seed=3)).pairs == 120


@pytest.mark.parametrize("repetitions", [1, 5])
def test_agreement_of_few_cases_is_no_certainty(repetitions: int) -> None:
    pairs = drawn("few", 20, repetitions, 1.0, 1.0)
    found = compare(pairs)
    assert found.decision is Decision.INCONCLUSIVE
    assert found.interval.low < -0.1
    assert found.needed is not None
    more = compare(drawn("few", -(-found.needed // repetitions), repetitions, 1.0, 1.0))
    assert more.decision is Decision.PASS


def test_a_single_case_says_nothing_however_often_it_repeats() -> None:
    found = compare(drawn("alone", 1, 500, 1.0, 0.2))
    assert (found.decision, found.interval) == (Decision.INCONCLUSIVE, Interval(-1.0, 1.0))


def test_pairs_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(ValueError, match="no pairs"):
        compare([])
    twice = [Pair("a", 0, clean=True, disturbed=True)] * 2
    with pytest.raises(ValueError, match="repetition 0 of 'a' is given twice"):
        compare(twice)


def test_a_gate_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="margin"):
        Gate(margin=1.0)
    with pytest.raises(ValueError, match="alpha"):
        Gate(alpha=0.0)
    with pytest.raises(ValueError, match="draws"):
        Gate(draws=0)


# --- cases that repeat


def test_the_bootstrap_has_no_width_where_all_cases_are_equal_and_the_floor_has() -> None:
    cases = [PairedTable(4, 1, 0, 0)] * 30
    assert case_bootstrap([case.difference for case in cases]) == Interval(-0.2, -0.2)
    floor = case_floor(cases)
    assert floor.low < -0.2 < floor.high
    assert bootstrap_difference(cases) == floor


def test_cases_that_always_end_alike_are_worth_one_pair_each() -> None:
    cases = [PairedTable(5, 0, 0, 0)] * 40 + [PairedTable(0, 5, 0, 0)] * 10
    single = [PairedTable(1, 0, 0, 0)] * 40 + [PairedTable(0, 1, 0, 0)] * 10
    assert case_floor_worth(cases) == 1.0
    assert case_floor(cases).low == pytest.approx(case_floor(single).low)
    assert case_floor(single).high == pytest.approx(guarded(PairedTable(40, 10, 0, 0)).high)


def test_repetitions_that_differ_by_chance_are_worth_more() -> None:
    cases = tables(drawn("worth", 200, 5, 0.8, 0.8))
    assert 3 < case_floor_worth(cases) <= 5


@given(st.lists(st.tuples(*[st.integers(0, 4)] * 4).filter(any), min_size=2, max_size=12))
def test_swapping_the_arms_mirrors_the_floor(rows: list[tuple[int, int, int, int]]) -> None:
    cases = [PairedTable(*row) for row in rows]
    mirrored = [PairedTable(a, c, b, d) for a, b, c, d in rows]
    floor, other = case_floor(cases), case_floor(mirrored)
    assert other.low == pytest.approx(-floor.high, abs=1e-9)
    assert other.high == pytest.approx(-floor.low, abs=1e-9)


@given(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]), min_size=2, max_size=30))
def test_the_bootstrap_stays_among_its_values(values: list[float]) -> None:
    interval = case_bootstrap(values, seed=1, draws=60)
    assert min(values) <= interval.low <= interval.high <= max(values)


def test_a_bootstrap_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="needs cases"):
        case_bootstrap([])
    with pytest.raises(ValueError, match="needs cases"):
        case_floor([])


def test_the_bootstrap_of_two_values_has_the_binomials_quantiles() -> None:
    """A mean of 0 and 1 over 100 cases: resampled, it is a binomial share."""
    interval = case_bootstrap([1.0] * 50 + [0.0] * 50, 0.05, seed=5, draws=20_000)
    assert interval.low == pytest.approx(0.4, abs=0.011)
    assert interval.high == pytest.approx(0.6, abs=0.011)


# --- the confidence sequence


def test_a_sequence_starts_with_everything_and_only_narrows() -> None:
    sequence = PairedSequence(0.05)
    before = sequence.interval
    assert before == Interval(-1.0, 1.0)
    chance = random.Random(9)
    for count in range(1, 200):
        sequence.observe(chance.choice([-1, 0, 0, 0, 1]))
        assert sequence.observed == count
        assert before.low <= sequence.interval.low <= sequence.interval.high <= before.high
        before = sequence.interval
    assert before.width < 0.5


@given(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.25, 1.0]), max_size=60))
def test_swapping_the_arms_mirrors_the_sequence(values: list[float]) -> None:
    one, other = PairedSequence(0.1), PairedSequence(0.1)
    for value in values:
        one.observe(value)
        other.observe(-value)
    assert other.interval.low == pytest.approx(-one.interval.high, abs=1e-9)
    assert other.interval.high == pytest.approx(-one.interval.low, abs=1e-9)


@given(
    st.dictionaries(st.sampled_from([-1.0, -0.5, 0.0, 1.0]), st.integers(1, 50), min_size=1),
    st.floats(-0.99, 1.0),
    st.floats(-0.99, 1.0),
)
def test_wealth_falls_as_the_supposed_mean_grows(
    counts: dict[float, int], one: float, two: float
) -> None:
    low, high = sorted((one, two))
    assert log_wealth(counts.items(), low) >= log_wealth(counts.items(), high) - 1e-9


@pytest.mark.parametrize("shares", [(0.1, 0.9, 0.0), (0.3, 0.5, 0.2), (0.55, 0.0, 0.45)])
def test_wealth_against_a_true_mean_is_the_stake_on_average(
    shares: tuple[float, float, float],
) -> None:
    """A bet on one outcome: the chances times what it leaves add up to what was there."""
    mean = shares[2] - shares[0]
    for fraction, _ in BETS:
        left = [1 + fraction * ((1 + value) / (1 + mean) - 1) for value in (-1, 0, 1)]
        expected = sum(share * one for share, one in zip(shares, left, strict=True))
        assert expected == pytest.approx(1.0)
        assert min(left) > 0
    assert sum(share for _, share in BETS) == pytest.approx(1.0)


def test_a_sequence_clears_a_margin_exactly_when_the_wealth_against_it_suffices() -> None:
    chance = random.Random(2)
    for _ in range(20):
        sequence, counts = PairedSequence(0.05), dict.fromkeys((-1.0, 0.0, 1.0), 0)
        for _ in range(120):
            value = chance.choice([-1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
            sequence.observe(value)
            counts[value] += 1
            reached = log_wealth(counts.items(), -0.1) >= log_needed(0.05)
            if reached or sequence.interval.low >= -0.1:
                assert reached
                assert sequence.interval.low >= -0.1 - 1e-9
                break


def log_needed(alpha: float) -> float:
    import math

    return math.log(2 / alpha)


def test_data_of_no_one_mean_leave_the_last_interval() -> None:
    sequence = PairedSequence(0.05)
    for value in [1] * 200 + [-1] * 2000:
        sequence.observe(value)
    assert 0.5 < sequence.interval.low <= sequence.interval.high <= 1


@pytest.mark.parametrize("value", [-1.01, 1.5, float("nan")])
def test_a_difference_that_cannot_be_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="between -1 and 1"):
        PairedSequence().observe(value)


# --- how many pairs


def test_what_is_needed_grows_towards_the_margin_and_ends_there() -> None:
    far = pairs_needed(PairedTable(80, 5, 5, 10), 0.1)
    near = pairs_needed(PairedTable(80, 10, 5, 5), 0.1)
    assert far is not None
    assert near is not None
    assert far < near
    assert pairs_needed(PairedTable(80, 15, 5, 0), 0.1) is None
    assert pairs_needed(PairedTable(8000, 1001, 2, 997), 0.1) is None


def test_what_the_sequence_needs_is_said_too() -> None:
    found = compare(drawn("short", 30, 2, 0.95, 0.95), Gate(early_stop=True))
    assert found.decision is Decision.INCONCLUSIVE
    assert found.needed is not None
    assert 60 < found.needed < 600
    assert observations_needed({-1.0: 1, 0.0: 9}, 0.1, 0.05, BETS) is None


def test_as_many_pairs_as_are_needed_mostly_decide() -> None:
    table = PairedTable(36, 2, 1, 1)
    needed = pairs_needed(table, 0.1)
    assert needed is not None
    chance = random.Random(6)
    decided = 0
    for _ in range(200):
        counts = [0, 0, 0, 0]
        cells = (table.both, table.only_first, table.only_second, table.neither)
        for cell in chance.choices(range(4), cells, k=needed):
            counts[cell] += 1
        decided += decide(guarded(PairedTable(*counts)), 0.1) is not Decision.INCONCLUSIVE
    assert decided >= 140


# --- beside the gate


def test_pass_hat_is_the_share_of_all_choices_that_passed() -> None:
    from itertools import combinations

    outcomes = [True, True, False, True, False]
    for k in range(1, 6):
        choices = [all(choice) for choice in combinations(outcomes, k)]
        assert pass_hat(3, 5, k) == pytest.approx(sum(choices) / len(choices))


def test_pass_hats_go_as_far_as_the_case_with_the_fewest_attempts() -> None:
    assert pass_hats([(2, 2), (3, 3)]) == (1.0, 1.0)
    assert pass_hats([]) == ()
    assert mean_pass_hat([(1, 2), (2, 2)], 2) == 0.5


@pytest.mark.parametrize("wrong", [(3, 2, 1), (-1, 2, 1), (1, 2, 0), (1, 2, 3)])
def test_attempts_that_cannot_be_are_refused(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="says nothing"):
        pass_hat(*wrong)
    with pytest.raises(ValueError, match="needs cases"):
        mean_pass_hat([], 1)


def test_the_floor_is_the_share_of_clean_repetitions_that_disagree() -> None:
    floor = noise_floor([[True, False, True], [True, True], [False]])
    assert floor is not None
    assert floor.discordance == pytest.approx((2 / 3 + 0) / 2)
    assert floor.cases == 2
    assert floor.discordance in floor.interval
    assert floor.difference.low == -floor.difference.high
    assert noise_floor([[True], [False]]) is None
    assert noise_floor([]) is None


def test_no_disagreement_seen_leaves_a_floor_above_zero() -> None:
    floor = noise_floor([[True, True, True]] * 10)
    assert floor is not None
    assert floor.discordance == 0.0
    assert floor.difference.high > 0.05


def test_two_clean_runs_differ_by_less_than_the_floor_says() -> None:
    chance = random.Random(8)
    outside = 0
    for _ in range(200):
        runs = [[[chance.random() < 0.8 for _ in range(4)] for _ in range(30)] for _ in range(2)]
        floor = noise_floor(runs[0])
        assert floor is not None
        rates = [sum(map(sum, run)) / 120 for run in runs]
        outside += rates[1] - rates[0] not in floor.difference
    assert outside <= 10


def test_holms_adjustment_is_that_of_his_procedure() -> None:
    values = [0.01, 0.04, 0.03, 0.005]
    assert holm(values) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert benjamini_hochberg(values) == pytest.approx((0.02, 0.04, 0.04, 0.02))
    assert holm([]) == benjamini_hochberg([]) == ()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_rejects_what_his_stepwise_procedure_rejects(values: list[float]) -> None:
    level = 0.05
    rejected = set()
    order = sorted(range(len(values)), key=values.__getitem__)
    for place, index in enumerate(order):
        if (len(values) - place) * values[index] > level:
            break
        rejected.add(index)
    adjusted = holm(values)
    assert {index for index, value in enumerate(adjusted) if value <= level} == rejected
    for one, two, raw in zip(adjusted, benjamini_hochberg(values), values, strict=True):
        assert raw <= two <= one + 1e-12


def test_a_p_value_that_cannot_be_is_refused() -> None:
    for adjust in (holm, benjamini_hochberg):
        with pytest.raises(ValueError, match="no p value"):
            adjust([0.5, 1.5])
