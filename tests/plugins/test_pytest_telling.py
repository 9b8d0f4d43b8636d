"""The summary of a perturbed run, as a user reads it."""

from __future__ import annotations

import pytest

from sealegs.perturbation.operators import Site
from sealegs.perturbation.profiles import Profile, Use
from sealegs.perturbation.receipts import Receipt, TrialRecord, UseRecord
from sealegs.perturbation.trial import Injection
from sealegs.statistics.gating import Gate
from sealegs_plugins.pytest_plugin.gathering import Test
from sealegs_plugins.pytest_plugin.telling import summary

Test.__test__ = False  # type: ignore[attr-defined]


def trial(case: str, part: str, names: list[str], *, passed: bool) -> TrialRecord:
    clean = not names
    site = Site("tool_response", "tool:price/0")
    injections = [
        Injection(f"{case} {name}", name, "tool_response", "recoverable", 1, site, ())
        for name in names
    ]
    return TrialRecord(
        profile=part,
        seed=0,
        case=case,
        repetition=0,
        arm="clean" if clean else "disturbed",
        outcome="passed" if passed else "failed",
        uses=tuple(UseRecord(name, "tool_response", 1, eligible={"0": 1}) for name in names),
        receipts=tuple(Receipt(one, at, delivered=True) for at, one in enumerate(injections)),
    )


def lines(parts: list[Profile], broken: set[str], pairs: int = 60) -> list[str]:
    found = Test("test_a.py::test_it", Gate(), tuple(parts), pairs, pairs * (1 + len(parts)))
    for number in range(pairs):
        found.add(trial(f"{number:02}", parts[0].name, [], passed=True), number)
        for part in parts:
            names = [use.operator for use in part.uses]
            passed = part.name not in broken
            found.add(trial(f"{number:02}", part.name, names, passed=passed), number)
    commands = {part.name: f"pytest again {part.name}" for part in parts if part.name in broken}
    return [line for line, _ in summary(found, commands)]


def profile(name: str, *operators: str) -> Profile:
    return Profile(name=name, uses=tuple(Use(operator=one) for one in operators))


@pytest.mark.parametrize("count", [2, 20])
def test_many_operators_are_a_short_table(count: int) -> None:
    told = lines([profile("storm", *(f"operator-{at:02}" for at in range(count)))], set())
    assert told[:3] == [
        "PASS  test_a.py::test_it",
        "  storm: +0.0% [-7.7%, +7.7%] against a margin of -10.0%, 60 pairs",
        "    clean 100.0%, disturbed 100.0%; broke 0, mended 0; McNemar p 1; Newcombe's interval",
    ]
    assert told[4] == "    tool_response  operator-00        60     60         60     0"
    assert len(told) == 4 + min(count, 13)
    if count == 20:
        assert told[-1] == "    and 8 more operators, 480 delivered"


def test_parts_are_a_table_the_worst_first() -> None:
    parts = [profile(f"storm/part-{at:02}", f"operator-{at}") for at in range(20)]
    told = lines(parts, {"storm/part-03", "storm/part-11"}, 100)
    assert told[:5] == [
        "FAIL  test_a.py::test_it",
        "  storm in 20 parts, each at alpha 0.0025",
        "    part     verdict  difference           interval  pairs  needed   disturbed",
        "    part-03  FAIL        -100.0%  [-100.0%, -81.5%]    100          100 of 100",
        "    part-11  FAIL        -100.0%  [-100.0%, -81.5%]    100          100 of 100",
    ]
    assert told[-3:] == [
        "    and 8 more parts: 8 PASS",
        "  the plainest failure of part-03 again: pytest again storm/part-03",
        "  the plainest failure of part-11 again: pytest again storm/part-11",
    ]
    assert len(told) == 18
    assert max(map(len, told)) <= 100


def test_parts_that_are_not_decided_say_how_many_pairs_would_do() -> None:
    parts = [profile(f"storm/part-{at}", f"operator-{at}") for at in range(2)]
    told = lines(parts, set(), 10)
    assert told[3] == (
        "    part-0  INCONCLUSIVE       +0.0%  [-47.4%, +47.4%]     10      58   10 of 10"
    )
    assert len(told) == 5


def test_what_an_agent_says_of_its_failure_stays_on_a_line() -> None:
    found = Test("test_a.py::test_it", Gate(), (profile("storm", "tool-error"),), 1, 2)
    record = trial("a", "storm", [], passed=True)
    found.add(record.judged("error", "ValueError: " + "no\n" * 900))
    told = [line for line, _ in summary(found, {})]
    assert told[1].startswith(
        "  storm: 1 of 1 trials are none; the first is a (clean, repetition 0)"
    )
    assert (len(told), len(told[1]) < 220, "\n" in told[1]) == (2, True, False)
