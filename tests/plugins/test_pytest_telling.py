"""The summary of a perturbed run, as a user reads it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sealegs.perturbation.operators import Site
from sealegs.perturbation.profiles import Profile, Use
from sealegs.perturbation.trial import Injection
from sealegs.perturbation.trials.receipts import Receipt, TrialRecord, UseRecord
from sealegs.statistics.gating import Gate
from sealegs_plugins.pytest_plugin.gathering import Test
from sealegs_plugins.pytest_plugin.telling import replayed, summary

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


def test_many_failing_parts_have_three_commands() -> None:
    parts = [profile(f"storm/part-{at}", f"operator-{at}") for at in range(5)]
    told = lines(parts, {part.name for part in parts})
    assert told[-2:] == [
        "  the plainest failure of part-2 again: pytest again storm/part-2",
        "  2 more of these commands are in the report",
    ]


def vacuous(part: str, count: int) -> TrialRecord:
    reasons = {f"reason {at}": 9 - at for at in range(count)}
    record = trial("a", part, [], passed=True)
    return replace(
        record,
        arm="disturbed",
        uses=(UseRecord("typos", "user_prompt", 1, reasons=reasons),),
    )


def test_why_nothing_was_disturbed_is_told_and_not_at_length() -> None:
    found = Test("test_a.py::test_it", Gate(), (profile("storm", "typos"),), 1, 2)
    found.add(trial("a", "storm", [], passed=True))
    found.add(vacuous("storm", 7))
    told = [line for line, _ in summary(found, {})]
    assert told[1] == "  storm: never disturbed: user_prompt (typos: reason 0)"
    assert told[-4:] == [
        "    user_prompt: 8 x typos: reason 1",
        "    user_prompt: 7 x typos: reason 2",
        "    user_prompt: 6 x typos: reason 3",
        "    user_prompt: 3 more reasons",
    ]


def test_parts_that_show_nothing_say_why_and_one_that_need_not_stands_in_brackets() -> None:
    names = [f"storm/part-{at}" for at in range(6)]
    parts = [profile(name, "typos") for name in names]
    parts[5] = parts[5].model_copy(update={"required": ()})
    found = Test("test_a.py::test_it", Gate(), tuple(parts), 1, 7)
    found.add(trial("a", names[0], [], passed=True))
    for name in names:
        found.add(vacuous(name, 1))
    told = [line for line, _ in summary(found, {})]
    assert told[3].split()[:2] == ["part-0", "VACUOUS"]
    assert told[8].split()[:2] == ["part-5", "(VACUOUS)"]
    assert told[9:] == [
        *(f"  part-{at}: never disturbed: user_prompt (typos: reason 0)" for at in range(3)),
        "  the reasons of 2 more are in the report",
    ]


def test_a_replay_says_what_did_not_arrive() -> None:
    record = trial("a", "storm", ["tool-error"], passed=False)
    missed = replace(record.receipts[0], delivered=False, reason="not reached")
    many = replace(record, receipts=(missed,) * 20)
    assert list(replayed([])) == [
        ("the plan has no trial among the tests that were collected", "red")
    ]
    assert list(replayed([record])) == [("a, repetition 0: failed; 1 of 1 delivered", "")]
    told = list(replayed([many]))
    assert told[0] == ("a, repetition 0: failed; 0 of 20 delivered", "yellow")
    assert told[1:] == [("  tool-error: not reached", "yellow")] * 12 + [("  and 8 more", "yellow")]


def test_what_was_delivered_and_never_seen_is_said() -> None:
    found = Test("test_a.py::test_it", Gate(), (profile("storm", "tool-error"),), 60, 120)
    for number in range(60):
        found.add(trial(f"{number:02}", "storm", [], passed=True), number)
        disturbed = trial(f"{number:02}", "storm", ["tool-error"], passed=True)
        found.add(replace(disturbed, requests=2), number)
    told = [line.strip() for line, _ in summary(found, {})]
    remark = "tool_response: delivered and never seen: no request to a model came after it with it"
    assert remark in told
