"""What processes say of their trials, in whatever order it comes."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sealegs.perturbation.edits import Said
from sealegs.perturbation.operators import Site
from sealegs.perturbation.profiles import Profile, Use
from sealegs.perturbation.trial import Arm, Injection
from sealegs.perturbation.trials.receipts import Receipt, TrialRecord
from sealegs.perturbation.trials.records import write_record
from sealegs.statistics.gating import Gate
from sealegs_plugins.pytest_plugin import gathering
from sealegs_plugins.pytest_plugin.gathering import Gathered

PLACE = "test_a.py::test_it"
STORM = Profile(name="storm", uses=(Use(operator="tool-error"),))
INJECTION = Injection(
    "1",
    "tool-error",
    "tool_response",
    "recoverable",
    1,
    Site("tool_response", "tool:p/0"),
    Said("x"),
)


def head(count: int, **gate: Any) -> Any:
    test = gathering.Test(PLACE, Gate(**gate), (STORM,), count, 2 * count)
    return json.loads(json.dumps({PLACE: test.head()}))


def told(count: int) -> list[Any]:
    """Pairs, of which the first break and the later ones do not."""
    return [
        {
            "test": PLACE,
            "index": number,
            "record": json.loads(json.dumps(write_record(record(number, arm, broken=number < 9)))),
        }
        for number in range(count)
        for arm in ("clean", "disturbed")
    ]


def record(number: int, arm: Arm, *, broken: bool = False) -> TrialRecord:
    disturbed = arm == "disturbed"
    return TrialRecord(
        profile="storm",
        seed=0,
        case=f"case {number}",
        repetition=0,
        arm=arm,
        outcome="failed" if disturbed and broken else "passed",
        receipts=(Receipt(INJECTION, 0, delivered=True),) if disturbed else (),
    )


@settings(max_examples=10)
@given(st.permutations(told(20)), st.integers(0, 20))
def test_the_verdict_does_not_depend_on_the_order_in_which_trials_come(
    payloads: list[Any], heads: int
) -> None:
    alone, mixed = Gathered(), Gathered()
    alone.meet(head(20, early_stop=True, margin=0.3))
    for one in told(20):
        alone.take(one)
    for at, one in enumerate(payloads):
        if at == heads:
            mixed.meet(head(20, early_stop=True, margin=0.3))
        mixed.take(one)
    mixed.settle((), 0)
    assert mixed.tests[PLACE].records == alone.tests[PLACE].records
    assert mixed.tests[PLACE].verdicts == alone.tests[PLACE].verdicts


def test_what_comes_again_from_a_file_takes_no_ones_place() -> None:
    gathered = Gathered()
    gathered.meet(head(1))
    (clean, disturbed) = told(1)
    gathered.take(clean)
    gathered.take(disturbed)
    again = {**disturbed, "record": {**disturbed["record"], "outcome": "passed"}}
    gathered.take(again, again=False)
    assert [one.outcome for one in gathered.tests[PLACE].records] == ["passed", "failed"]
    gathered.take(again)
    assert [one.outcome for one in gathered.tests[PLACE].records] == ["passed", "passed"]


def test_a_trial_of_a_test_that_nobody_knows_and_one_that_cannot_be_read_are_errors() -> None:
    gathered = Gathered()
    gathered.take(told(1)[0])
    gathered.settle((), 0)
    assert gathered.unread == [f"{PLACE}: nobody said what it is"]
    assert gathered.verdict == "ERROR"
    gathered = Gathered()
    gathered.meet(head(1))
    gathered.take({"test": PLACE, "index": 0, "record": {"version": 9}})
    assert gathered.unread == [f"{PLACE}: {PLACE}: version: is 9; this is version 1"]
    assert gathered.verdict == "ERROR"


def test_a_process_that_died_leaves_an_error_with_its_tests_name() -> None:
    gathered = Gathered()
    gathered.meet(head(1))
    crashed = [(f"{PLACE}[x-r0-disturbed]", "worker 'gw0' crashed"), ("test_b.py::test_it", "")]
    gathered.settle(crashed, 7)
    (found,) = gathered.tests[PLACE].records
    assert (found.case, found.arm, found.seed) == ("x-r0-disturbed", "disturbed", 7)
    assert found.detail == "its process died: worker 'gw0' crashed"
