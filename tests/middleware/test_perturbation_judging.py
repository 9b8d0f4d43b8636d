"""Verdicts on runs and their parts, early stops, baselines: what follows from records alone."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sealegs.errors import ProfileError
from sealegs.perturbation.campaigns.judging import Verdict, judge
from sealegs.perturbation.campaigns.parting import Verdicts, judge_parts, worst_of
from sealegs.perturbation.campaigns.stopping import EarlyStop
from sealegs.perturbation.operators import Severity, Site
from sealegs.perturbation.profiles import Profile, Use
from sealegs.perturbation.trial import Arm, Injection
from sealegs.perturbation.trials.baselines import Baseline
from sealegs.perturbation.trials.receipts import Outcome, Receipt, TrialRecord, UseRecord
from sealegs.statistics.gating import Decision, Gate, Pair, compare

SITE = Site("tool_response", "tool:price/0")


def trial(
    case: str,
    arm: Arm,
    outcome: Outcome = "passed",
    *,
    repetition: int = 0,
    severities: Sequence[Severity] = (1,),
    profile: str = "storm",
    delivered: bool = True,
) -> TrialRecord:
    injections = [
        Injection(f"{case} {at}", "tool-error", "tool_response", "recoverable", one, SITE, ())
        for at, one in enumerate(severities)
    ]
    receipts = tuple(Receipt(one, 0, delivered=delivered, reason="why") for one in injections)
    disturbed = arm == "disturbed"
    return TrialRecord(
        profile=profile,
        seed=0,
        case=case,
        repetition=repetition,
        arm=arm,
        outcome=outcome,
        uses=(UseRecord("tool-error", "tool_response", 1),) if disturbed else (),
        receipts=receipts if disturbed else (),
    )


def pairs(count: int, outcome: Outcome = "passed", **more: object) -> list[TrialRecord]:
    return [
        one
        for number in range(count)
        for one in (
            trial(f"{number:03}", "clean"),
            trial(f"{number:03}", "disturbed", outcome, **more),  # type: ignore[arg-type]
        )
    ]


# ------------------------------------------------------------------ a verdict


@pytest.mark.parametrize(
    ("records", "verdict", "reason"),
    [
        (pairs(50), "PASS", "+0.0% [-9.2%, +9.2%] against a margin of -10.0%, 50 pairs"),
        (
            pairs(8, "failed"),
            "FAIL",
            "-100.0% [-100.0%, -10.6%] against a margin of -10.0%, 8 pairs",
        ),
        (pairs(1), "INCONCLUSIVE", "*; about 46 pairs would decide it"),
        (pairs(50, delivered=False), "VACUOUS", "never disturbed: tool_response (tool-error: why)"),
        (pairs(50, "error"), "ERROR", "50 of 100 trials are none; the first is 000 (disturbed, *"),
        ([], "ERROR", "no case ran in both arms"),
        (pairs(50)[::2], "ERROR", "no case ran in both arms"),
        ([*pairs(50), trial("x", "clean", "")], "ERROR", "*: it did not end"),
        ([replace(one, dry=True) for one in pairs(50)], "VACUOUS", "a dry run: *"),
    ],
)
def test_a_verdict_follows_from_the_records(
    records: list[TrialRecord], verdict: str, reason: str
) -> None:
    found = judge(records, Gate())
    assert found.verdict == verdict
    pytest.LineMatcher([found.reason]).fnmatch_lines([reason.replace("[", "[[]")])


def test_what_was_never_disturbed_is_vacuous_even_where_nothing_is_required() -> None:
    found = judge(pairs(50, delivered=False), Gate(), required=())
    assert found.verdict == "VACUOUS"


@pytest.mark.parametrize(
    ("early", "left_out", "verdict", "reason"),
    [
        (False, "", "ERROR", "only 70 of 100 pairs were run"),
        (True, "", "PASS", "+0.0% *"),
        (True, "somebody chose", "ERROR", "only 70 of 100 pairs were run: somebody chose"),
        (False, "somebody chose", "ERROR", "only 70 of 100 pairs were run: somebody chose"),
    ],
)
def test_fewer_pairs_than_planned_are_enough_for_an_early_stop_alone(
    early: bool, left_out: str, verdict: str, reason: str
) -> None:
    found = judge(pairs(70), Gate(early_stop=early), planned=100, left_out=left_out)
    assert found.verdict == verdict
    pytest.LineMatcher([found.reason]).fnmatch_lines([reason])


def test_the_plainest_failure_comes_first() -> None:
    records = [
        *(trial(name, "clean") for name in "abcde"),
        trial("a", "disturbed", "failed", severities=(1, 1)),
        trial("b", "disturbed", "failed", severities=(3,)),
        trial("c", "disturbed", "failed", severities=(1,)),
        trial("d", "disturbed", "failed", delivered=False),
        trial("e", "disturbed", "passed"),
    ]
    assert [one.case for one in judge(records, Gate()).worst] == ["c", "b", "a", "d"]


# ------------------------------------------------------------------ parts


def part(name: str, required: tuple[()] | None = None) -> Profile:
    return Profile(name=name, uses=(Use(operator="tool-error"),), required=required)


def split(second: Sequence[TrialRecord], required: tuple[()] | None = None) -> Verdicts:
    first = [replace(one, profile="s/a") for one in pairs(90)]
    others = [replace(one, profile="s/b") for one in second if one.arm == "disturbed"]
    return judge_parts([*first, *others], Gate(), [part("s/a"), part("s/b", required)], 90)


def test_parts_share_the_clean_trials_and_the_level() -> None:
    found = split(pairs(90, "failed"))
    assert {name: one.verdict for name, one in found.parts.items()} == {
        "s/a": "PASS",
        "s/b": "FAIL",
    }
    assert (found.verdict, found.foremost) == ("FAIL", "s/b")
    assert found.worst is not None
    assert found.worst[0] == "s/b"
    levels = {one.comparison.gate.alpha for one in found.parts.values() if one.comparison}
    assert levels == {0.025}


def test_a_part_that_need_not_be_disturbed_does_not_count_where_it_was_not() -> None:
    untouched = pairs(90, delivered=False)
    assert (split(untouched).verdict, split(untouched, ()).verdict) == ("VACUOUS", "PASS")
    assert split(pairs(90, "failed"), ()).verdict == "FAIL"


def test_of_nothing_the_verdict_is_vacuous() -> None:
    assert worst_of(()) == Verdict.VACUOUS


# ------------------------------------------------------------------ early stops


def seen(cases: int, reps: int, failing: int) -> list[TrialRecord]:
    return [
        trial(
            f"{case:03}",
            arm,
            "failed" if arm == "disturbed" and case % failing == 0 else "passed",
            repetition=repetition,
        )
        for case in range(cases)
        for repetition in range(reps)
        for arm in ("clean", "disturbed")
    ]


@settings(max_examples=25)
@given(reps=st.integers(1, 3), failing=st.integers(1, 4), order=st.randoms(use_true_random=False))
def test_an_early_stop_does_not_depend_on_what_ends_first(
    reps: int, failing: int, order: random.Random
) -> None:
    records = seen(30, reps, failing)
    gate = Gate(margin=0.3, alpha=0.2, early_stop=True)
    planned = list(dict.fromkeys((one.case, one.repetition) for one in records))
    alone, mixed = (EarlyStop(planned, gate, ["storm"]) for _ in range(2))
    for one in records:
        if not alone.decided:
            assert one.case not in alone.cases
        alone.add(one)
    order.shuffle(records)
    for one in records:
        mixed.add(one)
    assert (mixed.decided, mixed.cases) == (alone.decided, alone.cases)
    decisions = [
        compare(
            [
                Pair(f"{case:03}", repetition, True, case % failing != 0)
                for case in range(count)
                for repetition in range(reps)
            ],
            gate,
        ).decision
        for count in range(1, len(alone.cases) + 1)
    ]
    assert {one is Decision.INCONCLUSIVE for one in decisions[:-1]} <= {True}
    assert (decisions[-1] is not Decision.INCONCLUSIVE) == alone.decided


def test_a_gate_that_does_not_stop_early_never_does() -> None:
    records = seen(60, 1, 1)
    stop = EarlyStop([(one.case, 0) for one in records], Gate(), ["storm"])
    for one in records:
        stop.add(one)
    assert (stop.decided, stop.cases) == (False, [])


def test_a_trial_that_is_none_completes_its_case_and_is_no_observation() -> None:
    records = [replace(one, outcome="error") for one in seen(3, 1, 1)] + seen(40, 1, 1)[6:]
    stop = EarlyStop([(f"{n:03}", 0) for n in range(40)], Gate(early_stop=True), ["storm"])
    for one in records:
        stop.add(one)
    assert (stop.decided, len(stop.cases)) == (True, 13)


# ------------------------------------------------------------------ baselines


def test_a_baseline_holds_what_clean_trials_used_that_passed(tmp_path: Path) -> None:
    records = [
        replace(trial("a", "clean"), used=("Oslo", "12")),
        replace(trial("a", "clean", repetition=1), used=("Rome",)),
        replace(trial("a", "disturbed"), used=("Lima",)),
        replace(trial("b", "clean", "failed"), used=("Lima",)),
        replace(trial("c", "clean"), used=("\ud800é",)),
    ]
    baseline = Baseline.of(records)
    assert baseline.cases == {"a": ("12", "Oslo", "Rome"), "c": ("\ud800é",)}
    assert Baseline.of(reversed(records)) == baseline
    path = tmp_path / "base.json"
    baseline.write(path)
    assert (Baseline.read(path), Baseline.read(path).key) == (baseline, baseline.key)
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(baseline.literals("a").values) == ["12", "Oslo", "Rome"]
    assert list(baseline.literals("b").values) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        ("{", "cannot be read"),
        ("[]", "is no baseline of version 1; make one with --perturb-record"),
        (json.dumps({"version": 2, "cases": {}}), "is no baseline of version 1"),
        (json.dumps({"version": 1, "cases": {"a": "b"}}), "must map each case to a list of texts"),
        (json.dumps({"version": 1, "cases": {"a": [1]}}), "must map each case to a list of texts"),
    ],
)
def test_what_is_no_baseline_is_refused(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "base.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ProfileError, match=said):
        Baseline.read(path)
